// One recorded frame, with holes where a fleet of separate responses would differ. What stands between the holes is the
// server's own bytes.

/// Which vocabulary a piece is drawn from.
enum PieceKind: Int, CaseIterable {
    case text
    case reasoning
}

struct Template {
    enum Part {
        case constant(Range<Int>)
        /// The n-th identifier of the response.
        case identifier(Int)
        case epochSeconds
        /// RFC 3339 with so many digits behind the point; 0 means no point.
        case timestamp(digits: Int, isZulu: Bool)
        case obfuscation
        /// The number of this event among those that are numbered, and how many those were.
        case number
        case numberCount
        case piece(PieceKind)
        /// The piece of this frame once more.
        case echo
        /// Everything of its kind that the response has said so far.
        case whole(PieceKind)
        case inputTokens
        case outputTokens
        case totalTokens
    }

    var parts: [Part] = []
    var piece: PieceKind?
}

/// One recorded response: its frames in order, and the identifiers that stand in them.
struct ResponseTemplate {
    var frames: [Template] = []
    /// Where each distinct identifier stands first.
    var identifiers: [Range<Int>] = []
}

/// Cuts a recording into templates, and gathers the pieces that its servers sent.
struct TemplateMaker {
    private let recording: Recording
    private(set) var vocabulary: [[Range<Int>]] = PieceKind.allCases.map { _ in [] }
    private(set) var responses: [ResponseTemplate] = []
    private var current = ResponseTemplate()
    private var seen: [ArraySlice<UInt8>: Int] = [:]
    private var said: [[UInt8]] = PieceKind.allCases.map { _ in [] }

    init(_ recording: Recording) {
        self.recording = recording
        for response in recording.responses {
            current = ResponseTemplate()
            seen = [:]
            said = PieceKind.allCases.map { _ in [] }
            for frame in Self.frames(recording.bytes, response, recording.format.framing == .ndjson) { add(frame) }
            responses.append(current)
        }
    }

    /// Frames with the line ends that close them.
    static func frames(_ bytes: [UInt8], _ range: Range<Int>, _ isLines: Bool) -> [Range<Int>] {
        var frames: [Range<Int>] = []
        var start = range.lowerBound
        var lineStart = start
        for position in range where bytes[position] == 0x0A {
            let isBlank = position == lineStart || (position == lineStart + 1 && bytes[lineStart] == 0x0D)
            lineStart = position + 1
            if isLines || isBlank {
                frames.append(start..<position + 1)
                start = position + 1
            }
        }
        if start < range.upperBound { frames.append(start..<range.upperBound) }
        return frames
    }

    private mutating func add(_ frame: Range<Int>) {
        let bytes = recording.bytes
        var template = Template()
        var position = frame.lowerBound
        func constant(to end: Int) {
            if end > position { template.parts.append(.constant(position..<end)) }
        }
        if recording.format.payload == .text {
            if isTerminal(frame) {
                constant(to: frame.upperBound)
            } else {
                vocabulary[PieceKind.text.rawValue].append(frame)
                template.parts = [.piece(.text)]
                template.piece = .text
            }
            current.frames.append(template)
            return
        }
        guard let document = documentStart(frame) else {
            constant(to: frame.upperBound)
            current.frames.append(template)
            return
        }
        let scalars = JSONScalars.scan(Array(bytes[..<frame.upperBound]), from: document)
        let kind = scalars.first { $0.path == "type" }.map { String(decoding: bytes[$0.range], as: UTF8.self) }
        let piece = scalars.first { isPiece($0, kind) != nil && !$0.range.isEmpty }
        if let piece, let kind = isPiece(piece, kind) {
            template.piece = kind
            vocabulary[kind.rawValue].append(piece.range)
            said[kind.rawValue] += bytes[piece.range]
        }
        for scalar in scalars {
            guard let part = part(for: scalar, piece, template.piece) else { continue }
            constant(to: scalar.range.lowerBound)
            template.parts.append(part)
            position = scalar.range.upperBound
        }
        constant(to: frame.upperBound)
        current.frames.append(template)
    }

    private mutating func part(
        for scalar: JSONScalars.Scalar, _ piece: JSONScalars.Scalar?, _ kind: PieceKind?
    ) -> Template.Part? {
        let value = recording.bytes[scalar.range]
        if let piece, let kind {
            if scalar.range == piece.range { return .piece(kind) }
            if scalar.isString, kind == .reasoning, value == recording.bytes[piece.range] { return .echo }
        }
        let key = scalar.path.split(separator: ".").last.map(String.init) ?? ""
        return scalar.isString ? stringPart(key, value, scalar.range) : numberPart(key, value)
    }

    private mutating func stringPart(_ key: String, _ value: ArraySlice<UInt8>, _ range: Range<Int>) -> Template.Part? {
        switch key {
        case "id", "response_id", "item_id", "responseId", "call_id", "message_id", "system_fingerprint":
            guard value.count >= 8 else { return nil }
            if let known = seen[value] { return .identifier(known) }
            seen[value] = current.identifiers.count
            current.identifiers.append(range)
            return .identifier(current.identifiers.count - 1)
        case "obfuscation": return .obfuscation
        case "created_at", "createTime":
            let text = String(decoding: value, as: UTF8.self)
            let digits = text.split(separator: ".").dropFirst().first?.prefix { $0.isNumber }.count ?? 0
            return .timestamp(digits: digits, isZulu: text.hasSuffix("Z"))
        default:
            for kind in PieceKind.allCases where value.count >= 16 && value.elementsEqual(said[kind.rawValue]) {
                return .whole(kind)
            }
            return nil
        }
    }

    private func numberPart(_ key: String, _ value: ArraySlice<UInt8>) -> Template.Part? {
        guard let number = Int(String(decoding: value, as: UTF8.self)) else { return nil }
        switch key {
        case "created", "created_at", "completed_at": return .epochSeconds
        case "sequence_number", "chunk_index": return .number
        case "total_chunks": return .numberCount
        case "prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count":
            return number > 1 ? .inputTokens : nil
        case "completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count":
            return number > 1 ? .outputTokens : nil
        case "total_tokens", "totalTokenCount": return number > 1 ? .totalTokens : nil
        default: return nil
        }
    }

    private func isPiece(_ scalar: JSONScalars.Scalar, _ kind: String?) -> PieceKind? {
        guard scalar.isString else { return nil }
        switch (recording.name, scalar.path) {
        case ("openai-chat", "choices[].delta.content"), ("openai-completions", "choices[].text"),
            ("anthropic-messages", "delta.text"), ("gemini-generate", "candidates[].content.parts[].text"),
            ("delta-done", "delta"), ("text-field", "text"), ("ollama-generate", "response"),
            ("ollama-chat", "message.content"):
            return .text
        case ("openai-chat", "choices[].delta.reasoning_content"), ("anthropic-messages", "delta.thinking"):
            return .reasoning
        case ("openai-responses", "delta"):
            if kind == "response.output_text.delta" { return .text }
            return kind?.hasPrefix("response.reasoning") == true ? .reasoning : nil
        default: return nil
        }
    }

    private func isTerminal(_ frame: Range<Int>) -> Bool {
        recording.bytes[frame].starts(with: Array("data: [DONE]".utf8))
    }

    /// Where the JSON begins: at the first brace, unless a comment stands before it.
    private func documentStart(_ frame: Range<Int>) -> Int? {
        if recording.bytes[frame.lowerBound] == UInt8(ascii: ":") { return nil }
        return frame.first { recording.bytes[$0] == UInt8(ascii: "{") }
    }
}
