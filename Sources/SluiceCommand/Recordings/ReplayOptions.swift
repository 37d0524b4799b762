import ArgumentParser

/// What `sluice replay` and its server `sluice-replay` take on their command lines: the same.
struct ReplayOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A recording's folder, as 'sluice record' or 'make corpora' writes it, or a stream's file.",
            valueName: "recording"))
    var recording: String

    @Option(help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "number"))
    var port = 8080

    @Option(
        help: ArgumentHelp(
            "recorded: at the recorded pace; 2x or 0.5x: that many times as fast; max: without waiting.",
            valueName: "recorded|N×|max"))
    var pace = Pace.recorded(speed: 1)

    @Flag(help: "Answer each request with all responses of the recording, concatenated.")
    var whole = false

    func validate() throws {
        if !(0...65535).contains(port) { throw ValidationError("--port is \(port); give a number from 0 to 65535") }
    }

    static let abstract = "Serve a recorded stream over HTTP on loopback, at the recorded pace."

    static let discussion = """
        Point an official client's base URL, or curl, at the printed address: the first request gets the first \
        response of the recording, the next request the next response; after the last comes the first again. The \
        content of a request does not matter, except that "stream": false is refused.

          sluice replay corpora/openai-chat --port 8080 &
          curl -sN http://127.0.0.1:8080/v1/chat/completions | sluice

        Served at \(routes.dropFirst().joined(separator: ", ")) and at /.

        The address is printed on standard output, one line a request on standard error. Ctrl-C ends the server; the \
        exit status is then 0, and 1 where there is no such recording or the port is in use.
        """

    /// Where the official clients send their requests; `*` stands for a model.
    static let routes = [
        "/", "/stream", "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/api/generate",
        "/api/chat", "/v1beta/models/*:streamGenerateContent", "/model/*/converse-stream",
        "/model/*/invoke-with-response-stream",
    ]
}
