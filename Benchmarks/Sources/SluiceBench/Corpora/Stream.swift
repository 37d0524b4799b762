import CBaselines
import Sluice

/// The bytes that all contenders read, and how they are cut.
final class Stream {
    let corpus: String
    let format: WireFormat
    /// What the hand-written readers know the format as; nil where they do not.
    let knownBaseline: baseline_format?
    /// The format can be detected from the stream's first events.
    var isFormatDetected = false
    /// Padded, so that simdjson may read past the end.
    let bytes: [UInt8]
    let count: Int
    let responses: [Range<Int>]
    /// What the stream follows, where it is not composed.
    private let recording: Recording?
    /// The sizes of the reads in which the stream would have arrived.
    private(set) lazy var recordedReads =
        recording.map { RecordedReads.sizes(of: bytes[..<count], like: $0) } ?? [count]

    /// A recording amplified to at least `count` bytes.
    convenience init(amplifying recording: Recording, to count: Int, seed: UInt64) throws {
        var amplifier = Amplifier(recording, seed: seed)
        var bytes: [UInt8] = []
        let responses = amplifier.fill(&bytes, to: count)
        try self.init(recording, bytes, responses)
    }

    /// A recording as it is.
    convenience init(_ recording: Recording) throws { try self.init(recording, recording.bytes, recording.responses) }

    /// - Parameter known: There must be hand-written readers for the format.
    init(_ recording: Recording, _ stream: [UInt8], _ responses: [Range<Int>], known: Bool = true) throws {
        knownBaseline = Self.baselines[recording.format.name]
        if known && knownBaseline == nil {
            throw BenchError(
                "'\(recording.name)' is \(recording.format.name), for which there is no hand-written reader")
        }
        corpus = recording.name
        format = recording.format
        count = stream.count
        bytes = stream + [UInt8](repeating: 0x20, count: Int(BASELINE_PADDING))
        self.responses = responses
        self.recording = recording
    }

    /// A composed stream: bytes of one workload in a known format.
    init(workload: String, _ format: WireFormat, _ baseline: baseline_format, _ stream: [UInt8]) {
        corpus = workload
        self.format = format
        knownBaseline = baseline
        count = stream.count
        bytes = stream + [UInt8](repeating: 0x20, count: Int(BASELINE_PADDING))
        responses = [0..<stream.count]
        recording = nil
    }

    /// Contract: only asked for by contenders that need a hand-written reader, which others have checked that there is.
    var baseline: baseline_format {
        guard let knownBaseline else { preconditionFailure("no hand-written reader for \(format.name)") }
        return knownBaseline
    }

    /// The size of the longest response, in bytes.
    var longestResponse: Int { responses.map(\.count).max() ?? count }

    static let baselines: [String: baseline_format] = [
        "openai-chat": BASELINE_OPENAI_CHAT, "openai-completions": BASELINE_OPENAI_COMPLETIONS,
        "openai-responses": BASELINE_OPENAI_RESPONSES, "anthropic-messages": BASELINE_ANTHROPIC_MESSAGES,
        "gemini-generate": BASELINE_GEMINI_GENERATE, "delta-done": BASELINE_DELTA_DONE,
        "text-field": BASELINE_TEXT_FIELD, "raw-text": BASELINE_RAW_TEXT,
        "ollama-generate": BASELINE_OLLAMA_GENERATE, "ollama-chat": BASELINE_OLLAMA_CHAT,
        "bedrock": BASELINE_BEDROCK,
    ]

    /// A hash of all bytes, the same on every machine.
    var hash: UInt64 {
        var answer = baseline_answer()
        bytes.withUnsafeBytes { baseline_add(&answer, $0.baseAddress, count) }
        return answer.hash
    }

    /// Runs `body` with the bytes as C takes them.
    func withCharacters<Result>(_ body: (UnsafePointer<CChar>, Int) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes { try body($0.baseAddress!.assumingMemoryBound(to: CChar.self), count) }
    }
}

/// How a stream is cut.
enum ChunkSize: Hashable {
    case bytes(Int)
    case whole
    /// As the reads of the recording were: see `RecordedReads`.
    case recorded

    /// In the report: bytes, 0 for the whole, -1 as recorded.
    var number: Int {
        switch self {
        case .bytes(let count): count
        case .whole: 0
        case .recorded: -1
        }
    }

    init(number: Int) { self = number > 0 ? .bytes(number) : number == 0 ? .whole : .recorded }

    static func name(of number: Int) -> String {
        switch number {
        case 0: "whole"
        case ..<0: "recorded"
        case 1024...: number % 1024 == 0 ? "\(number / 1024) Ki" : "\(number)"
        default: "\(number)"
        }
    }
}

/// The chunks of a stream in order.
struct Chunks {
    private let size: ChunkSize
    private let count: Int
    private let reads: [Int]
    private var start = 0
    private var read = 0

    init(_ stream: Stream, _ size: ChunkSize) {
        self.size = size
        count = stream.count
        reads = size == .recorded ? stream.recordedReads : []
    }

    mutating func next() -> Range<Int>? {
        guard start < count else { return nil }
        let wanted: Int
        switch size {
        case .bytes(let bytes): wanted = bytes
        case .whole: wanted = count
        case .recorded:
            wanted = reads[read]
            read = read + 1 == reads.count ? 0 : read + 1
        }
        let chunk = start..<min(count, start + wanted)
        start = chunk.upperBound
        return chunk
    }
}
