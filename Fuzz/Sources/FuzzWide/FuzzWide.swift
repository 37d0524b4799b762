@testable import FuzzSupport
@testable import Sluice

// The public interface as a whole: kinds, limits, layouts and tables chosen by the input, engines with streams in turns,
// several threads, frames. Nothing crashes, the deltas do not depend on cuts or on other streams, and the limits bound the
// memory.

/// Runs one input of libFuzzer.
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
    checkDropped(settings, stream, order)
    checkParallel(settings, whole, stream, piece: 1 + (order.first.map { Int($0) } ?? 0) * 8)
    if repeats > 1 {
        checkMemory(settings, stream, cutting, repeats)
        checkLooks(settings, stream, order, repeats)
    }
    return 0
}

/// Streams of one engine in turns, chunk by chunk, after and between others whose readers were dropped: each gives the deltas it
/// gives alone.
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

/// Two streams of one engine with readers in one variable, replaced before or after they return nil. A stream that lost nothing
/// never throws `abandoned`, and one that lost something throws it from every read.
private func checkDropped(_ settings: WideSettings, _ stream: [UInt8], _ order: [UInt8]) {
    guard var first = settings.stream() else { return }
    var second = TokenStream(like: first)
    var engine = Engine()
    var streams = DroppedStreams()
    var reader = engine.finish(&second)
    for (turn, byte) in order.enumerated() {
        let piece = stream.span.extracting(first: min(stream.count, 16 + turn * Int(byte)))
        let isFirst = byte & 1 == 0
        switch byte >> 1 & 3 {
        case 0: reader = engine.finish(&first)
        case 1:
            if isFirst { try? engine.fill(piece, of: &first) } else { try? engine.fill(piece, of: &second) }
            if isFirst { reader = engine.pull(&first) } else { reader = engine.pull(&second) }
        default:
            if isFirst { reader = engine.read(piece, of: &first) } else { reader = engine.read(piece, of: &second) }
        }
        let number = isFirst || byte >> 1 & 3 == 0 ? 0 : 1
        streams.began(number)
        // All of it, or up to three batches.
        var left = byte & 8 == 0 ? Int.max : Int(byte >> 4 & 3)
        while left > 0 {
            left -= 1
            do throws(SluiceError) {
                if try reader.nextBatch() != nil {
                    streams.took(number)
                    continue
                }
                left = 0
                streams.ended(number, with: nil, in: stream)
            } catch {
                left = 0
                streams.ended(number, with: error, in: stream)
            }
        }
        // The owners are destroyed while the variable keeps its old reader.
        if byte & 0xC0 == 0xC0 {
            engine = Engine()
            first = TokenStream(like: second)
            streams.replaced(0)
        }
    }
}

/// The state of two streams whose readers may be dropped.
private struct DroppedStreams {
    /// Whether a stream has lost the rest of a chunk. It is unknown for a chunk whose reader was never asked: if the chunk only
    /// continues an event, it was buffered at once.
    private enum Loss {
        case none, maybe, certain
    }

    private var losses = [Loss.none, .none]
    private var isOpen = [false, true]
    private var hasTaken = [false, false]

    mutating func began(_ number: Int) {
        if isOpen[number], losses[number] != .certain { losses[number] = hasTaken[number] ? .certain : .maybe }
        isOpen[number] = true
        hasTaken[number] = false
    }

    mutating func took(_ number: Int) { hasTaken[number] = true }

    mutating func ended(_ number: Int, with error: SluiceError?, in stream: [UInt8]) {
        isOpen[number] = false
        let isRight =
            switch losses[number] {
            case .none: error?.code != .abandoned
            case .maybe: true
            case .certain: error != nil
            }
        if !isRight { report("loss \(losses[number]), but the read ended with \(error as Any)", in: stream) }
        if losses[number] == .maybe { losses[number] = error?.code == .abandoned ? .certain : .none }
    }

    mutating func replaced(_ number: Int) {
        isOpen[number] = false
        losses[number] = .none
    }
}

/// Several threads that parse small pieces give the same deltas as one thread.
private func checkParallel(_ settings: WideSettings, _ whole: WideLog, _ stream: [UInt8], piece: Int) {
    do throws(SluiceError) {
        let outcome = try ParallelParser.parse(
            stream.span, format: settings.format, limits: settings.limits, kinds: settings.kinds, workers: 2,
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

/// Memory does not grow with the length of a stream: the input is repeated.
private func checkMemory(_ settings: WideSettings, _ stream: [UInt8], _ cutting: Cutting, _ repeats: Int) {
    // Before framing and format are detected, bytes are buffered up to separate limits.
    guard settings.format != nil, let limit = settings.smallLimit, var parked = settings.stream() else { return }
    var engine = Engine()
    var log = WideLog()
    let bytes = [[UInt8]](repeating: stream, count: repeats).flatMap { $0 }
    let ways = cutting.ways(bytes)
    let chunks = ways[1].chunks.slices
    let longest = chunks.map(\.count).max() ?? 0
    for (index, chunk) in chunks.enumerated() {
        settings.read(chunk, fills: ways[1].feeding.fills(index), &engine, &parked, &log)
        // Rings are whole pages and double; a frame is also joined, carried and decoded.
        let most = 8 * (limit + longest) + 32_768
        if parked.allocatedBytes > most {
            report("\(settings): \(parked.allocatedBytes) bytes held, \(most) at most", in: bytes)
        }
        if log.failure != nil { return }
    }
    settings.readEnd(&engine, &parked, &log)
}
