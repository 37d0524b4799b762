internal import NIOHTTP1

/// What a response's content type says about its body.
struct MediaType {
    /// Without parameters, in lower case; empty where there is none.
    let name: String

    init(_ headers: HTTPHeaders) {
        let value = headers.first(name: "content-type") ?? ""
        name = String(value.prefix { $0 != ";" }.filter { !$0.isWhitespace }).lowercased()
    }

    /// A JSON document, or a stream that calls itself one.
    var isJSON: Bool { name == "application/json" || name == "text/json" || name.hasSuffix("+json") && !isStream }

    var isPlainText: Bool { name == "text/plain" || name.isEmpty }

    /// What streams are sent as. Servers that do not care send plain text, bytes or nothing.
    var isStream: Bool { isPlainText || Self.streams.contains(name) }

    private static let streams: Set<String> = [
        "text/event-stream", "application/x-ndjson", "application/ndjson", "application/jsonl",
        "application/x-jsonlines",
        "application/json-lines", "application/json-seq", "application/stream+json",
        "application/vnd.amazon.eventstream", "application/octet-stream", "binary/octet-stream",
    ]
}
