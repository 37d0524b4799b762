import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Every keep-alive in every format at every place: docs/READING.md, section 1.

@Suite("keep-alives in every format")
struct KeepAliveMatrixTests {
    private static let data = [
        "null", "\"\"", "{}", "[]", "0", "ping", "[PING]", ": PROCESSING", " null ", "\t{} ",
    ]
    private static let types = ["ping", "heartbeat", "keepalive", "keep-alive", "keep_alive", "connected"]

    /// Documents and types, in the way of the framing. In text formats, data is text.
    private static func keepAlives(_ stream: MatrixStream) -> [MatrixEvent] {
        let framing = stream.format.framing
        let documents = types.map { MatrixEvent(data: "{\"type\":\"\($0)\",\"n\":1}") }
        let typed = types.map { MatrixEvent(type: $0, data: "{\"n\":1}") }
        let plain = data.map { MatrixEvent(data: $0) }
        switch framing {
        case .sse:
            let comments = [":\n\n", ": x\n\n", ": x\n", "data:\n\n", "event: x\ndata:\n\n", "data: \n\n", "\n"]
            let lines = comments.map { MatrixEvent(data: $0, isRaw: true) }
            return lines + typed + (stream.isText ? [] : plain + documents)
        case .ndjson: return plain + documents + ["\n", " \r\n"].map { MatrixEvent(data: $0, isRaw: true) }
        case .jsonArray: return documents + plain.filter { !["ping", "[PING]", ": PROCESSING"].contains($0.data) }
        case .awsEventStream: return plain + documents + typed + [MatrixEvent(data: "")]
        }
    }

    @Test("they change no delta, count as nothing, and decide no format", arguments: MatrixStream.all)
    func silence(_ stream: MatrixStream) {
        var engine = Engine()
        var faults: [String] = []
        for format in stream.isDetected ? [stream.format, nil] : [stream.format] {
            let wanted = MatrixReading(format, Chunks(whole: stream.bytes()), &engine)
            #expect(wanted.deltas.count > 0 && wanted.formatName == stream.format.name)
            for event in Self.keepAlives(stream) {
                // Where a format comes in another framing than its own, the first event shows that.
                for place in stream.places where stream.isNative || place > 0 {
                    // A comment that comes first shows Server-Sent Events.
                    let isComment = stream.format.framing == .ndjson && event.data.hasPrefix(":")
                    if format == nil && place == 0 && isComment { continue }
                    let bytes = stream.bytes(with: event, at: place)
                    let title = "\(format?.name ?? "detected") \(event.shown) at \(place)"
                    if MatrixReading(format, Chunks(whole: bytes), &engine) != wanted { faults.append(title) }
                    let inPieces = MatrixReading(format, Chunks(bytes, of: 7), &engine, .ring)
                    if inPieces != wanted { faults.append("\(title), ring") }
                }
            }
        }
        #expect(faults == [])
    }

    @Test(
        "a terminal payload ends the stream whatever its event is called",
        arguments: MatrixStream.all.filter { $0.format.framing == .sse && !$0.format.terminalPayloads.isEmpty })
    func terminal(_ stream: MatrixStream) {
        var engine = Engine()
        let text = MatrixEvent(data: stream.isText ? "text" : "{\"id\":\"x\"}")
        for type in Self.types + ["message", "end"] {
            let marker = MatrixEvent(type: type, data: stream.format.terminalPayloads[0])
            let bytes = MatrixStream.joined([text, marker, text], .sse)
            let found = MatrixReading(stream.format, Chunks(whole: bytes), &engine)
            #expect(found.status == .complete, "event: \(type)")
        }
    }

    @Test("nothing else is an empty stream", arguments: MatrixStream.all.filter { !$0.isText && $0.isNative })
    func alone(_ stream: MatrixStream) {
        var faults: [String] = []
        for event in Self.keepAlives(stream) where !event.isRaw || event.data.contains("data") {
            let bytes = MatrixStream.joined([event, event], stream.format.framing)
            for format in [stream.format, nil] {
                let log = WireRun.publicLog(format, bytes)
                let isEmpty = log.lines.count == 1 && log.lines[0].hasPrefix("end empty")
                if !isEmpty { faults.append("\(format?.name ?? "detected") \(event.shown): \(log.text)") }
            }
        }
        #expect(faults == [])
    }

    @Test("in text formats their data is text", arguments: MatrixStream.all.filter(\.isText))
    func text(_ stream: MatrixStream) {
        let type = stream.format.name == "replicate" ? "output" : ""
        for data in Self.data {
            let event = MatrixEvent(type: type, data: data).bytes(.sse)
            let log = WireRun.publicLog(stream.format, event)
            #expect(log.lines.first == "text choice=0 \"\(VisibleBytes.write(Array(data.utf8)))\"")
        }
    }
}
