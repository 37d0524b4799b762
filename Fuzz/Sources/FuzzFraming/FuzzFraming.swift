@testable import FuzzSupport
@testable import Sluice

// Every framing is compared with a slow parser, however the stream is cut and fed. If a limit is exceeded, the log is the same
// for every cut.

/// Runs one input of libFuzzer.
@c(LLVMFuzzerTestOneInput)
public func readInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(bytes, count)
    var run = FrameRun(framing: input.pick(Framing.allCases.map { $0 } + [nil]))
    let style = input.byte()
    run.flush = style & 1 == 1
    run.limits.whenExceeded = style & 2 == 2 ? .fail : .skip
    let isLimited = style & 4 == 4
    if isLimited {
        run.limits.maxEventBytes = 1 + style >> 3 * 7
    } else {
        // The slow parsers of the standard have no limits.
        run.limits.maxDataLinesPerEvent = .max
        run.limits.maxEventNameBytes = .max
        run.limits.maxIDBytes = .max
    }
    let cutting = Cutting(&input)
    let stream = run.framing == .awsEventStream && style & 0x80 == 0 ? input.takeMessages() : input.takeRest()

    let whole = run.log(Chunks(whole: stream))
    if !isLimited, let wanted = reference(stream, run) {
        let found = plain(whole, run.framing)
        if found != wanted { report("\(run.framing!): \(found.firstDifference(from: wanted))", in: stream) }
    }
    for way in cutting.ways(stream) {
        if let difference = run.difference(from: whole, over: [way.chunks], feedings: [way.feeding]) {
            report("\(run), \(difference)", in: stream)
        }
    }
    return 0
}

/// The log of the slow parser; nil if there is none for the framing.
private func reference(_ bytes: [UInt8], _ run: FrameRun) -> FrameLog? {
    switch run.framing {
    case .sse: ReferenceSSE.log(bytes, flush: run.flush)
    case .ndjson: ReferenceNDJSON.log(bytes, flush: run.flush)
    case .jsonArray: ReferenceJSONArray.log(bytes, flush: run.flush)
    case .awsEventStream: FrameLog(ReferenceAWS.messages(bytes, run.limits))
    case nil: nil
    }
}

/// The part of a log that the slow parsers produce too.
private func plain(_ log: FrameLog, _ framing: Framing?) -> FrameLog {
    if framing == .sse { return log.decoded }
    var log = log.withoutExcerpts
    log.endedInsideEvent = false
    return log
}
