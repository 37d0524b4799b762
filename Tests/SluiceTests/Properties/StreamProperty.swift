import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What holds of every stream. Each property says how a stream breaks it, or nil, and draws nothing but by the stream's own
// seed, so that a smaller stream can be asked the same.

struct StreamProperty: Sendable {
    var name: String
    var options = GeneratorOptions()
    var check: @Sendable (GeneratedStream, PropertyReader) -> String?

    static let anySplit = StreamProperty(name: "any split") { stream, reader in
        let whole = reader.whole(stream)
        let bytes = stream.bytes
        var random = SeededGenerator(seed: stream.seed ^ 0x511)
        // Long streams are rarely cut into bytes, which takes long.
        let size = bytes.count < 1500 || random.oneIn(8) ? 1 : Int.random(in: 2...24, using: &random)
        var ways = [(stream.chunks, stream.feeding), (Chunks(bytes, of: size), random.pick(Feeding.allCases))]
        ways.append((Chunks(bytes, of: Int.random(in: 25...200, using: &random)), random.pick(Feeding.allCases)))
        // One place, which makes a small case.
        if !bytes.isEmpty {
            ways.append(
                (Chunks(bytes, at: [Int.random(in: 0..<bytes.count, using: &random)]), random.pick(Feeding.allCases)))
        }
        for (chunks, feeding) in ways {
            if let difference = reader.read(stream, chunks, feeding).difference(from: whole) {
                return "\(feeding), \(chunks): \(difference)"
            }
        }
        return nil
    }

    static let reference = StreamProperty(name: "the slow reference") { stream, reader in
        let found = reader.whole(stream)
        let wanted = ReferenceStream.read(stream.bytes, ReferenceTable(stream.format))
        let compared = DifferentialReader.Found(end: found.end, failure: found.failure, deltas: found.deltas)
        return compared.difference(fromReference: wanted)
    }

    static let details = StreamProperty(name: "details by the slow reference") { stream, reader in
        var run = PropertyRun(format: stream.format, feeding: stream.feeding)
        run.kinds = [.answer, .detail]
        let found = run.read(stream.chunks)
        let wanted = ReferenceStream.read(stream.bytes, ReferenceTable(stream.format, hasDetails: true))
        let compared = DifferentialReader.Found(end: found.end, failure: found.failure, deltas: found.deltas)
        return compared.difference(fromReference: wanted)
    }

    /// Beside details and payloads, all else is told as without them.
    static let allKinds = StreamProperty(name: "all kinds") { stream, reader in
        var run = PropertyRun(format: stream.format, feeding: stream.feeding, kinds: .all)
        var found = run.read(stream.chunks)
        found.deltas.removeAll { $0.kind == .detail || $0.kind == .payload }
        for index in found.deltas.indices { found.deltas[index].block = nil }
        let whole = reader.whole(stream)
        for (delta, other) in zip(found.deltas, whole.deltas) where delta != other {
            return "\(delta.shown) instead of \(other.shown)"
        }
        if found.deltas.count != whole.deltas.count || found.problems != whole.problems {
            return "\(found.deltas.count) deltas instead of \(whole.deltas.count), \(found.problems)"
        }
        return found.end?.status == whole.end?.status ? nil : "\(found.end as Any) instead of \(whole.end as Any)"
    }

    static let meaning = StreamProperty(name: "what was meant") { stream, reader in
        let found = reader.read(stream, stream.chunks, stream.feeding)
        // Without an event there is nothing to be meant.
        if stream.isEdited || found.failure?.code == .notAStream { return nil }
        // What comes first may look like another framing.
        if ReferenceFraming.of(stream.bytes, stream.format) != stream.format.framing { return nil }
        return stream.meaning.difference(from: found)
    }

    static let batches = StreamProperty(name: "batches") { stream, reader in
        var run = PropertyRun(format: stream.format, feeding: stream.feeding)
        run.inBatches = true
        return run.read(stream.chunks).difference(from: reader.whole(stream))
    }

    static let detection = StreamProperty(name: "detection") { stream, reader in
        let run = PropertyRun(feeding: stream.feeding)
        let whole = run.read(Chunks(whole: stream.bytes))
        let cut = run.read(stream.chunks)
        if let difference = cut.difference(from: whole) { return difference }
        // What looks like another format or framing may be read as that.
        var frames = FrameParser(framing: nil)
        _ = FrameRun().log(Chunks(whole: stream.bytes), &frames)
        guard whole.formatName == stream.format.name, frames.framing == stream.format.framing, whole.failure == nil
        else {
            return nil
        }
        return whole.inEventOrder.difference(from: reader.whole(stream).inEventOrder)
    }

    /// Of what is not wanted nothing is told, of all else the same.
    static let kinds = StreamProperty(name: "kinds", options: GeneratorOptions(hasBadEscapes: false)) {
        stream, reader in
        var random = SeededGenerator(seed: stream.seed ^ 0x61D5)
        let wanted = DeltaKinds(DeltaKind.allCases.filter { _ in random.oneIn(2) }).intersection(.answer)
        var run = PropertyRun(format: stream.format, feeding: stream.feeding)
        run.kinds = wanted
        let found = run.read(stream.chunks)
        var whole = reader.whole(stream)
        whole.deltas.removeAll { !wanted.contains($0.kind) && $0.kind != .malformed }
        for (delta, other) in zip(found.deltas, whole.deltas) where delta != other {
            return "of \(wanted) \(delta.shown) instead of \(other.shown)"
        }
        if found.deltas.count != whole.deltas.count {
            return "of \(wanted) \(found.deltas.count) deltas instead of \(whole.deltas.count)"
        }
        if found.end?.status != whole.end?.status || found.end?.frames != whole.end?.frames {
            return "of \(wanted) \(found.end as Any) instead of \(whole.end as Any)"
        }
        return found.problems == whole.problems ? nil : "\(found.problems) instead of \(whole.problems)"
    }

    static let scannedOnce = StreamProperty(name: "scanned once") { stream, reader in
        let count = stream.bytes.count
        for chunks in [stream.chunks, Chunks(stream.bytes, of: 1), Chunks(stream.bytes, of: 7)] {
            let found = reader.read(stream, chunks, stream.feeding)
            if found.scannedBytes > count { return "\(chunks): \(found.scannedBytes) bytes scanned of \(count)" }
        }
        return nil
    }

    /// Frames are those of the slow readings, whether the end is handed on or not.
    static let frames = StreamProperty(name: "frames") { stream, _ in
        let bytes = stream.bytes
        for flush in [true, false] {
            var run = FrameRun(framing: stream.format.framing, feeding: stream.feeding, flush: flush)
            let found = run.log(stream.chunks)
            run.feeding = .borrowed
            let whole = run.log(Chunks(whole: bytes))
            if found != whole { return found.firstDifference(from: whole) }
            var log = found.withoutExcerpts
            log.endedInsideEvent = false
            let wanted: FrameLog
            switch stream.format.framing {
            case .sse:
                log = log.decoded
                wanted = ReferenceSSE.log(bytes, flush: flush)
            case .ndjson: wanted = ReferenceNDJSON.log(bytes, flush: flush)
            case .jsonArray: wanted = ReferenceJSONArray.log(bytes, flush: flush)
            case .awsEventStream: wanted = FrameLog(ReferenceAWS.messages(bytes))
            }
            if log != wanted { return "flush \(flush): \(log.firstDifference(from: wanted))" }
        }
        return nil
    }

    /// What an engine has learnt of other streams, and whether it may learn at all, changes nothing.
    static let learning = StreamProperty(name: "what an engine has learnt") { stream, reader in
        let whole = reader.whole(stream)
        var run = PropertyRun(format: stream.format, feeding: stream.feeding)
        var engine = Engine()
        guard let dialect = Dialect.named(stream.format.name) else { return "no dialect" }
        for number in 0..<3 {
            let other = StreamGenerator.stream(dialect, seed: stream.seed &+ UInt64(number) &* 7919 &+ 1)
            _ = PropertyRun(format: other.format, feeding: other.feeding).read(other.chunks, &engine)
            // Events of the stream itself, in another order.
            let twice = Chunks(whole: stream.head + stream.events.reversed().flatMap(\.bytes))
            _ = run.read(twice, &engine)
            if let difference = run.read(stream.chunks, &engine).difference(from: whole) { return difference }
        }
        for count in [0, 1] {
            run.limits.maxTemplates = count
            if let difference = run.read(stream.chunks).difference(from: whole) {
                return "\(count) templates: \(difference)"
            }
        }
        return nil
    }
}
