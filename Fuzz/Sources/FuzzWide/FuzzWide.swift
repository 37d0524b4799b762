@testable import FuzzSupport
@testable import Sluice

// The public interface at large: kinds, limits, layouts and tables that the input draws, engines with streams in turns,
// several threads, frames. No crash, the same however a stream is cut and in whose company it is read, and memory that the
// limits bound.

/// Reads one input, as libFuzzer lends it.
@c(LLVMFuzzerTestOneInput)
public func readInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(bytes, count)
    let settings = WideSettings(&input)
    let cutting = Cutting(&input)
    let order = input.take(8)
    let repeats = 1 + input.byte() % 16
    let isAWS = settings.framing == .awsEventStream
    let stream = isAWS ? input.takeMessages(isJSON: true) : input.takeRest()

    guard let whole = settings.log(Chunks(whole: stream)) else { return 0 }
    let ways = cutting.ways(stream)
    checkEngine(settings, whole, stream, ways, order)
    checkParallel(settings, whole, stream, piece: 1 + (order.first.map { Int($0) } ?? 0) * 8)
    if repeats > 1 { checkMemory(settings, stream, cutting, repeats) }
    return 0
}

/// Streams of one engine in turns, chunk by chunk, behind and between others whose readers were given up: each is read as if it
/// were alone.
private func checkEngine(
    _ settings: WideSettings, _ whole: WideLog, _ stream: [UInt8], _ ways: [Way], _ order: [UInt8]
) {
    var engine = Engine()
    guard var first = settings.stream() else { return }
    var second = TokenStream(like: first)
    if order.first.map({ $0 & 1 }) == 1 { settings.giveUp(stream, &engine) }
    var logs = [WideLog(), WideLog()]
    var left = ways.map { Array($0.chunks.slices.enumerated())[...] }
    var turn = 0
    while !left[0].isEmpty || !left[1].isEmpty {
        let mask = order.isEmpty ? 0 : order[turn / 8 % order.count]
        let wanted = Int(mask >> UInt8(turn % 8) & 1)
        let number = left[wanted].isEmpty ? 1 - wanted : wanted
        turn += 1
        guard let (index, chunk) = left[number].popFirst() else { break }
        if turn % 4 == 3, order.first.map({ $0 & 2 }) == 2 { settings.giveUp(stream, &engine) }
        let fills = ways[number].feeding.fills(index)
        if number == 0 {
            settings.read(chunk, fills: fills, &engine, &first, &logs[0])
        } else {
            settings.readBatches(chunk, fills: fills, &engine, &second, &logs[1])
        }
    }
    settings.readEnd(&engine, &first, &logs[0])
    settings.readEnd(&engine, &second, &logs[1])
    for (log, way) in zip(logs, ways) {
        if let difference = log.difference(from: whole) {
            report("\(settings), in turns, \(way): \(difference)", in: stream)
        }
    }
}

/// Read by several threads in small pieces, the stream says what it says read by one.
private func checkParallel(_ settings: WideSettings, _ whole: WideLog, _ stream: [UInt8], piece: Int) {
    do throws(SluiceError) {
        let outcome = try ParallelParser.parse(
            stream.span.rawBytes, format: settings.format, limits: settings.limits, kinds: settings.kinds, workers: 2,
            leastBytes: piece, into: [String]()
        ) { $0.append(WideLog.line($1)) }
        var log = WideLog(lines: outcome.results.flatMap { $0 }, failure: outcome.failure, end: outcome.end)
        log.format = outcome.formatName ?? whole.format
        if let difference = log.difference(from: whole) {
            report("\(settings), \(outcome.results.count) pieces of \(piece): \(difference)", in: stream)
        }
    } catch {
        report("\(settings), pieces of \(piece): \(error)", in: stream)
    }
}

/// What a stream holds does not grow with its length: the input, again and again.
private func checkMemory(_ settings: WideSettings, _ stream: [UInt8], _ cutting: Cutting, _ repeats: Int) {
    // What has not shown its framing yet, or its format, is kept up to limits of its own.
    guard settings.format != nil, let limit = settings.smallLimit, var parked = settings.stream() else { return }
    var engine = Engine()
    var log = WideLog()
    let bytes = [[UInt8]](repeating: stream, count: repeats).flatMap { $0 }
    let ways = cutting.ways(bytes)
    let chunks = ways[1].chunks.slices
    let longest = chunks.map(\.count).max() ?? 0
    for (index, chunk) in chunks.enumerated() {
        settings.read(chunk, fills: ways[1].feeding.fills(index), &engine, &parked, &log)
        // Rings are of whole pages and double; a frame is joined, carried and decoded beside it.
        let most = 8 * (limit + longest) + 32_768
        if parked.allocatedBytes > most {
            report("\(settings): \(parked.allocatedBytes) bytes held, \(most) at most", in: bytes)
        }
        if log.failure != nil { return }
    }
    settings.readEnd(&engine, &parked, &log)
}
