/// The kinds of deltas.
///
/// ```swift
/// var parser = StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\n\ndata: {\"text\":\"Hi\"}\n\n".utf8)
/// var kinds: [DeltaKind] = []
/// try parser.parse(chunk.span) { kinds.append($0.kind) }
/// assert(kinds == [.malformed, .text])
/// ```
public enum DeltaKind: UInt8, Sendable, CaseIterable {
    /// Text of the answer.
    case text
    /// Text of the model's reasoning.
    case reasoning
    /// Text of a refusal.
    case refusal
    /// A tool call begins, or the stream completes its id or name.
    case toolCall
    /// A piece of a tool call's arguments, or all arguments as a JSON object.
    case toolArguments
    /// A choice has ended; the text is the reason.
    case finish
    /// Token counts.
    case usage
    /// The stream carried an error.
    case error
    /// The text that a failed server had sent before its error, as repeated in that error.
    case partial
    /// An event could not be read, or its number shows that others are missing; the stream continues after it.
    case malformed
    /// What else the stream says, named by ``Delta/name``: ids, signatures, citations, usage in detail, fields of one's own.
    /// Only if selected.
    case detail
    /// The document or text of an event, in front of its other deltas. Only if selected.
    case payload
}

/// A set of delta kinds: those that a stream is to emit.
///
/// ```swift
/// var parser = StreamParser(format: .textField, kinds: [.usage, .error])
/// let chunk: [UInt8] = Array("data: {\"text\":\n\ndata: {\"text\":\"Hi\"}\n\n".utf8)
/// var kinds = DeltaKinds()
/// try parser.parse(chunk.span) { kinds.insert(DeltaKinds($0.kind)) }
/// assert(kinds == .malformed && !kinds.contains(.text))
/// ```
public struct DeltaKinds: OptionSet, Sendable, Hashable {
    /// A bit for each kind: `1 << kind.rawValue`.
    public let rawValue: UInt32

    /// Creates a set from the bits of its kinds.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Creates the set of one kind.
    public init(_ kind: DeltaKind) { rawValue = 1 << UInt32(kind.rawValue) }

    // Disfavoured, as is `contains`: otherwise `DeltaKinds([.text])` and `contains(.text)` are ambiguous, because both types
    // have a member `text`.
    /// Creates the set of all kinds in a sequence.
    @_disfavoredOverload
    public init(_ kinds: some Sequence<DeltaKind>) {
        rawValue = kinds.reduce(0) { $0 | DeltaKinds($1).rawValue }
    }

    /// Whether `kind` is in the set.
    @_disfavoredOverload
    public func contains(_ kind: DeltaKind) -> Bool { contains(DeltaKinds(kind)) }

    /// Text of the answer.
    public static let text = DeltaKinds(DeltaKind.text)
    /// Text of the model's reasoning.
    public static let reasoning = DeltaKinds(DeltaKind.reasoning)
    /// Text of refusals.
    public static let refusal = DeltaKinds(DeltaKind.refusal)
    /// Beginnings, ids and names of tool calls.
    public static let toolCall = DeltaKinds(DeltaKind.toolCall)
    /// Arguments of tool calls.
    public static let toolArguments = DeltaKinds(DeltaKind.toolArguments)
    /// Ends of choices, with their reasons.
    public static let finish = DeltaKinds(DeltaKind.finish)
    /// Token counts.
    public static let usage = DeltaKinds(DeltaKind.usage)
    /// Errors that the stream carried.
    public static let error = DeltaKinds(DeltaKind.error)
    /// Text that failed servers repeat in their errors.
    public static let partial = DeltaKinds(DeltaKind.partial)
    /// Events that could not be read. They are emitted whether the set has this kind or not.
    public static let malformed = DeltaKinds(DeltaKind.malformed)
    /// What else the stream says: ids, signatures, citations, usage in detail, fields of one's own.
    public static let detail = DeltaKinds(DeltaKind.detail)
    /// The documents or texts of the events. With them, events are read more slowly.
    public static let payload = DeltaKinds(DeltaKind.payload)
    /// What an answer consists of, and the default: all kinds but ``detail`` and ``payload``.
    public static let answer = DeltaKinds(rawValue: all.rawValue & ~(detail.rawValue | payload.rawValue))
    /// All kinds.
    public static let all = DeltaKinds(DeltaKind.allCases)
}

/// Kinds of deltas as the engine has them, a bit for each.
typealias KindBits = UInt32

extension KindBits {
    /// The bits of all kinds but those that have to be asked for.
    static var answer: KindBits { ~(DeltaKind.detail.bit | DeltaKind.payload.bit) }
    /// Whether records of kinds that are not selected may have been made.
    var omitsAnswers: Bool { self | ~Self.answer != .max }
    var hasDetails: Bool { self & DeltaKind.detail.bit != 0 }
    var hasPayloads: Bool { self & DeltaKind.payload.bit != 0 }
}

extension DeltaKind {
    var bit: KindBits { 1 << KindBits(rawValue) }
}

extension DeltaKinds {
    /// `malformed` is always emitted, and detection of missing events needs all numbers.
    var bits: KindBits {
        let asked = intersection(.all).rawValue | DeltaKind.malformed.bit | 1 << DeltaRecord.numbers
        return isSuperset(of: .answer) ? asked | .answer : asked
    }
}
