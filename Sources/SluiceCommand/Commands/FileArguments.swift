import ArgumentParser

/// The inputs of a command that reads streams.
struct FileArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Files, or folders that 'sluice record' has written; standard input for '-' and where none is given. Input "
                + "compressed with gzip or zstd and HTTP responses saved with their headers (curl -i) are decoded.",
            valueName: "file"),
        completion: .file())
    var files: [String] = []

    func validate() throws {
        let count = files.count { $0 == "-" }
        if count > 1 {
            throw ValidationError(
                "'-' is given \(count) times, and standard input can be read once; leave out the others")
        }
    }

    /// The paths to read.
    var paths: [String] { files.isEmpty ? ["-"] : files }

    /// Messages need not say which file they are about.
    var isSingle: Bool { files.count < 2 }
}
