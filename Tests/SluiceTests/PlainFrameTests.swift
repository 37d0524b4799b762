import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Frames that are found a run at a time against the same frames one by one. Byte by byte no frame is ever whole in a chunk,
// so the framers read all of it; whole, the runs are as long as they get.

@Suite("runs of plain frames")
struct PlainFrameTests {
    @Test("long streams are read alike in every cut, and as the slow readings have it", arguments: Seeds.rounds(12))
    func longStreams(seed: UInt64) {
        for framing in [Framing.sse, .ndjson] {
            var generator = SeededGenerator(seed: seed)
            let bytes = Self.stream(framing, &generator)
            let reading = framing == .sse ? ReferenceSSE.log : ReferenceNDJSON.log
            let wanted = reading(bytes, true)
            #expect(wanted.frames.count > 600)
            let chunks =
                [Chunks(whole: bytes), Chunks(bytes, of: 1), Chunks(bytes, of: 1448), Chunks(bytes, of: 16 * 1024)]
                + (0..<4).map { _ in generator.cuts(of: bytes, most: 40) }
            let difference = FrameRun(framing: framing).difference(from: wanted, over: chunks) { $0.decoded }
            #expect(difference == nil, "seed \(seed), \(framing)")
        }
    }

    @Test("no byte is scanned twice, and all that came is scanned", arguments: [1, 7, 1448, 65_536, 1 << 20])
    func scannedBytes(size: Int) throws {
        for framing in [Framing.sse, .ndjson] {
            var generator = SeededGenerator(seed: 5)
            let bytes = Self.stream(framing, &generator)
            var parser = FrameParser(framing: framing)
            for chunk in Chunks(bytes, of: size).slices {
                var reader = parser.read(Array(chunk).span)
                while try reader.next() != nil {}
            }
            #expect(parser.scannedBytes == bytes.count)
        }
    }

    @Test("an event at its limit inside of a run is whole, one byte more is not", arguments: ["\n", "\r\n"])
    func limits(end: String) {
        let event = { (text: String) in "event: e\(end)data: \(text)\(end)\(end)" }
        let line = { (text: String) in "\(text)\(end)" }
        for (framing, write) in [(Framing.sse, event), (.ndjson, line)] {
            let neighbour = write(String(repeating: "n", count: 20))
            let around = String(repeating: neighbour, count: 5)
            for longer in -1...2 {
                for whenExceeded in [Limits.WhenExceeded.skip, .fail] {
                    let bytes = Array((around + write(String(repeating: "m", count: 20 + longer)) + around).utf8)
                    var run = FrameRun(framing: framing)
                    // The LF behind the blank line's CR is not the event's.
                    run.limits.maxEventBytes = neighbour.utf8.count - (framing == .sse && end == "\r\n" ? 1 : 0)
                    run.limits.whenExceeded = whenExceeded
                    let slow = run.log(Chunks(bytes, of: 1))
                    #expect(slow.problems.count == (longer > 0 ? 1 : 0))
                    #expect(slow.frames.count == (longer <= 0 ? 11 : whenExceeded == .skip ? 10 : 5))
                    let difference = run.difference(from: slow, over: Chunks.everySplit(of: bytes))
                    #expect(difference == nil, "\(framing), \(longer) longer, \(whenExceeded)")
                }
            }
        }
    }

    @Test("ids, retries, joined data and errors between plain events are told of the right ones")
    func betweenPlain() throws {
        let text =
            "data: 0\n\ndata: 1\n\nid: a\ndata: 2\n\ndata: 3\n\nevent: error\ndata: 4\n\ndata: 5\n\nretry: 9\n\n"
            + "data: 6\n\nid: b\n\ndata: 7\n\ndata: 8\n\ndata: 9\ndata: 9\n\nevent: x\ndata: 10\n\nid\n\ndata: 11\n\n"
        var parser = FrameParser(framing: .sse)
        let bytes = Array(text.utf8)
        var reader = parser.read(bytes.span)
        var seen: [String] = []
        while let frame = try reader.next() {
            let parts = [frame.payload.copied, frame.event.copied, frame.lastEventID.copied]
                .map { String(decoding: $0, as: UTF8.self) }
            let mark = frame.isError ? "!" : frame.retryMilliseconds.map { "\($0)" } ?? ""
            seen.append("\(frame.number) \(parts.joined(separator: "|"))\(mark)")
            #expect(frame.isError == (parts[1] == "error"))
        }
        #expect(
            seen == [
                "1 0||", "2 1||", "3 2||a", "4 3||a", "5 4|error|a!", "6 5||a", "7 6||a9", "8 7||b", "9 8||b",
                "10 9\n9||b", "11 10|x|b", "12 11||",
            ])
    }

    @Test("a reader that is dropped inside of a run ends the stream", arguments: [false, true])
    func givenUp(isReplaced: Bool) throws {
        var parser = FrameParser(framing: .ndjson)
        let bytes = Array(String(repeating: "{}\n", count: 10).utf8)
        var reader = parser.read(bytes.span)
        for _ in 0..<5 { _ = try reader.next() }
        if !isReplaced { _ = consume reader }
        reader = parser.read(bytes.span)
        let error = #expect(throws: SluiceError.self) { _ = try reader.next() }
        #expect(error?.code == .abandoned)
    }

    /// More than a run and more than a block of frames, most of them plain.
    private static func stream(_ framing: Framing, _ generator: inout SeededGenerator) -> [UInt8] {
        let end = generator.pick(["\n", "\n", "\r\n"])
        var text = ""
        for number in 0..<900 {
            let value = String(repeating: "x", count: Int.random(in: 0...90, using: &generator)) + "\(number)"
            guard framing == .sse else {
                let others = ["", " ", "\t", " \(value)", "\r"]
                text += (generator.oneIn(12) ? generator.pick(others) : value) + end
                continue
            }
            let others = [
                "id: \(number)", ": comment", "retry: 1\(number)", "event: gone", "other: \(value)",
                "data: \(value)\(end)data: \(value)", "event: error\(end)data: \(value)",
                "event:\(end)data: \(value)", "data: \(value)\r\r",
            ]
            let plain = ["data: \(value)", "data:\(value)", "event: kind\(end)data: \(value)"]
            text += generator.pick(generator.oneIn(12) ? others : plain) + end
            if !generator.oneIn(40) { text += end }
        }
        return Array(text.utf8)
    }
}
