/// What several commands' help says of their inputs.
enum InputHelp {
    /// How compressed inputs and saved HTTP responses are read.
    static let decoding = """
        Input that begins as gzip or zstd does is decompressed by the programs gzip and zstd; through a pipe, its text \
        appears as soon as they give it. An HTTP response saved with its headers (curl -i, also with --raw) is read without \
        them, chunk by chunk as it arrives. Offsets in messages then count decoded bytes, and the message says so.
        """
}
