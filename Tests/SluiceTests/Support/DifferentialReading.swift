@testable import Sluice

// One stream four times: by an engine with event templates, by one that reads every event by the slow lane, by one that keeps no
// programs either, so that the rules read every event, and by the slow reference.

/// The engines, each with what it has learnt.
struct DifferentialEngines: ~Copyable {
    var comparing = DifferentialReader()
    var parsing = DifferentialReader(maxTemplates: 0)
    var ruling = DifferentialReader(maxTemplates: 0, keepsPrograms: false)

    /// Sets the kinds of the next streams.
    mutating func select(_ kinds: DeltaKinds) {
        comparing.kinds = kinds
        parsing.kinds = kinds
        ruling.kinds = kinds
    }
}

/// An engine, and what it read of a stream.
struct DifferentialReader: ~Copyable {
    private var engine = Engine()
    private let maxTemplates: Int
    /// The kinds to emit.
    var kinds = DeltaKinds.answer

    init(maxTemplates: Int = 16, keepsPrograms: Bool = true) {
        self.maxTemplates = maxTemplates
        engine.core.work.keepsPrograms = keepsPrograms
    }

    struct Found {
        var digest = DifferentialDigest()
        var end: StreamEnd?
        var failure: SluiceError?
        var deltas: [ReferenceDelta] = []
        var problems: [String] = []
    }

    mutating func read(
        _ bytes: [UInt8], _ format: WireFormat, _ limits: Limits = Limits(), cuts: [Int] = [], isFilled: Bool = false,
        keepsDeltas: Bool = true
    ) throws(SluiceError) -> Found {
        var limits = limits
        limits.maxTemplates = maxTemplates
        var stream = TokenStream(format: format, limits: limits, kinds: kinds)
        var found = Found()
        do throws(SluiceError) {
            for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
                let chunk = bytes.span.extracting(start..<end)
                if isFilled {
                    try stream.fill(chunk)
                    try found.take(engine.pull(&stream), keepsDeltas)
                } else {
                    try found.take(engine.read(chunk, of: &stream), keepsDeltas)
                }
            }
            try found.take(engine.finish(&stream), keepsDeltas)
        } catch {
            found.failure = error
        }
        found.end = stream.end
        return found
    }
}

extension DifferentialReader.Found {
    fileprivate mutating func take(_ reader: consuming DeltaReader, _ keepsDeltas: Bool) throws(SluiceError) {
        var reader = reader
        while let delta = try reader.next() { note(delta, keepsDeltas) }
    }

    private mutating func note(_ delta: borrowing Delta, _ keepsDeltas: Bool) {
        // A choice may be below zero: a stream says so.
        for number in [Int(delta.kind.rawValue), delta.choice, delta.tool, delta.block ?? -1] {
            digest.add(UInt64(bitPattern: Int64(number)))
        }
        digest.add(delta.main)
        digest.add(delta.eventOffset)
        digest.add(delta.other)
        digest.add(UInt64(bitPattern: Int64(delta.inputTokens ?? -1)))
        digest.add(UInt64(bitPattern: Int64(delta.outputTokens ?? -1)))
        let flags =
            (delta.isWhole || delta.isJSON ? 1 : 0) | (delta.isToolPlan ? 2 : 0) | (delta.isToolCounted ? 4 : 0)
            | (delta.isContinuation ? 8 : 0) | Int(delta.toolOrigin.rawValue) << 4
        digest.add(UInt64(flags))
        if let details = delta.errorDetails {
            for text in [details.type, details.code, details.parameter, details.requestID] { digest.add(text) }
            digest.add(details.retryAfterSeconds?.bitPattern ?? .max)
        }
        let problem = delta.problem
        if let problem {
            digest.add(unsafe problem.description.utf8.span.bytes)
            problems = (problems + [problem.description]).suffix(2)
        }
        guard keepsDeltas else { return }
        deltas.append(ReferenceDelta(delta, problem))
    }

    /// How a reading of the same stream by simdjson alone differs; nil where it does not.
    func difference(fromParsing other: Self) -> String? {
        if failure != other.failure || end != other.end { return "\(summary) instead of \(other.summary)" }
        if problems != other.problems { return "\(problems) instead of \(other.problems)" }
        return digest == other.digest ? nil : "other deltas"
    }

    private var summary: String { "\(end.map { "\($0)" } ?? "") \(failure.map { "\($0)" } ?? "")" }

    /// How what the reference reads differs; nil where it does not.
    func difference(fromReference other: ReferenceStream) -> String? {
        for (index, (delta, wanted)) in zip(deltas, other.deltas).enumerated() where !delta.agrees(with: wanted) {
            return "delta \(index) is \(delta.shown) instead of \(wanted.shown)"
        }
        if deltas.count != other.deltas.count {
            let next = deltas.dropFirst(other.deltas.count).first ?? other.deltas[deltas.count]
            return "\(deltas.count) deltas instead of \(other.deltas.count): \(next.shown)"
        }
        if failure?.code.rawValue != (other.isNoStream ? "not-a-stream" : other.failure) {
            return "failure \(failure.map { "\($0)" } ?? "none")"
        }
        guard let end else { return "no end" }
        let numbers = [end.frames, end.malformedEvents, end.ignoredLines, end.deltas, end.unreadEvents].map { Int($0) }
        let wanted = [
            other.frames, other.malformed, other.ignoredLines, other.deltas.count - other.malformed, other.unread,
        ]
        if end.status != other.status || numbers != wanted {
            return "\(end.status) \(numbers) instead of \(other.status) \(wanted)"
        }
        let kinds = end.unreadKinds.map {
            ReferenceUnread(name: $0.name, count: Int($0.count), offset: Int($0.offset), event: Int($0.event))
        }
        return kinds == other.unreadKinds ? nil : "unread \(kinds) instead of \(other.unreadKinds)"
    }
}

extension ReferenceDelta {
    /// Whether the engine's delta is this one; of what is wrong with an event, one thing is told.
    func agrees(with wanted: ReferenceDelta) -> Bool {
        guard !codes.isDisjoint(with: wanted.codes) else { return codes == wanted.codes && self == wanted }
        var same = self
        same.codes = wanted.codes
        return same == wanted
    }

    var shown: String {
        var text = "\(kind) choice \(choice) tool \(tool) at \(offset)"
        text += " \"\(VisibleBytes.write(bytes))\" \"\(VisibleBytes.write(other))\""
        if kind == .usage { text += " \(input ?? -1)/\(output ?? -1)" }
        if kind == .malformed { text += " event \(event) \(codes.sorted())" }
        if origin != .client { text += " origin=\(origin)" }
        if isContinuation { text += " continued" }
        if let details { text += details.logged }
        if let block { text += " block=\(block)" }
        return text + (isWhole ? " whole" : "") + (isToolPlan ? " plan" : "") + (isToolCounted ? " counted" : "")
    }
}

extension ErrorDetails {
    /// What is there, as failures show it.
    var logged: String {
        (type.isEmpty ? "" : " class=\"\(VisibleBytes.write(Array(type.utf8)))\"") + loggedBesideType
    }

    /// What is there beside the type, as golden files have it.
    var loggedBesideType: String {
        func part(_ name: String, _ text: String) -> String {
            text.isEmpty ? "" : " \(name)=\"\(VisibleBytes.write(Array(text.utf8)))\""
        }
        let delay = retryAfterSeconds.map { " retry=\($0)" } ?? ""
        return part("code", code) + part("param", parameter) + part("request", requestID) + delay
    }
}

/// FNV-1a: what is compared are long sequences of deltas, and an unequal pair must not hide.
struct DifferentialDigest: Equatable {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { add(byte: UInt8(truncatingIfNeeded: word >> shift)) }
    }

    mutating func add(_ bytes: RawSpan) {
        add(UInt64(bytes.byteCount))
        for byte in bytes.copied { add(byte: byte) }
    }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        for byte in text.utf8 { add(byte: byte) }
    }

    private mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
}

extension ReferenceDelta {
    /// What the engine tells, as the slow reading would have it.
    init(_ delta: borrowing Delta, _ problem: SluiceError?) {
        self.init(
            kind: delta.kind, choice: delta.choice, tool: delta.tool, offset: Int(delta.eventOffset),
            bytes: delta.main.copied, other: delta.other.copied, input: delta.inputTokens,
            output: delta.outputTokens, isWhole: delta.isWhole || delta.isJSON, isToolPlan: delta.isToolPlan,
            isToolCounted: delta.isToolCounted, block: delta.block, event: problem.map { Int($0.event) } ?? 0,
            codes: problem.map { [$0.code.rawValue] } ?? [], origin: delta.toolOrigin,
            isContinuation: delta.isContinuation, details: delta.errorDetails)
    }
}
