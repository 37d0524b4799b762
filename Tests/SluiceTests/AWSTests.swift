import Testing

@testable import Sluice
@testable import SluiceTestSupport

@Suite("AWS event stream")
struct AWSTests {
    @Test("drawn messages, some of them broken, are read as they were made", arguments: Seeds.rounds(100))
    func drawnMessages(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        var wanted = FrameLog()
        for number in 1...Int.random(in: 1...8, using: &generator) {
            let payload = String(repeating: "x", count: Int.random(in: 0...300, using: &generator))
            let message = AWSMessage(payload: payload, event: "e\(number)")
            var encoded = message.bytes
            if generator.oneIn(3) {
                // Behind the prelude, so that the length is known and the next message is found at once.
                encoded[Int.random(in: 12..<encoded.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
                wanted.entries.append(
                    .problem(OwnedProblem(.checksumMismatch, offset: UInt64(bytes.count), event: UInt64(number))))
            } else {
                var frame = OwnedFrame(offset: UInt64(bytes.count), number: UInt64(number))
                frame.event = Array("e\(number)".utf8)
                frame.data = message.payload
                wanted.entries.append(.frame(frame))
            }
            bytes += encoded
        }
        let chunks =
            [Chunks(whole: bytes), Chunks(bytes, of: 1)] + (0..<8).map { _ in generator.cuts(of: bytes, most: 8) }
        let difference = FrameRun(framing: .awsEventStream).difference(from: wanted, over: chunks) {
            $0.withoutExcerpts
        }
        #expect(difference == nil, "seed \(seed)")
    }

    @Test(
        "messages with bits, bytes and ends wrong are read as the slow reading does, however they are cut",
        arguments: Seeds.rounds(60))
    func drawnSplits(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<3 { bytes += AWSMessage(payload: "{\"a\":1}", event: "chunk").bytes }
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes.remove(at: position)
            case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: position)
            default: bytes.removeLast(min(bytes.count - 1, 9))
            }
        }
        let run = FrameRun(framing: .awsEventStream)
        let whole = run.log(Chunks(whole: bytes))
        var comparable = whole.withoutExcerpts
        comparable.endedInsideEvent = false
        #expect(comparable == FrameLog(ReferenceAWS.messages(bytes)), "seed \(seed), \(VisibleBytes.write(bytes))")
        let difference = run.difference(from: whole, over: Chunks.everySplit(of: bytes))
        #expect(difference == nil, "seed \(seed), \(VisibleBytes.write(bytes))")
    }
}
