@testable import Sluice

/// A frame's values, kept.
struct OwnedFrame: Hashable, Sendable {
    var offset: UInt64 = 0
    var number: UInt64 = 1
    var event: [UInt8] = []
    var data: [UInt8] = []
    var id: [UInt8] = []
    var retry: Int?
    var isUnterminated = false
}

/// An error's values, kept.
struct OwnedProblem: Hashable, Sendable {
    var code: String
    var offset: UInt64
    var event: UInt64
    var excerpt = ""

    init(_ error: SluiceError) {
        code = error.code.rawValue
        offset = error.offset
        event = error.event
        excerpt = error.excerpt
    }

    init(_ code: SluiceError.Code, offset: UInt64, event: UInt64) {
        self.code = code.rawValue
        self.offset = offset
        self.event = event
    }
}

/// All that a frame parser said of one input, in order.
struct FrameLog: Hashable, Sendable {
    enum Entry: Hashable, Sendable {
        case frame(OwnedFrame)
        case problem(OwnedProblem)
    }

    var entries: [Entry] = []
    var lastEventID = ""
    var endedInsideEvent = false
    /// The last problem came again when asked for more.
    var isFatal = false

    var frames: [OwnedFrame] {
        entries.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }
    var problems: [OwnedProblem] {
        entries.compactMap { if case .problem(let problem) = $0 { problem } else { nil } }
    }

    /// As it is, but for the excerpts of problems, which references do not know.
    var withoutExcerpts: FrameLog {
        var copy = self
        copy.entries = entries.map {
            guard case .problem(var problem) = $0 else { return $0 }
            problem.excerpt = ""
            return .problem(problem)
        }
        return copy
    }
}

/// A frame parser under test: what it is given, and how.
struct FrameRun: Sendable {
    var framing: Framing?
    var feeding = Feeding.borrowed
    var flush = true
    var limits = Limits()

    /// The log of one input.
    func log(_ chunks: Chunks) -> FrameLog {
        var parser = FrameParser(framing: framing, limits: limits, layout: feeding.layout)
        return log(chunks, &parser)
    }

    func log(_ chunks: Chunks, _ parser: inout FrameParser) -> FrameLog {
        var log = FrameLog()
        for (number, chunk) in chunks.slices.enumerated() { feed(chunk, number, &parser, &log) }
        log.take(parser.finish(flush: flush))
        log.lastEventID = parser.lastEventID
        log.endedInsideEvent = parser.endedInsideEvent
        return log
    }

    /// Gives one chunk to the parser and keeps what it says.
    func feed(_ chunk: ArraySlice<UInt8>, _ number: Int, _ parser: inout FrameParser, _ log: inout FrameLog) {
        guard feeding.fills(number) else {
            return lendFresh(chunk) { log.take(parser.read($0)) }
        }
        do throws(SluiceError) {
            try lendFresh(chunk) { bytes throws(SluiceError) in try parser.fill(bytes) }
        } catch {
            log.entries.append(.problem(OwnedProblem(error)))
        }
        log.take(parser.pull())
    }
}

extension FrameLog {
    /// Reads until nil, past problems, but not past one that comes again.
    mutating func take(_ reader: consuming FrameReader) {
        var reader = reader
        while true {
            do throws(SluiceError) {
                guard let frame = try reader.next() else { return }
                entries.append(.frame(OwnedFrame(frame)))
            } catch {
                let entry = Entry.problem(OwnedProblem(error))
                if entries.last == entry {
                    isFatal = true
                    return
                }
                entries.append(entry)
            }
        }
    }
}

extension OwnedFrame {
    init(_ frame: borrowing Frame) {
        offset = frame.offset
        number = frame.number
        event = frame.event.copied
        data = frame.payload.copied
        id = frame.lastEventID.copied
        retry = frame.retryMilliseconds
        isUnterminated = frame.isUnterminated
    }
}

extension FrameRun {
    /// The first of `all` that gives another log than `wanted` in any way of feeding, and what it gives; nil where none does.
    func difference(
        from wanted: FrameLog, over all: [Chunks], feedings: [Feeding] = Feeding.allCases,
        _ view: (FrameLog) -> FrameLog = { $0 }
    ) -> String? {
        for feeding in feedings {
            for chunks in all {
                var run = self
                run.feeding = feeding
                let found = view(run.log(chunks))
                if found != wanted { return "\(feeding), \(chunks): \(found.firstDifference(from: wanted))" }
            }
        }
        return nil
    }
}
