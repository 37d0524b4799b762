import Sluice

// One recorded frame, with slots where a fleet of separate responses would differ. What stands between the slots is the
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
        /// All pieces of that kind that came before in the response.
        case whole(PieceKind)
        case inputTokens
        case outputTokens
        case totalTokens
    }

    var parts: [Part] = []
    var piece: PieceKind?
    /// Of an element of a JSON array: what stands before it where another one does.
    var separator: Range<Int>?
    var isElement = false
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
    private let rules: PieceRules
    private(set) var vocabulary: [[Range<Int>]] = PieceKind.allCases.map { _ in [] }
    private(set) var responses: [ResponseTemplate] = []
    private var current = ResponseTemplate()
    private var seen: [ArraySlice<UInt8>: Int] = [:]
    private var said: [[UInt8]] = PieceKind.allCases.map { _ in [] }

    init(_ recording: Recording) {
        self.recording = recording
        rules = PieceRules(recording.format)
        for response in recording.responses {
            current = ResponseTemplate()
            seen = [:]
            said = PieceKind.allCases.map { _ in [] }
            for frame in RecordedFrames.cut(recording.bytes, response, recording.format.framing) {
                var template = template(of: frame.range)
                template.separator = frame.separator
                template.isElement = frame.isElement
                current.frames.append(template)
            }
            responses.append(current)
        }
    }

    private mutating func template(of frame: Range<Int>) -> Template {
        if recording.format.payload == .text { return textTemplate(of: frame) }
        guard let document = document(in: frame) else { return Template(parts: [.constant(frame)]) }
        let bytes = recording.bytes
        var template = Template()
        var end = frame.lowerBound
        func constant(to start: Int) {
            if start > end { template.parts.append(.constant(end..<start)) }
        }
        let scalars = JSONScalars.scan(bytes, document)
        var pieces: [Int: PieceKind] = [:]
        for (position, scalar) in scalars.enumerated() where !scalar.range.isEmpty {
            guard let kind = rules.kind(of: scalar, among: scalars, bytes) else { continue }
            pieces[position] = kind
            vocabulary[kind.rawValue].append(scalar.range)
            said[kind.rawValue] += bytes[scalar.range]
        }
        let first = pieces.keys.min()
        template.piece = first.flatMap { pieces[$0] }
        for (position, scalar) in scalars.enumerated() {
            let part =
                pieces[position].map(Template.Part.piece)
                ?? part(for: scalar, first.map { scalars[$0] }, template.piece)
            guard let part else { continue }
            constant(to: scalar.range.lowerBound)
            template.parts.append(part)
            end = scalar.range.upperBound
        }
        constant(to: frame.upperBound)
        return template
    }

    /// An event of plain text is a piece as a whole.
    private mutating func textTemplate(of frame: Range<Int>) -> Template {
        if recording.bytes[frame].starts(with: Array("data: [DONE]".utf8)) {
            return Template(parts: [.constant(frame)])
        }
        vocabulary[PieceKind.text.rawValue].append(frame)
        return Template(parts: [.piece(.text)], piece: .text)
    }

    private mutating func part(
        for scalar: JSONScalars.Scalar, _ piece: JSONScalars.Scalar?, _ kind: PieceKind?
    ) -> Template.Part? {
        let value = recording.bytes[scalar.range]
        if let piece, kind == .reasoning, scalar.isString, value == recording.bytes[piece.range] { return .echo }
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

    /// Where the JSON stands: from the first brace on, unless the event begins with a comment.
    private func document(in frame: Range<Int>) -> Range<Int>? {
        let bytes = recording.bytes
        if recording.format.framing == .awsEventStream { return AWSMessage.payload(bytes, frame) }
        if bytes[frame.lowerBound] == UInt8(ascii: ":") { return nil }
        return frame.first { bytes[$0] == UInt8(ascii: "{") }.map { $0..<frame.upperBound }
    }
}
