// What input that is not a stream may be instead, judged by its first bytes. A hint is part of an error that is reported in
// any case: it never decides whether there is an error.

extension SluiceError {
    /// What input that is not a stream may be, and what to do.
    static func hint(for first: Window) -> String {
        if let hint = recognised(first) { return hint }
        if isBinary(first) {
            return "it is binary: compressed (Content-Encoding br or deflate), or encrypted; decode it first"
        }
        return "it is neither Server-Sent Events, NDJSON, a JSON array nor an AWS event stream"
    }

    /// What the bytes certainly are, if they are none of the framings; 32 bytes give the same result as more.
    static func recognised(_ first: Window) -> String? {
        if let format = compression(of: first) { return "it is \(format); decompress it first (curl --compressed)" }
        if let encoding = encoding(of: first) { return "it is \(encoding); streams are UTF-8" }
        if first.begins("HTTP/") { return "it begins with HTTP headers; pass the body only (curl without -i)" }
        if first.begins("<") { return "it looks like HTML or XML, such as a proxy's error page" }
        if isChunked(first) { return chunkedHint }
        if first.begins("\"data:") || first.begins("\"event:") || first.begins("\"id:") || first.begins("\"{") {
            return "it is a JSON string that contains a stream; decode the string first"
        }
        return nil
    }

    /// What an input may be that consists of one document of no known format.
    static func hint(forDocument document: [UInt8]) -> String {
        // Keys of the error documents of OpenAI and Ollama, FastAPI, RFC 9457, Amazon, gateways.
        let names = ["\"error", "\"detail", "\"message\"", "\"Message\"", "\"title\"", "\"msg\"", "\"__type\""]
        let beginning = document.prefix(4096)
        return names.contains { name in beginning.indices.contains { beginning[$0...].starts(with: name.utf8) } }
            ? "it is one JSON document, not a stream, and looks like an API error"
            : "it is one JSON document, not a stream; check that the request says \"stream\": true"
    }

    static var blankLineHint: String {
        "its data lines are documents of their own: the blank lines between events are missing"
    }

    /// Whether lines among the first 4,096 bytes of an event's data are documents, or a terminal payload behind one.
    static func hasDocumentLines(_ data: Window) -> Bool {
        guard data.count > 2, data[0] == 0x7B else { return false }
        return (1..<min(data.count, 4096) - 1).contains { index in
            guard data[index] == 0x0A, data[index - 1] == 0x7D else { return false }
            let rest = data.from(index + 1)
            return rest[0] == 0x7B || rest.begins("[DONE]")
        }
    }

    static var chunkedHint: String {
        "it is an HTTP body in chunks; decode chunked transfer encoding first (curl without --raw)"
    }

    private static func compression(of first: Window) -> String? {
        if first.begins([0x1F, 0x8B]) { return "gzip" }
        if first.begins([0x28, 0xB5, 0x2F, 0xFD]) { return "zstd" }
        if first.begins([0xFD, 0x37, 0x7A, 0x58, 0x5A]) { return "xz" }
        if first.begins([0x42, 0x5A, 0x68]) && first.count > 3 && (0x31...0x39).contains(first[3]) { return "bzip2" }
        if first.begins([0x04, 0x22, 0x4D, 0x18]) { return "LZ4" }
        // RFC 1950: a window of 32 KiB, and both bytes together are a multiple of 31.
        let isDeflate = first.begins([0x78]) && first.count > 1 && (0x7800 + Int(first[1])) % 31 == 0
        return isDeflate && isBinary(first) ? "deflate (zlib)" : nil
    }

    /// An encoding with units wider than a byte, recognised by its mark or by the zero bytes of ASCII characters.
    private static func encoding(of first: Window) -> String? {
        // Which of the first eight bytes are zero, the first in the lowest bit.
        var zeros: UInt8 = 0
        for index in 0..<min(8, first.count) where first[index] == 0 { zeros |= 1 << UInt8(index) }
        if first.begins([0xFF, 0xFE, 0, 0]) || first.begins([0, 0, 0xFE, 0xFF]) { return "UTF-32" }
        if first.begins([0xFF, 0xFE]) || first.begins([0xFE, 0xFF]) { return "UTF-16" }
        if first.count >= 8 && (zeros == 0b1110_1110 || zeros == 0b0111_0111) { return "UTF-32" }
        if first.count >= 8 && (zeros == 0b1010_1010 || zeros == 0b0101_0101) { return "UTF-16" }
        return nil
    }

    /// Whether the first line is a chunk size, and the next bytes are the possible beginning of a body.
    private static func isChunked(_ first: Window) -> Bool {
        var end = 0
        while end < first.count && first[end] != 0x0D { end += 1 }
        guard end + 2 < first.count, first[end + 1] == 0x0A, isChunkSize(first.slice(0, end)) else { return false }
        let body = first.from(end + 2)
        let beginnings: [StaticString] = ["data", "event", "id:", "retry", ":", "{", "["]
        return beginnings.contains { body.begins($0) } || recognised(body) != nil || isBinary(body)
    }

    /// Whether there are bytes that are not text: control characters, or invalid UTF-8.
    static func isBinary(_ first: Window) -> Bool {
        for index in 0..<first.count {
            let byte = first[index]
            if byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D { return true }
        }
        // The last character may be cut.
        return !(0..<4).contains { $0 <= first.count && isUTF8(first, first.count - $0) }
    }
}

extension Window {
    func begins(_ bytes: [UInt8]) -> Bool {
        count >= bytes.count && bytes.indices.allSatisfy { self[$0] == bytes[$0] }
    }

    func begins(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && matches(0, text.utf8CodeUnitCount, text)
    }
}
