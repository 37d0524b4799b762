import CSluice

@testable import FuzzSupport
@testable import Sluice

// The functions of sluice.h give the same deltas as a parser in Swift, however the stream is cut and fed. Any call in between
// returns what the header says, and misuse changes nothing.

/// Runs one input of libFuzzer.
@c(LLVMFuzzerTestOneInput)
public func readInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(bytes, count)
    let format = FormatCounts.pick(&input)
    let cutting = Cutting(&input)
    let limits = drawLimits(&input)
    let calls = input.take(input.byte() % 64)
    let stream = format?.framing == .awsEventStream ? input.takeMessages(isJSON: true) : input.takeRest()

    let wanted = DeltaRun(format: format, limits: limits).log(Chunks(whole: stream)).comparable.asReadByC
    let engine = unsafe sluice_engine_create()
    defer { unsafe sluice_engine_destroy(engine) }
    for way in cutting.ways(stream) {
        let run = ABIRun(format: format, feeding: way.feeding, limits: limits)
        // Once on an engine that has learned the stream's events already.
        for found in unsafe [run.log(way.chunks, engine), run.log(way.chunks)] where found.comparable != wanted {
            report("\(format?.name ?? "-"), \(way): \(found.firstDifference(from: wanted))", in: stream)
        }
    }
    var caller = unsafe Caller(ABIRun(format: format, limits: limits), stream, engine!)
    caller.call(FuzzInput(calls))
    for log in caller.finish() where log.comparable != wanted {
        report("\(format?.name ?? "-"), calls \(calls): \(log.firstDifference(from: wanted))", in: stream)
    }
    return 0
}

/// Limits that a recorded stream exceeds now and then.
private func drawLimits(_ input: inout FuzzInput) -> Limits {
    let bits = input.byte()
    var limits = Limits()
    if bits & 1 != 0 { limits.whenExceeded = .fail }
    if bits & 2 != 0 { limits.maxEventBytes = 200 }
    if bits & 4 != 0 { limits.maxTemplates = 0 }
    if bits & 8 != 0 { limits.maxChoices = 2 }
    if bits & 16 != 0 { limits.maxNestingDepth = 4 }
    if bits & 32 != 0 { limits.maxDataLinesPerEvent = 1 }
    if bits & 64 != 0 { limits.maxToolCalls = 1 }
    return limits
}
