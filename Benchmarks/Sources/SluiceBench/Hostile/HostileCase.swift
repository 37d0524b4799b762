import Sluice

/// How a case's bytes reach the parser.
enum HostileFeed: Equatable {
    /// Chunks of so many bytes that the caller owns.
    case borrowed(Int)
    /// Chunks of so many bytes, written into the mirrored ring.
    case ring(Int)

    var name: String {
        switch self {
        case .borrowed(let bytes): "borrowed \(ChunkSize.name(of: bytes))"
        case .ring(let bytes): "ring \(ChunkSize.name(of: bytes))"
        }
    }

    var chunk: Int {
        switch self {
        case .borrowed(let bytes), .ring(let bytes): bytes
        }
    }
}

/// What memory a case may take, and why: derived from the limits, never from what was measured.
struct HostileBound {
    var bytes: Int
    /// What shares the process: pages that the allocator has not given back, the source's own blocks.
    static let constant = 8 << 20

    /// Nothing of the input is held.
    static let nothing = HostileBound(bytes: constant)

    /// An unfinished event of as many bytes as the limits allow: a buffer that has doubled beyond it, and while it moves
    /// the one before; in a ring both.
    static func unfinished(_ limits: Limits = Limits()) -> HostileBound {
        HostileBound(bytes: 3 * limits.maxEventBytes + constant)
    }

    /// Events of `bytes` that are parsed: the buffer as above, maybe joined data lines, an index of four bytes for each byte of
    /// twice the event (capacities double), and strings that were decoded.
    static func parsed(_ bytes: Int) -> HostileBound {
        HostileBound(bytes: (3 + 3 + 8 + 2) * bytes + constant)
    }

    /// An answer that is collected, of as many choices or calls as the limits allow. Of each: its fields, its number and its block in
    /// tables that have doubled beyond it, while they move also in those before, and a short text.
    static func collected(_ limits: Limits = Limits()) -> HostileBound {
        HostileBound(bytes: 512 * max(limits.maxChoices, limits.maxToolCalls) + constant)
    }

    func plus(_ bytes: Int) -> HostileBound { HostileBound(bytes: self.bytes + bytes) }
}

/// What must come out.
struct HostileExpectation {
    /// Errors by code, and how many of each; nil for any.
    var errors: [String: ClosedRange<Int>]? = [:]
    var status: String? = "complete"
    /// The code of what ends the stream, nil for nothing.
    var failure: String?
    /// What the errors must say.
    var hint = ""
    /// What the text begins and ends with: the events before and behind the bad ones.
    var head = "before"
    var tail = "after"
    /// Bytes of text, nil for any number.
    var textBytes: Int?
    /// Bytes after which the stream must have ended, nil for its length.
    var mostBytes: Int?

    /// Whatever comes out of random bytes; nothing but memory is bounded.
    static let anything = HostileExpectation(errors: nil, status: nil, head: "", tail: "")

    static func errors(_ code: String, _ count: Int, text: Int? = nil) -> HostileExpectation {
        HostileExpectation(errors: [code: count...count], textBytes: text)
    }

    /// What is wrong with an outcome; nil where nothing is.
    func problem(with outcome: HostileOutcome) -> String? {
        if let errors {
            let codes = Set(errors.keys).union(outcome.errors.keys).sorted()
            for code in codes where !(errors[code] ?? 0...0).contains(outcome.errors[code] ?? 0) {
                return "\(outcome.errors[code] ?? 0) × \(code)"
            }
        }
        if let status, outcome.status != status { return "status \(outcome.status)" }
        if outcome.failure != failure && (status != nil || failure != nil) {
            return "ended by \(outcome.failure ?? "nothing")"
        }
        if !hint.isEmpty && !outcome.details.contains(where: { $0.contains(hint) }) {
            return "no error says '\(hint)'"
        }
        if !outcome.text.head.hasPrefix(head) || !outcome.text.tail.hasSuffix(tail) {
            return "text \(outcome.text.head)…\(outcome.text.tail)"
        }
        if let textBytes, outcome.text.bytes != textBytes { return "\(outcome.text.bytes) bytes of text" }
        if let mostBytes, outcome.bytes > mostBytes { return "ended after \(outcome.bytes) bytes" }
        return outcome.wrong
    }
}

/// One hostile input, with what it may cost and what the outcome must be.
struct HostileCase {
    var name: String
    /// What it is, in a few words.
    var about: String
    /// Nil for whichever the events show.
    var format: WireFormat?
    var limits = Limits()
    /// Whether the deltas go into an accumulator, which is held until the end.
    var collects = false
    var feeds: [HostileFeed] = [.borrowed(65_536), .ring(16_384)]
    var bound = HostileBound.nothing
    /// Far below the normal speed; less than this is marked, but fails nothing.
    var leastGBPerSecond = 0.02
    var expected = HostileExpectation()
    var work: Work

    enum Work {
        case stream(HostileSource)
        /// Many small streams: hands each to the second parameter.
        case sweep((HostileFeed, inout HostileOutcome) throws -> Void)
    }
}
