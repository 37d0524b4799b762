import Sluice

/// What came out of a case.
struct HostileOutcome: Codable {
    /// Bytes that were fed.
    var bytes = 0
    var deltas = 0
    var text = Text()
    /// Events that could not be read, by code.
    var errors: [String: Int] = [:]
    var status = ""
    /// The code of what ended the stream.
    var failure: String?
    /// What the first few errors said.
    var details: [String] = []
    /// What a sweep found wrong.
    var wrong: String?

    /// The beginning and end of all text, and its length.
    struct Text: Codable {
        var bytes = 0
        var head = ""
        var tail = ""

        private static let shown = 16

        mutating func add(_ delta: borrowing Delta) {
            let count = delta.bytes.byteCount
            bytes += count
            if head.utf8.count < Self.shown { head += Self.part(delta.bytes.extracting(first: Self.shown)) }
            let last = Self.part(delta.bytes.extracting(last: Self.shown))
            tail = count >= Self.shown ? last : String((tail + last).suffix(Self.shown))
        }

        private static func part(_ bytes: RawSpan) -> String {
            bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    mutating func take(_ delta: borrowing Delta) {
        if let problem = delta.problem { return note(problem) }
        deltas += 1
        if delta.kind == .text { text.add(delta) }
    }

    private mutating func note(_ problem: SluiceError) {
        errors[problem.code.rawValue, default: 0] += 1
        if details.count < 4 { details.append(problem.detail) }
    }

    mutating func stop(_ error: SluiceError) {
        failure = error.code.rawValue
        details.append(error.detail)
    }
}

/// What a case has cost and what came out: a line of the table.
struct HostileRow: Codable {
    var name: String
    var about: String
    var feed: String
    var seconds: Double
    /// How far the resident set rose; nil where the kernel does not report it.
    var peakGrowthBytes: Int?
    /// What the stream's own buffers held at most.
    var ownBytes: Int
    var boundBytes: Int
    var leastGBPerSecond: Double
    var outcome: HostileOutcome
    /// What is not as stated; nil where all is.
    var problem: String?

    var gbPerSecond: Double { seconds > 0 ? Double(outcome.bytes) / seconds / 1e9 : 0 }
    /// What is over in a moment is not.
    var isSlow: Bool { seconds > 0.05 && gbPerSecond < leastGBPerSecond }
}

struct HostileReport: Codable {
    var machine: Machine
    var rows: [HostileRow]
}
