/// What several commands' help says of their inputs.
enum InputHelp {
    /// How compressed inputs and saved HTTP responses are read.
    static let decoding = """
        Input that begins as gzip or zstd does is decompressed by the programs gzip and zstd. They buffer, so the text of a \
        live stream appears late: for one use 'curl --compressed'. An HTTP response saved with its headers (curl -i, also \
        with --raw) is read without them, chunk by chunk as it arrives. Offsets in messages then count decoded bytes, and \
        the message says so.
        """
}
