import Sluice

// The definitions stand in docs/STATS.md, with those of vLLM and of NVIDIA's GenAI-Perf and AIPerf that they follow.

/// What the times of a stream are counted from.
enum StreamClock: String {
    /// The first byte of the response, as `sluice record` noted it.
    case recorded
    /// The beginning of the command.
    case live
}

/// Reads of one stream, and what each has brought.
struct ReadCounts {
    private(set) var reads: UInt64 = 0
    private(set) var mostEvents: UInt64 = 0
    private(set) var first: UInt64?
    private(set) var last: UInt64?

    mutating func note(time: UInt64, events: UInt64) {
        reads += 1
        mostEvents = max(mostEvents, events)
        first = first ?? time
        last = time
    }
}

/// All figures of one stream that has ended.
struct StreamFigures {
    /// The path as the user gave it.
    let file: String
    /// Which response of a recording that has several, from 1.
    let response: Int?
    let format: String?
    /// How the stream has ended, or `interrupted`.
    let status: String
    let clock: StreamClock?
    let end: StreamEnd
    let reads: ReadCounts
    let gaps: GapFigures
    let stalls: StallMeter.Found
    let stallThreshold: UInt64
    let finishReasons: [String]
    let textTokens: UInt64
    let reasoningTokens: UInt64
    let argumentTokens: UInt64
    let tokenEvents: UInt64
    let mostTokensAnEvent: UInt64
    let contentBytes: UInt64
    let inputTokens: Int?
    let outputTokens: Int?
    private let firstToken: UInt64?
    private let firstAnswerToken: UInt64?
    private let lastToken: UInt64?

    init(
        file: String, response: Int?, format: String?, status: String, clock: StreamClock?, end: StreamEnd,
        reads: ReadCounts, _ meter: TokenMeter
    ) {
        self.file = file
        self.response = response
        self.format = format
        self.status = status
        self.clock = clock
        self.end = end
        self.reads = reads
        gaps = GapFigures(meter.gaps)
        stalls = meter.found
        stallThreshold = meter.stalls.threshold
        finishReasons = meter.finishReasons
        textTokens = meter.textTokens
        reasoningTokens = meter.reasoningTokens
        argumentTokens = meter.argumentTokens
        tokenEvents = meter.tokenEvents
        mostTokensAnEvent = meter.mostTokensAnEvent
        contentBytes = meter.contentBytes
        inputTokens = meter.inputTokens
        outputTokens = meter.outputTokens
        firstToken = meter.firstToken
        firstAnswerToken = meter.firstAnswerToken
        lastToken = meter.lastToken
    }

    /// The file, and the response where there are several.
    var name: String { file + (response.map { "#\($0)" } ?? "") }

    var tokens: UInt64 { textTokens + reasoningTokens + argumentTokens }

    /// Until the first byte; nil in a recording, whose clock begins with it.
    var timeToFirstByte: UInt64? { clock == .recorded && reads.first == 0 ? nil : clock == nil ? nil : reads.first }

    /// Until the first token.
    var timeToFirstToken: UInt64? { firstToken }

    /// Until the first token that is not reasoning.
    var timeToFirstOutputToken: UInt64? { firstAnswerToken }

    /// Until the last token.
    var latency: UInt64? { lastToken }

    /// Until the last byte.
    var duration: UInt64? { clock == nil ? nil : reads.last }

    /// The server counted the tokens of the answer.
    var countsByUsage: Bool { (outputTokens ?? 0) > 0 }

    /// Tokens that TPOT and the rate are computed with: the server's count, or the deltas'.
    var outputLength: UInt64 { countsByUsage ? UInt64(outputTokens ?? 0) : tokens }

    /// Time per output token: (latency − TTFT) / (output tokens − 1).
    var timePerOutputToken: UInt64? {
        guard let firstToken, let lastToken, outputLength > 1 else { return nil }
        return UInt64((Double(lastToken - firstToken) / Double(outputLength - 1)).rounded())
    }

    /// Output tokens by the time until the last.
    var tokensPerSecond: Double? {
        guard let latency, latency > 0, outputLength > 0 else { return nil }
        return Double(outputLength) / (Double(latency) / 1e9)
    }

    var tokensPerEvent: Double? { tokenEvents == 0 ? nil : Double(tokens) / Double(tokenEvents) }

    var eventsPerRead: Double? { reads.reads == 0 ? nil : Double(end.frames) / Double(reads.reads) }

    /// Bytes that are neither text, reasoning nor arguments; none where escapes and base64 do not allow to say.
    var envelopeBytes: UInt64 { end.bytes > contentBytes ? end.bytes - contentBytes : 0 }

    /// Every figure, in the order in which JSON and CSV have them.
    var list: [Figure] {
        [
            Figure("file", .text(file)), Figure("response", .count(response.map(UInt64.init))),
            Figure("format", .text(format)), Figure("status", .text(status)),
            Figure("finish_reasons", .list(finishReasons)), Figure("clock", .text(clock?.rawValue)),
            Figure("ttfb_seconds", .nanoseconds(timeToFirstByte)),
            Figure("ttft_seconds", .nanoseconds(timeToFirstToken)),
            Figure("ttfo_seconds", .nanoseconds(timeToFirstOutputToken)),
            Figure("latency_seconds", .nanoseconds(latency)),
            Figure("duration_seconds", .nanoseconds(duration)),
            Figure("tpot_seconds", .nanoseconds(timePerOutputToken)),
            Figure("tokens_per_second", .ratio(tokensPerSecond)), Figure("output_tokens", .count(outputLength)),
            Figure("token_count_from", .text(countsByUsage ? "usage" : "deltas")),
        ] + gaps.list + [
            Figure("stall_threshold_seconds", .nanoseconds(stallThreshold)),
            Figure("stalls", .count(clock == nil ? nil : stalls.count)),
            Figure("stall_sum_seconds", .nanoseconds(clock == nil ? nil : stalls.sum)),
            Figure("stall_longest_seconds", .nanoseconds(stalls.longest)),
            Figure("stall_longest_at_seconds", .nanoseconds(stalls.longestAt)),
            Figure("stall_longest_offset", .count(stalls.longestOffset)), Figure("tokens", .count(tokens)),
            Figure("text_tokens", .count(textTokens)), Figure("reasoning_tokens", .count(reasoningTokens)),
            Figure("argument_tokens", .count(argumentTokens)),
            Figure("usage_input", .count(inputTokens.map { UInt64(max(0, $0)) })),
            Figure("usage_output", .count(outputTokens.map { UInt64(max(0, $0)) })),
            Figure("tokens_per_event", .ratio(tokensPerEvent)),
            Figure("tokens_per_event_max", .count(mostTokensAnEvent)),
            Figure("events_per_read", .ratio(eventsPerRead)),
            Figure("events_per_read_max", .count(reads.reads == 0 ? nil : reads.mostEvents)),
            Figure("reads", .count(reads.reads == 0 ? nil : reads.reads)), Figure("events", .count(end.frames)),
            Figure("malformed_events", .count(end.malformedEvents)),
            Figure("unread_events", .count(end.unreadEvents)), Figure("bytes", .count(end.bytes)),
            Figure("content_bytes", .count(contentBytes)), Figure("envelope_bytes", .count(envelopeBytes)),
        ]
    }
}

/// Percentiles of the gaps between tokens.
struct GapFigures {
    let count: UInt64
    let median: UInt64?
    let p90: UInt64?
    let p99: UInt64?
    let greatest: UInt64?
    let mean: UInt64?
    let isExact: Bool
    let bars: DurationBars

    init(_ gaps: Distribution) {
        let percentiles = gaps.percentiles([50, 90, 99])
        count = gaps.count
        median = percentiles[0]
        p90 = percentiles[1]
        p99 = percentiles[2]
        greatest = gaps.count == 0 ? nil : gaps.greatest
        mean = gaps.count == 0 ? nil : UInt64((Double(gaps.sum) / Double(gaps.count)).rounded())
        isExact = gaps.isExact
        bars = gaps.bars
    }

    /// As JSON and CSV have them.
    var list: [Figure] {
        [
            Figure("itl_count", .count(count)), Figure("itl_p50_seconds", .nanoseconds(median)),
            Figure("itl_p90_seconds", .nanoseconds(p90)), Figure("itl_p99_seconds", .nanoseconds(p99)),
            Figure("itl_max_seconds", .nanoseconds(greatest)), Figure("itl_mean_seconds", .nanoseconds(mean)),
            Figure("itl_exact", .flag(count == 0 ? nil : isExact)),
        ]
    }
}

/// The figures of several streams together.
struct SummaryFigures {
    private(set) var streams: UInt64 = 0
    private(set) var statuses: [String: UInt64] = [:]
    private(set) var gaps = Distribution()
    private(set) var firstTokens = Distribution()
    private(set) var timesPerToken = Distribution()
    private(set) var stallCount: UInt64 = 0
    private(set) var stallSum: UInt64 = 0
    private(set) var longestStall: UInt64?
    private(set) var tokens: UInt64 = 0
    private(set) var outputTokens: UInt64 = 0
    private(set) var events: UInt64 = 0
    private(set) var malformedEvents: UInt64 = 0
    private(set) var unreadEvents: UInt64 = 0
    private(set) var bytes: UInt64 = 0
    private(set) var contentBytes: UInt64 = 0
    /// A stream of it has times.
    private(set) var isTimed = false

    /// How a stream can end, in the order of reports.
    static var statusNames: [String] { ["complete", "finished", "truncated", "failed", "empty", "interrupted"] }

    mutating func add(_ stream: StreamFigures, _ streamGaps: Distribution) {
        streams += 1
        statuses[stream.status, default: 0] += 1
        gaps.add(streamGaps)
        if let time = stream.timeToFirstToken { firstTokens.add(time) }
        if let time = stream.timePerOutputToken { timesPerToken.add(time) }
        stallCount += stream.stalls.count
        // Times are what a file says, and may be anything.
        stallSum = stallSum.addingReportingOverflow(stream.stalls.sum).overflow ? .max : stallSum + stream.stalls.sum
        if let longest = stream.stalls.longest { longestStall = max(longest, longestStall ?? 0) }
        tokens += stream.tokens
        outputTokens += stream.outputLength
        events += stream.end.frames
        malformedEvents += stream.end.malformedEvents
        unreadEvents += stream.end.unreadEvents
        bytes += stream.end.bytes
        contentBytes += stream.contentBytes
        isTimed = isTimed || stream.clock != nil
    }

    var envelopeBytes: UInt64 { bytes > contentBytes ? bytes - contentBytes : 0 }

    /// Every figure, in the order in which JSON has them.
    var list: [Figure] {
        [Figure("streams", .count(streams))] + Self.statusNames.map { Figure($0, .count(statuses[$0] ?? 0)) }
            + Self.percentiles("ttft", firstTokens) + Self.percentiles("tpot", timesPerToken) + GapFigures(gaps).list
            + [
                Figure("stalls", .count(isTimed ? stallCount : nil)),
                Figure("stall_sum_seconds", .nanoseconds(isTimed ? stallSum : nil)),
                Figure("stall_longest_seconds", .nanoseconds(longestStall)), Figure("tokens", .count(tokens)),
                Figure("output_tokens", .count(outputTokens)), Figure("events", .count(events)),
                Figure("malformed_events", .count(malformedEvents)), Figure("unread_events", .count(unreadEvents)),
                Figure("bytes", .count(bytes)), Figure("content_bytes", .count(contentBytes)),
                Figure("envelope_bytes", .count(envelopeBytes)),
            ]
    }

    private static func percentiles(_ name: String, _ values: Distribution) -> [Figure] {
        let found = values.percentiles([50, 90, 99])
        return [
            Figure("\(name)_p50_seconds", .nanoseconds(found[0])),
            Figure("\(name)_p90_seconds", .nanoseconds(found[1])),
            Figure("\(name)_p99_seconds", .nanoseconds(found[2])),
            Figure("\(name)_max_seconds", .nanoseconds(values.count == 0 ? nil : values.greatest)),
        ]
    }
}
