import CBaselines
import Foundation
import Sluice

/// The report that goes into the JSON file.
struct Report: Codable {
    var machine: Machine
    var results: [Row] = []
    var latency: [LatencyRow] = []
    var growth: [GrowthRow] = []
    var streams: [StreamsRow] = []
    /// Absent in reports of earlier versions.
    var scaling: [ScalingRow]? = []
    var corpora: [CorpusRow] = []
    /// Recordings of the user's, of a run with --file.
    var files: [FileRow]?
}

/// One contender on one stream, cut one way.
struct Row: Codable {
    var section: String
    var contender: String
    var corpus: String
    /// Bytes; 0 for the whole stream at once, -1 as recorded.
    var chunk: Int
    var buffer: String
    var framing: String
    var extraction: String
    var bytes: Int
    var gbPerSecond = 0.0
    var gbPerSecondMinimum = 0.0
    var gbPerSecondMaximum = 0.0
    var deltasPerSecond = 0.0
    var nsPerDelta = 0.0
    var allocationsPerDelta: Double?
    var allocatedBytesPerDelta: Double?
    /// By how much the resident set rose above what it was before, at its highest.
    var peakGrowthBytes: Int?
    var ratioToExpert: Double?
    var ratioToExpertLoop: Double?
    var ratioToMemchr: Double?
    var correct = false
    var hash: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case section, contender, corpus, chunk, buffer, framing, extraction, bytes
        case gbPerSecond = "gb_per_s"
        case gbPerSecondMinimum = "gb_per_s_min"
        case gbPerSecondMaximum = "gb_per_s_max"
        case deltasPerSecond = "deltas_per_s"
        case nsPerDelta = "ns_per_delta"
        case allocationsPerDelta = "allocations_per_delta"
        case allocatedBytesPerDelta = "allocated_bytes_per_delta"
        case peakGrowthBytes = "peak_growth_bytes"
        case ratioToExpert = "ratio_to_expert"
        case ratioToExpertLoop = "ratio_to_expert_loop"
        case ratioToMemchr = "ratio_to_memchr"
        case correct, hash
    }

    init(_ section: String, _ contender: Contender, _ stream: Stream, _ chunk: ChunkSize) {
        self.section = section
        self.contender = contender.name
        corpus = stream.corpus
        self.chunk = chunk.number
        buffer = contender.buffer
        framing = contender.framing
        extraction = contender.extraction
        bytes = stream.count
    }

    mutating func setTime(_ time: Statistics, bytes: Int, deltas: UInt64) {
        gbPerSecond = Double(bytes) / time.median / 1e9
        gbPerSecondMinimum = Double(bytes) / time.maximum / 1e9
        gbPerSecondMaximum = Double(bytes) / time.minimum / 1e9
        deltasPerSecond = Double(deltas) / time.median
        nsPerDelta = time.median * 1e9 / Double(max(1, deltas))
    }

    /// What makes two rows of different runs the same measurement.
    var key: String { "\(contender) \(corpus) \(chunk) \(buffer) \(framing) \(extraction)" }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(section, forKey: .section)
        try values.encode(contender, forKey: .contender)
        try values.encode(corpus, forKey: .corpus)
        try values.encode(chunk, forKey: .chunk)
        try values.encode(buffer, forKey: .buffer)
        try values.encode(framing, forKey: .framing)
        try values.encode(extraction, forKey: .extraction)
        try values.encode(bytes, forKey: .bytes)
        try values.encode(gbPerSecond, forKey: .gbPerSecond)
        try values.encode(gbPerSecondMinimum, forKey: .gbPerSecondMinimum)
        try values.encode(gbPerSecondMaximum, forKey: .gbPerSecondMaximum)
        try values.encode(deltasPerSecond, forKey: .deltasPerSecond)
        try values.encode(nsPerDelta, forKey: .nsPerDelta)
        // Not left out where they are unknown: every row has every column.
        try values.encode(allocationsPerDelta, forKey: .allocationsPerDelta)
        try values.encode(allocatedBytesPerDelta, forKey: .allocatedBytesPerDelta)
        try values.encode(peakGrowthBytes, forKey: .peakGrowthBytes)
        try values.encode(ratioToExpert, forKey: .ratioToExpert)
        try values.encode(ratioToExpertLoop, forKey: .ratioToExpertLoop)
        try values.encode(ratioToMemchr, forKey: .ratioToMemchr)
        try values.encode(correct, forKey: .correct)
        try values.encode(hash, forKey: .hash)
    }
}

struct LatencyRow: Codable {
    var contender: String
    var corpus: String
    /// How many times faster than recorded.
    var pace: Double
    var p50: UInt64
    var p99: UInt64
    var p999: UInt64
    var max: UInt64
    var count: Int

    enum CodingKeys: String, CodingKey {
        case contender, corpus, pace, count
        case p50 = "p50_ns"
        case p99 = "p99_ns"
        case p999 = "p99_9_ns"
        case max = "max_ns"
    }
}

struct GrowthRow: Codable {
    var contender: String
    var corpus: String
    var bytes: Int
    var nsPerByte: Double
    var peakGrowthBytes: Int?
    var allocationsPerDelta: Double

    enum CodingKeys: String, CodingKey {
        case contender, corpus, bytes
        case nsPerByte = "ns_per_byte"
        case peakGrowthBytes = "peak_growth_bytes"
        case allocationsPerDelta = "allocations_per_delta"
    }
}

struct StreamsRow: Codable {
    var corpus: String
    var streams: Int
    var nsPerDelta: Double
    /// Without prefetch; not in reports from before there was one.
    var nsPerDeltaUnforeseen: Double?
    var nsPerDeltaAlone: Double
    var bytesPerIdleStream: Double

    var ratioUnforeseen: Double? { nsPerDeltaUnforeseen.map { $0 / nsPerDeltaAlone } }

    enum CodingKeys: String, CodingKey {
        case corpus, streams
        case nsPerDelta = "ns_per_delta"
        case nsPerDeltaUnforeseen = "ns_per_delta_unforeseen"
        case nsPerDeltaAlone = "ns_per_delta_alone"
        case bytesPerIdleStream = "bytes_per_idle_stream"
    }
}

struct ScalingRow: Codable {
    var corpus: String
    var workers: Int
    var gbPerSecond: Double
    /// To the parser that reads the same bytes as one chunk on one thread.
    var ratioToOneThread: Double

    enum CodingKeys: String, CodingKey {
        case corpus, workers
        case gbPerSecond = "gb_per_s"
        case ratioToOneThread = "ratio_to_one_thread"
    }
}

/// A generated stream, so that others can check that they measured the same bytes.
struct CorpusRow: Codable {
    var corpus: String
    var seed: UInt64
    var bytes: Int
    var responses: Int
    /// Non-empty pieces of text, reasoning and arguments.
    var tokens: UInt64
    var pieceBytes: UInt64
    /// The tokens of answers that the stream itself reports; nil where it reports none.
    var reportedTokens: Int?
    var hash: String
    /// The hash is the one that is stored in the repository; nil where none is stored for this size and seed.
    var isExpected: Bool?

    enum CodingKeys: String, CodingKey {
        case corpus, seed, bytes, responses, tokens, hash
        case pieceBytes = "piece_bytes"
        case reportedTokens = "reported_tokens"
        case isExpected = "hash_is_expected"
    }

    init(_ stream: Stream, seed: UInt64) throws { try self.init(stream, seed: seed, pieces: Truth(stream).pieces) }

    init(_ stream: Stream, seed: UInt64, pieces: baseline_answer) throws {
        corpus = stream.corpus
        self.seed = seed
        bytes = stream.count
        responses = stream.responses.count
        tokens = pieces.deltas
        pieceBytes = pieces.bytes
        reportedTokens = try Self.reportedTokens(stream)
        hash = String(stream.hash, radix: 16)
    }

    /// The lengths that the responses report, added up.
    private static func reportedTokens(_ stream: Stream) throws -> Int? {
        var total: Int?
        let bytes = stream.bytes
        for response in stream.responses {
            var parser = StreamParser(format: stream.format)
            var reported: Int?
            var reader = parser.read(bytes.span.extracting(response))
            while let delta = try reader.next() { reported = delta.outputTokens ?? reported }
            if let reported { total = (total ?? 0) + reported }
        }
        return total
    }
}
