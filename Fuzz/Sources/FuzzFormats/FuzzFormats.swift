@testable import FuzzSupport
@testable import Sluice

// Every wire format, and detection: the deltas of the whole stream are compared with a slow parser of the format's public
// table. Deltas, errors, end and collected answer are the same however the stream is cut and fed.

/// Runs one input of libFuzzer.
@c(LLVMFuzzerTestOneInput)
public func readInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(bytes, count)
    let format = FormatCounts.pick(&input)
    let cutting = Cutting(&input)
    let isAWS = format?.framing == .awsEventStream
    let stream = isAWS ? input.takeMessages(isJSON: true) : input.takeRest()

    let run = DeltaRun(format: format)
    var engine = Engine()
    let whole = run.log(Chunks(whole: stream), &engine)
    for hasDetails in [false, true] {
        guard let format, let difference = difference(fromReference: format, stream, hasDetails) else { continue }
        report("\(format.name), details \(hasDetails): engine and reference: \(difference)", in: stream)
    }
    let answer = collect(stream, format, Chunks(whole: stream))
    if let difference = difference(answer, whole) { report("\(run.format?.name ?? "-"): \(difference)", in: stream) }
    for way in cutting.ways(stream) {
        var run = run
        run.feeding = way.feeding
        // Once with an engine that has learned the stream's events, once with a new parser.
        for found in [run.log(way.chunks, &engine), run.log(way.chunks)] where found.comparable != whole.comparable {
            report("\(format?.name ?? "-"), \(way): \(found.firstDifference(from: whole))", in: stream)
        }
    }
    let again = collect(stream, format, Chunks(stream, at: cutting.cuts(stream.count)))
    if again != answer { report("\(format?.name ?? "-"): another answer, \(again)", in: stream) }
    return 0
}

private func difference(fromReference format: WireFormat, _ stream: [UInt8], _ hasDetails: Bool) -> String? {
    var reader = DifferentialReader()
    if hasDetails { reader.kinds = [.answer, .detail] }
    let table = hasDetails ? tables[format.name]!.detailed[0] : tables[format.name]!
    do throws(SluiceError) {
        let found = try reader.read(stream, format)
        return found.difference(fromReference: ReferenceStream.read(stream, table))
    } catch {
        return "\(error)"
    }
}

private let tables = Dictionary(uniqueKeysWithValues: WireFormat.all.map { ($0.name, ReferenceTable($0)) })

/// The collected answer, from a parser.
private func collect(_ stream: [UInt8], _ format: WireFormat?, _ chunks: Chunks) -> Accumulator {
    var answer = Accumulator()
    do throws(SluiceError) {
        var parser = StreamParser(format: format)
        for chunk in chunks.slices {
            try lendFresh(chunk) { bytes throws(SluiceError) in try parser.parse(bytes, into: &answer) }
        }
        try parser.finish(into: &answer)
    } catch {
        // The error that ended the stream is in the logs too.
    }
    return answer
}

/// How the answer differs from the deltas joined by hand; nil if it does not.
private func difference(_ answer: Accumulator, _ log: DeltaLog) -> String? {
    for (number, choice) in answer.choices {
        func joined(_ kind: DeltaKind) -> String {
            log.deltas.filter { $0.kind == kind && $0.choice == number }.map(\.text).joined()
        }
        if choice.text != joined(.text) { return "text \(choice.text) instead of \(joined(.text))" }
        if choice.reasoning + choice.toolPlan != joined(.reasoning) && choice.toolPlan.isEmpty {
            return "reasoning \(choice.reasoning) instead of \(joined(.reasoning))"
        }
        if choice.refusal != joined(.refusal) { return "refusal \(choice.refusal)" }
        let finish = log.deltas.last { $0.kind == .finish && $0.choice == number }?.text
        if choice.finishReason != finish { return "finish \(choice.finishReason ?? "none")" }
        let arguments = log.deltas.filter { $0.kind == .toolArguments && $0.choice == number }
        if !arguments.contains(where: \.isWhole) {
            let calls = Set(arguments.map(\.tool)).map { tool in
                arguments.filter { $0.tool == tool }.map(\.text).joined()
            }
            let found = choice.toolCalls.map(\.arguments).joined()
            if calls.map(\.utf8.count).reduce(0, +) != found.utf8.count { return "arguments \(found)" }
        }
    }
    let problems = log.deltas.compactMap(\.problem)
    let kept = Array(problems.prefix(Limits().maxProblems))
    let isSame = answer.problemCount == problems.count && answer.problems.map { OwnedProblem($0) } == kept
    return isSame ? nil : "\(answer.problemCount) problems, \(answer.problems)"
}
