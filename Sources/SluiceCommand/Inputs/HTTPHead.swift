/// What the header lines of an HTTP response say about its body.
struct HTTPHead {
    private(set) var status = 0
    private(set) var reason = ""
    private(set) var isChunked = false
    /// The Content-Length.
    private(set) var length: UInt64?
    private(set) var encodings: [String] = []
    private var isFirst = true

    /// Reads one line, without its end.
    mutating func read(_ line: [UInt8], at offset: UInt64) throws(InputProblem) {
        let text = String(decoding: line, as: UTF8.self)
        if isFirst {
            isFirst = false
            let parts = text.split(separator: " ", maxSplits: 2).map(String.init)
            guard parts.count > 1, let number = Int(parts[1]), (100...999).contains(number) else {
                throw .http("the status line '\(text.prefix(80))' has no status", at: offset)
            }
            status = number
            reason = String((parts.count > 2 ? parts[2] : "").prefix(80))
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return }
        let value = text[text.index(after: colon)...].lowercased()
        let values = value.split(separator: ",").map { HTTPHead.trimmed($0) }.filter { !$0.isEmpty }
        switch text[..<colon].lowercased() {
        case "transfer-encoding": isChunked = isChunked || values.contains("chunked")
        case "content-encoding": encodings += values.filter { $0 != "identity" }
        case "content-length":
            for text in values {
                guard let number = UInt64(text), length == nil || length == number else {
                    throw .http("the Content-Length '\(text.prefix(80))' is not one number", at: offset)
                }
                length = number
            }
        default: break
        }
    }

    /// The status with its reason.
    var answer: String { "HTTP \(status)" + (reason.isEmpty ? "" : " " + reason) }

    static func trimmed(_ text: some StringProtocol) -> String {
        String(
            text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed())
    }
}

extension InputProblem {
    /// Bytes that no HTTP response has.
    static func http(_ problem: String, at offset: UInt64) -> InputProblem {
        InputProblem(message: "damaged HTTP response: \(problem) (byte \(offset) of the response)", status: .malformed)
    }

    /// An HTTP response that is not all there.
    static func cutHTTP(_ problem: String) -> InputProblem {
        InputProblem(message: "the HTTP response is cut: \(problem)", status: .truncated)
    }
}

/// How the beginning of a body shows whether it still has the encodings that its headers name.
///
/// curl(1) prints the headers as the server sent them, but a decoded body: with `-i` of a chunked one, with
/// `--compressed` of a compressed one.
enum HTTPEncoding {
    /// Bytes that distinguish text from compressed data.
    static var sampleBytes: Int { 16 }

    /// The first encoding that no tool decodes here.
    static func unsupported(_ encodings: [String]) -> String? {
        encodings.first { !["gzip", "x-gzip", "zstd"].contains($0) }
    }

    /// The body is a stream already: text, or an AWS message, which begins with its length.
    static func isDecoded(_ sample: ArraySlice<UInt8>) -> Bool {
        if sample.starts(with: [0, 0]) { return true }
        let bytes = Array(sample.prefix(64))
        if bytes.contains(where: { $0 < 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 || $0 == 0x7F }) { return false }
        // The last character may be cut.
        return (0...min(3, bytes.count)).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }

    /// Whether a body with these encodings is still encoded; nil while more bytes are needed.
    static func isEncoded(_ sample: [UInt8], _ encodings: [String], isWhole: Bool) -> Bool? {
        if encodings.isEmpty { return false }
        if unsupported(encodings) != nil {
            return sample.count < sampleBytes && !isWhole ? nil : !isDecoded(sample[...])
        }
        return InputForm(of: sample, isWhole: isWhole).map { $0 == .gzip || $0 == .zstd }
    }

    /// Whether a body begins with a chunk's size; nil while more bytes are needed.
    static func isChunked(_ sample: [UInt8], isWhole: Bool) -> Bool? {
        let digits = sample.prefix { HTTPChunk.digit($0) != nil }.count
        if digits == 0 || digits > HTTPChunk.maxDigits { return sample.isEmpty && !isWhole ? nil : false }
        let rest = sample[digits...].drop { $0 == 0x20 || $0 == 0x09 }
        switch rest.first {
        case 0x3B, 0x0A: return true
        case 0x0D: return rest.count > 1 ? rest[rest.startIndex + 1] == 0x0A : isWhole ? false : nil
        case nil: return isWhole ? false : nil
        default: return false
        }
    }
}

/// The line before a chunk.
enum HTTPChunk {
    /// More would not fit 64 bits.
    static var maxDigits: Int { 15 }

    /// Bytes that such a line, with its extensions, may have.
    static var maxLineBytes: Int { 4096 }

    static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x41...0x46: UInt64(byte - 0x41 + 10)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        default: nil
        }
    }

    /// The size in a line; nil where there is none.
    static func size(_ line: [UInt8]) -> UInt64? {
        let digits = line.prefix { digit($0) != nil }
        let rest = line[digits.endIndex...].drop { $0 == 0x20 || $0 == 0x09 }
        guard (1...maxDigits).contains(digits.count), rest.isEmpty || rest.first == 0x3B else { return nil }
        return digits.reduce(0) { $0 << 4 | (digit($1) ?? 0) }
    }
}
