@testable import FuzzSupport
@testable import Sluice

/// How a stream is read, chosen by the input.
struct WideSettings {
    private(set) var format: WireFormat?
    private(set) var limits = Limits()
    private(set) var kinds = DeltaKinds.answer
    private(set) var layout = BufferLayout.mirrored
    /// The longest event, if less than the default.
    private(set) var smallLimit: Int?

    var framing: Framing? { format?.framing }

    private static let allKinds: [DeltaKind] = [
        .text, .reasoning, .refusal, .toolCall, .toolArguments, .finish, .usage, .error,
    ]

    init(_ input: inout FuzzInput) {
        let source = input.byte()
        let style = input.byte()
        if style & 1 == 1 {
            limits.maxEventBytes = 1 + input.byte() * (1 + input.byte() % 16)
            smallLimit = limits.maxEventBytes
        }
        if style & 2 == 2 { limits.maxNestingDepth = 1 + input.byte() % 8 }
        if style & 4 == 4 { limits.maxCapturesPerEvent = input.byte() % 16 }
        if style & 8 == 8 { limits.maxTemplates = input.byte() % 17 }
        if style & 16 == 16 {
            limits.whenExceeded = .fail
            limits.maxDataLinesPerEvent = 1 + input.byte() % 8
            limits.maxEventNameBytes = input.byte() % 24
            limits.maxIDBytes = input.byte() % 24
            limits.maxChoices = 1 + input.byte() % 4
            limits.maxToolCalls = 1 + input.byte() % 4
        }
        if style & 32 == 32 { layout = .linear }
        if style & 64 == 64 {
            let bits = input.byte()
            kinds = DeltaKinds(Self.allKinds.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
        }
        if style & 128 == 128 {
            format = TableDrawer.format(&input)
        } else {
            format = FormatCounts.formats[source % FormatCounts.formats.count]
        }
    }

    /// Nil for a table that cannot be compiled.
    func stream() -> TokenStream? {
        do { try format?.validate() } catch { return nil }
        return TokenStream(format: format, limits: limits, layout: layout, kinds: kinds)
    }

    /// The log of a new parser; nil for a table that cannot be compiled.
    func log(_ chunks: Chunks) -> WideLog? {
        var engine = Engine()
        guard var stream = stream() else { return nil }
        var log = WideLog()
        for chunk in chunks.slices { read(chunk, fills: false, &engine, &stream, &log) }
        readEnd(&engine, &stream, &log)
        return log
    }

    func read(
        _ chunk: ArraySlice<UInt8>, fills: Bool, _ engine: inout Engine, _ stream: inout TokenStream,
        _ log: inout WideLog
    ) {
        guard log.failure == nil else { return }
        do throws(SluiceError) {
            try lendFresh(chunk) { bytes throws(SluiceError) in
                if fills {
                    try engine.fill(bytes, of: &stream)
                } else {
                    try log.take(engine.read(bytes, of: &stream))
                }
            }
            if fills { try log.take(engine.pull(&stream)) }
        } catch {
            log.failure = error
        }
    }

    /// As ``read``, but filled by a producer, and read a batch at a time.
    func readBatches(
        _ chunk: ArraySlice<UInt8>, fills: Bool, _ engine: inout Engine, _ stream: inout TokenStream,
        _ log: inout WideLog
    ) {
        guard log.failure == nil else { return }
        do throws(SluiceError) {
            if fills {
                let written = unsafe engine.fill(chunk.count + 1, of: &stream) { space in
                    unsafe space.copyBytes(from: chunk)
                    return chunk.count
                }
                if written != chunk.count { fatalError("a producer's \(chunk.count) bytes were \(written)") }
                try log.takeBatches(engine.pull(&stream))
            } else {
                try lendFresh(chunk) { bytes throws(SluiceError) in
                    try log.takeBatches(engine.read(bytes, of: &stream))
                }
            }
        } catch {
            log.failure = error
        }
    }

    /// Reads one delta of the chunk and drops the reader, which loses the rest.
    func giveUp(_ bytes: [UInt8], _ engine: inout Engine) {
        guard var stream = stream() else { return }
        var first = WideLog()
        lendFresh(bytes[...]) { bytes in
            var reader = engine.read(bytes, of: &stream)
            if let delta = try? reader.next() { first.lines.append(WideLog.line(delta)) }
        }
        readEnd(&engine, &stream, &first)
    }

    func readEnd(_ engine: inout Engine, _ stream: inout TokenStream, _ log: inout WideLog) {
        if log.failure == nil {
            do throws(SluiceError) {
                try log.take(engine.finish(&stream))
            } catch {
                log.failure = error
            }
        }
        log.end = stream.end
        log.format = stream.formatName
    }
}

/// A log of the stream, a line for each delta.
struct WideLog {
    var lines: [String] = []
    var failure: SluiceError?
    var end: StreamEnd?
    var format: String?

    mutating func take(_ reader: consuming DeltaReader) throws(SluiceError) {
        var reader = reader
        while let delta = try reader.next() { lines.append(Self.line(delta)) }
    }

    mutating func takeBatches(_ reader: consuming DeltaReader) throws(SluiceError) {
        var reader = reader
        while let batch = try reader.nextBatch() {
            for position in 0..<batch.count { lines.append(Self.line(batch[position])) }
        }
    }

    static func line(_ delta: borrowing Delta) -> String {
        var line = "\(delta.kind) \(delta.choice) \(delta.tool) \(delta.eventOffset) \(delta.inputTokens ?? -1) "
        line += "\(delta.outputTokens ?? -1) \(delta.isWhole) \(delta.isToolPlan) \(delta.isToolCounted) "
        line += "\"\(String(copying: delta.toolID))\" \"\(String(copying: delta.errorType))\" "
        line += "\"\(delta.string)\" \"\(String(copying: delta.toolName))\""
        return line + (delta.problem.map { " \($0)" } ?? "")
    }

    func difference(from wanted: WideLog) -> String? {
        for (line, other) in zip(lines, wanted.lines) where line != other { return "\(line) instead of \(other)" }
        if lines.count != wanted.lines.count { return "\(lines.count) deltas instead of \(wanted.lines.count)" }
        if failure != wanted.failure { return "failure \(failure as Any) instead of \(wanted.failure as Any)" }
        if format != wanted.format { return "format \(format ?? "none") instead of \(wanted.format ?? "none")" }
        var ends = (end, wanted.end)
        // A stream that an error ended has read all bytes of its chunks.
        if failure != nil {
            ends.0?.bytes = 0
            ends.1?.bytes = 0
        }
        return ends.0 == ends.1 ? nil : "\(ends.0 as Any) instead of \(ends.1 as Any)"
    }
}

extension WideSettings: CustomStringConvertible {
    /// The whole of a random table, the name of a built-in one.
    var description: String {
        let isDrawn = format?.name == TableDrawer.name
        let name = isDrawn ? "\(format as Any)" : format?.name ?? "detected"
        let told = Self.allKinds.filter { kinds.contains($0) }
        return "\(name), \(limits), kinds \(told), \(layout)"
    }
}
