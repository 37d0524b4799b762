import Sluice

/// Measures one stream. A token is a delta of text, refusal, reasoning or tool arguments that carries bytes.
struct TokenMeter: DeltaSink {
    /// When the bytes that are read now have come, in nanoseconds since the stream's clock began; nil where it has none.
    var now: UInt64?

    let stalls: StallMeter
    private(set) var found: StallMeter.Found
    private(set) var textTokens: UInt64 = 0
    private(set) var reasoningTokens: UInt64 = 0
    private(set) var argumentTokens: UInt64 = 0
    private(set) var contentBytes: UInt64 = 0
    /// Events that have brought tokens, and the most tokens that one of them has.
    private(set) var tokenEvents: UInt64 = 0
    private(set) var mostTokensAnEvent: UInt64 = 0
    private var lastEvent: UInt64?
    private var tokensOfEvent: UInt64 = 0

    private(set) var firstToken: UInt64?
    private(set) var firstAnswerToken: UInt64?
    private(set) var lastToken: UInt64?
    private(set) var gaps = Distribution()
    private(set) var timeline: Timeline?

    private(set) var inputTokens: Int?
    private(set) var outputTokens: Int?
    private(set) var finishReasons: [String] = []

    /// Reasons that are kept, and characters of one: a stream may have any number of both.
    private static var reasonCount: Int { 16 }
    private static var reasonLength: Int { 64 }

    init(stall: UInt64, keepsTimeline: Bool) {
        stalls = StallMeter(threshold: stall)
        found = StallMeter.Found()
        if keepsTimeline { timeline = Timeline() }
    }

    /// Tokens that were counted.
    var tokens: UInt64 { textTokens + reasoningTokens + argumentTokens }

    mutating func take(_ delta: borrowing Delta, _ output: inout Output) {
        switch delta.kind {
        case .text, .refusal: if count(delta, isAnswer: true) { textTokens += 1 }
        case .reasoning: if count(delta, isAnswer: false) { reasoningTokens += 1 }
        case .toolArguments: if count(delta, isAnswer: true) { argumentTokens += 1 }
        case .finish: note(reason: delta.string)
        case .usage:
            inputTokens = delta.inputTokens ?? (delta.isWhole ? nil : inputTokens)
            outputTokens = delta.outputTokens ?? (delta.isWhole ? nil : outputTokens)
        case .toolCall, .partial, .error, .malformed, .detail, .payload: break
        }
    }

    mutating func pause(_ output: inout Output) {}

    /// False for a delta without bytes, which is no token.
    private mutating func count(_ delta: borrowing Delta, isAnswer: Bool) -> Bool {
        let bytes = delta.bytes.byteCount
        guard bytes > 0 else { return false }
        contentBytes += UInt64(bytes)
        if lastEvent != delta.eventOffset {
            lastEvent = delta.eventOffset
            tokenEvents += 1
            tokensOfEvent = 0
        }
        tokensOfEvent += 1
        mostTokensAnEvent = max(mostTokensAnEvent, tokensOfEvent)
        guard let now else { return true }
        if let lastToken {
            let gap = now - lastToken
            gaps.add(gap)
            found.note(gap, after: lastToken, eventOffset: delta.eventOffset, stalls)
        }
        firstToken = firstToken ?? now
        if isAnswer { firstAnswerToken = firstAnswerToken ?? now }
        lastToken = now
        timeline?.add(now)
        return true
    }

    private mutating func note(reason: String) {
        let reason = String(reason.unicodeScalars.prefix(Self.reasonLength).map(Character.init))
        guard !reason.isEmpty, finishReasons.count < Self.reasonCount, !finishReasons.contains(reason) else { return }
        finishReasons.append(reason)
    }
}

/// Gaps that are longer than the user finds acceptable.
struct StallMeter: Sendable {
    /// Nanoseconds that a gap has to exceed.
    let threshold: UInt64

    /// What was found of them.
    struct Found: Sendable {
        private(set) var count: UInt64 = 0
        private(set) var sum: UInt64 = 0
        private(set) var longest: UInt64?
        /// When the longest began, and where the event that ended it begins.
        private(set) var longestAt: UInt64?
        private(set) var longestOffset: UInt64?

        mutating func note(_ gap: UInt64, after time: UInt64, eventOffset: UInt64, _ stalls: StallMeter) {
            guard gap > stalls.threshold else { return }
            count += 1
            sum += gap
            guard gap > longest ?? 0 else { return }
            longest = gap
            longestAt = time
            longestOffset = eventOffset
        }
    }
}

/// When tokens came: some hundred points of a curve, however many tokens there are.
struct Timeline: Sendable {
    private(set) var points: [(time: UInt64, tokens: UInt64)] = []
    private var tokens: UInt64 = 0
    private var last: UInt64?
    /// One token in so many becomes a point.
    private var step: UInt64 = 1

    private static var pointCount: Int { 1024 }

    mutating func add(_ time: UInt64) {
        if tokens % step == 0 { points.append((time, tokens + 1)) }
        tokens += 1
        last = time
        guard points.count >= Self.pointCount else { return }
        points = points.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        step *= 2
    }

    /// All points, and the last token.
    var curve: [(time: UInt64, tokens: UInt64)] {
        guard let last, points.last?.tokens != tokens else { return points }
        return points + [(last, tokens)]
    }
}
