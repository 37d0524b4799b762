@testable import Sluice

// What a stream parser says of one input, a line a delta: the log of the golden files for wire formats.

struct WireLog: Hashable, Sendable {
    var lines: [String] = []
    /// Events that could not be read, and last what ended the stream, if an error did.
    var problems: [SluiceError] = []
    var formatName: String?

    /// The lines as a golden file has them.
    var text: String { lines.joined(separator: "\n") }

    mutating func take(_ reader: consuming DeltaReader) throws(SluiceError) {
        var reader = reader
        while let delta = try reader.next() {
            lines.append(Self.line(delta))
            if let problem = delta.problem { problems.append(problem) }
        }
    }

    mutating func stop(_ error: SluiceError) {
        problems.append(error)
        lines.append("stopped \(error.code.rawValue) offset=\(error.offset) event=\(error.event)")
    }

    mutating func finish(_ end: StreamEnd, _ name: String?) {
        formatName = name
        let inside = end.endedInsideEvent ? " inside-event" : ""
        let unread = end.unreadEvents > 0 ? " unread=\(end.unreadEvents)" : ""
        lines.append("end \(end.status.rawValue) frames=\(end.frames) deltas=\(end.deltas)\(unread)\(inside)")
    }

    private static func line(_ delta: borrowing Delta) -> String {
        let text = quoted(delta.bytes)
        let choice = "choice=\(delta.choice)"
        let tool = "tool=\(delta.tool)" + (delta.isToolCounted ? " counted" : "")
        let whole = delta.isWhole ? " whole" : ""
        let block = delta.block.map { " block=\($0)" } ?? ""
        switch delta.kind {
        case .text: return "text \(choice)\(block) \(text)"
        case .reasoning: return "reasoning \(choice)\(block)\(delta.isToolPlan ? " plan" : "") \(text)"
        case .refusal: return "refusal \(choice)\(block) \(text)"
        case .toolCall:
            let id = quoted(Array(String(copying: delta.toolID).utf8))
            let name = quoted(Array(String(copying: delta.toolName).utf8))
            let origin = delta.toolOrigin == .client ? "" : " origin=\(delta.toolOrigin)"
            let continued = delta.isContinuation ? " continued" : ""
            return "tool_call \(choice) \(tool) id=\(id) name=\(name)\(origin)\(continued)"
        case .toolArguments: return "tool_arguments \(choice) \(tool)\(whole) \(text)"
        case .finish: return "finish \(choice) \(text)"
        case .usage:
            let input = delta.inputTokens.map { " input=\($0)" } ?? ""
            let output = delta.outputTokens.map { " output=\($0)" } ?? ""
            return "usage\(input)\(output)\(whole)"
        case .partial: return "partial \(choice) \(text)"
        case .error:
            let type = quoted(Array(String(copying: delta.errorType).utf8))
            return "error type=\(type)\(delta.errorDetails?.loggedBesideType ?? "") \(text)"
        case .detail:
            let name = String(copying: delta.name)
            return "detail \(choice)\(block) \(name)\(delta.isJSON ? " json" : "") \(text)"
        case .payload: return "payload event=\(quoted(Array(String(copying: delta.name).utf8))) \(text)"
        case .malformed:
            guard let problem = delta.problem else { return "malformed without a problem" }
            return "malformed \(problem.code.rawValue) offset=\(problem.offset) event=\(problem.event)"
        }
    }

    private static func quoted(_ bytes: RawSpan) -> String { quoted(bytes.copied) }
    private static func quoted(_ bytes: [UInt8]) -> String { "\"\(VisibleBytes.write(bytes))\"" }

    /// The first line that differs, and what is wanted there.
    func firstDifference(from wanted: WireLog) -> String {
        for (line, other) in zip(lines, wanted.lines) where line != other { return "\(line) instead of \(other)" }
        if lines.count != wanted.lines.count { return "\(lines.count) lines instead of \(wanted.lines.count)" }
        for (problem, other) in zip(problems, wanted.problems) where problem != other {
            return "\(problem) instead of \(other)"
        }
        return "format \(formatName ?? "none") instead of \(wanted.formatName ?? "none")"
    }
}

/// A stream under test, whose compiled format is shared between runs, because compiling costs more than a short run.
struct WireRun {
    let format: CompiledFormat?
    var feeding = Feeding.borrowed
    var limits = Limits()
    private let kinds: KindBits

    init(_ format: WireFormat?, _ kinds: DeltaKinds = .answer) throws(SluiceError) {
        self.kinds = kinds.bits
        self.format = try format.map { format throws(SluiceError) in try CompiledFormat.of(format, kinds.bits) }
    }

    /// The log of one input, read with `engine`, which may have read other streams before.
    func log(_ chunks: Chunks, _ engine: EngineCore = EngineCore()) -> WireLog {
        let stream = StreamCore(
            StreamState(format: format, framing: nil, limits: limits, layout: feeding.layout, kinds: kinds))
        var log = WireLog()
        do throws(SluiceError) {
            for (number, chunk) in chunks.slices.enumerated() {
                try lendFresh(chunk) { bytes throws(SluiceError) in try read(bytes, number, stream, engine, &log) }
            }
            stream.state.beginEnd(&engine.work)
            try log.take(DeltaReader(Sluice.Lent(stream), engine))
        } catch {
            log.stop(error)
        }
        log.finish(stream.state.end, stream.format?.format.name)
        return log
    }

    private func read(
        _ bytes: Span<UInt8>, _ number: Int, _ stream: StreamCore, _ engine: EngineCore, _ log: inout WireLog
    ) throws(SluiceError) {
        var hasDeltas = true
        if feeding.fills(number) {
            try stream.state.fill(Window(lending: bytes.rawBytes))
            stream.state.beginRing(&engine.work)
        } else {
            hasDeltas = stream.state.begin(Window(lending: bytes.rawBytes), &engine.work)
        }
        try log.take(DeltaReader(Sluice.Lent(stream), engine, hasDeltas: hasDeltas))
    }

    /// The first of `all` that gives another log than `wanted` in any of `feedings`, and what it gives.
    func difference(
        from wanted: WireLog, over all: [Chunks], feedings: [Feeding] = [.borrowed, .ring, .linear],
        _ engine: EngineCore = EngineCore()
    ) -> String? {
        for feeding in feedings {
            for chunks in all {
                if let found = difference(from: wanted, chunks, feeding, engine) { return found }
            }
        }
        return nil
    }

    /// As above at every chunk size from 1 to the whole: small ones through each kind of buffer, the others by turns,
    /// because each size alone cuts the input at few places.
    func difference(fromEverySize wanted: WireLog, of bytes: [UInt8], upTo most: Int, _ engine: EngineCore) -> String? {
        let feedings = [Feeding.borrowed, .ring, .linear]
        let sizes = min(most, bytes.count)
        let small = (1...24).map { Chunks(bytes, of: $0) }
        if let found = difference(from: wanted, over: small, feedings: feedings, engine) { return found }
        for size in stride(from: 25, through: sizes, by: 1) {
            let chunks = Chunks(bytes, of: size)
            if let found = difference(from: wanted, chunks, feedings[size % 3], engine) { return found }
        }
        return nil
    }

    private func difference(from wanted: WireLog, _ chunks: Chunks, _ feeding: Feeding, _ engine: EngineCore) -> String?
    {
        var run = self
        run.feeding = feeding
        let found = run.log(chunks, engine)
        return found == wanted ? nil : "\(feeding), \(chunks): \(found.firstDifference(from: wanted))"
    }

    /// The log of one input as the public parser gives it.
    static func publicLog(
        _ format: WireFormat?, _ bytes: [UInt8], limits: Limits = Limits(), kinds: DeltaKinds = .answer
    ) -> WireLog {
        var log = WireLog()
        var parser = StreamParser(format: format, limits: limits, kinds: kinds)
        do throws(SluiceError) {
            try lendFresh(bytes[...]) { chunk throws(SluiceError) in try log.take(parser.read(chunk)) }
            try log.take(parser.finish())
        } catch {
            log.stop(error)
        }
        log.finish(parser.end, parser.formatName)
        return log
    }
}
