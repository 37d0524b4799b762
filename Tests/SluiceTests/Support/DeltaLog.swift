@testable import Sluice

/// A delta's values, kept.
struct LoggedDelta: Hashable, Sendable {
    var kind: DeltaKind
    var choice = 0
    var tool = 0
    var isWhole = false
    var isToolCounted = false
    /// Text, arguments, reason, tool id or error message.
    var text = ""
    /// Tool name or error type.
    var other = ""
    var toolOrigin = ToolOrigin.client
    var isContinuation = false
    var errorDetails: ErrorDetails?
    var inputTokens: Int?
    var outputTokens: Int?
    var problem: OwnedProblem?
}

/// All that a stream parser said of one input, in order.
struct DeltaLog: Hashable, Sendable {
    var deltas: [LoggedDelta] = []
    var end: StreamEnd?
    var format: String?
    /// What ended the stream.
    var failure: OwnedProblem?

    /// The texts of one kind, joined.
    func text(of kind: DeltaKind = .text) -> String {
        deltas.filter { $0.kind == kind }.map(\.text).joined()
    }
}

/// A stream parser under test: what it is given, and how.
struct DeltaRun: Sendable {
    var format: WireFormat?
    var feeding = Feeding.borrowed
    var limits = Limits()

    /// The log of one input.
    func log(_ chunks: Chunks) -> DeltaLog {
        var log = DeltaLog()
        var parser = StreamParser(format: format, limits: limits, layout: feeding.layout)
        do throws(SluiceError) {
            try read(chunks, &parser, &log)
        } catch {
            log.failure = OwnedProblem(error)
        }
        log.end = parser.end
        log.format = parser.formatName
        return log
    }

    /// The log of one input as a stream of `engine`, which others have used before and will use again.
    func log(_ chunks: Chunks, _ engine: inout Engine) -> DeltaLog {
        var stream = TokenStream(format: format, limits: limits, layout: feeding.layout)
        return log(chunks, &engine, &stream)
    }

    /// The same, of a stream that is new, or as new.
    func log(_ chunks: Chunks, _ engine: inout Engine, _ stream: inout TokenStream) -> DeltaLog {
        var log = DeltaLog()
        do throws(SluiceError) {
            try read(chunks, &engine, &stream, &log)
        } catch {
            log.failure = OwnedProblem(error)
        }
        log.end = stream.end
        log.format = stream.formatName
        return log
    }

    private func read(
        _ chunks: Chunks, _ engine: inout Engine, _ stream: inout TokenStream, _ log: inout DeltaLog
    ) throws(SluiceError) {
        for (number, chunk) in chunks.slices.enumerated() {
            if feeding.fills(number) {
                try lendFresh(chunk) { bytes throws(SluiceError) in try stream.fill(bytes) }
                try log.take(engine.pull(&stream))
            } else {
                try lendFresh(chunk) { bytes throws(SluiceError) in try log.take(engine.read(bytes, of: &stream)) }
            }
        }
        try log.take(engine.finish(&stream))
    }

    private func read(_ chunks: Chunks, _ parser: inout StreamParser, _ log: inout DeltaLog) throws(SluiceError) {
        for (number, chunk) in chunks.slices.enumerated() {
            if feeding.fills(number) {
                try lendFresh(chunk) { bytes throws(SluiceError) in try parser.fill(bytes) }
                try log.take(parser.pull())
            } else {
                try lendFresh(chunk) { bytes throws(SluiceError) in try log.take(parser.read(bytes)) }
            }
        }
        try log.take(parser.finish())
    }
}

extension DeltaLog {
    mutating func take(_ reader: consuming DeltaReader) throws(SluiceError) {
        var reader = reader
        while let delta = try reader.next() { deltas.append(LoggedDelta(delta)) }
    }
}

extension LoggedDelta {
    init(_ delta: borrowing Delta) {
        kind = delta.kind
        choice = delta.choice
        // Of an error, the number of its details in its page.
        tool = delta.kind == .error ? 0 : delta.tool
        isWhole = delta.isWhole
        isToolCounted = delta.isToolCounted
        text = delta.kind == .toolCall ? String(copying: delta.toolID) : delta.string
        other = String(copying: delta.kind == .error ? delta.errorType : delta.toolName)
        toolOrigin = delta.toolOrigin
        isContinuation = delta.isContinuation
        errorDetails = delta.errorDetails
        inputTokens = delta.inputTokens
        outputTokens = delta.outputTokens
        problem = delta.problem.map { OwnedProblem($0) }
    }
}

extension DeltaRun {
    /// The first of `all` that gives another log than `wanted` in any way of feeding, and what it gives; nil where none does.
    func difference(from wanted: DeltaLog, over all: [Chunks], feedings: [Feeding] = Feeding.allCases) -> String? {
        var engine = Engine()
        for feeding in feedings {
            for chunks in all {
                var run = self
                run.feeding = feeding
                let found = run.log(chunks, &engine)
                if found.comparable != wanted.comparable {
                    return "\(feeding), \(chunks): \(found.firstDifference(from: wanted))"
                }
            }
        }
        return nil
    }
}

extension DeltaLog {
    /// A stream that an error has ended has read as many bytes as its chunks had; all else must be the same.
    var comparable: DeltaLog {
        var copy = self
        if failure != nil { copy.end?.bytes = 0 }
        return copy
    }

    /// The first delta that differs, or what else does.
    func firstDifference(from wanted: DeltaLog) -> String {
        for (delta, other) in zip(deltas, wanted.deltas) where delta != other { return "\(delta) instead of \(other)" }
        if deltas.count != wanted.deltas.count { return "\(deltas.count) deltas instead of \(wanted.deltas.count)" }
        if failure != wanted.failure { return "failure \(failure as Any) instead of \(wanted.failure as Any)" }
        if format != wanted.format { return "format \(format as Any) instead of \(wanted.format as Any)" }
        return "\(end as Any) instead of \(wanted.end as Any)"
    }
}
