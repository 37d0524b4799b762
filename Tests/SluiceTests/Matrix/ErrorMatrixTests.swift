import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Every shape of an error in every format at every place.

@Suite("errors in every format")
struct ErrorMatrixTests {
    /// How the framing may mark the event; text formats have no other errors than these.
    private static func marks(_ stream: MatrixStream) -> [MatrixEvent.Mark] {
        switch stream.format.framing {
        case .sse: stream.isText ? [.error] : [.none, .error]
        case .awsEventStream: [.none, .exception]
        case .ndjson, .jsonArray: [.none]
        }
    }

    /// What is wrong with a stream that has one error; nil if nothing is.
    private static func fault(
        _ found: MatrixReading, _ shape: ErrorShape, _ mark: MatrixEvent.Mark = .none, around wanted: MatrixReading?
    ) -> String? {
        guard found.status == .failed, found.failure == nil, found.errors.count == 1 else {
            return "\(found.status.map(\.rawValue) ?? "") with \(found.errors.count) errors"
        }
        if found.withoutErrors != wanted?.deltas ?? [] { return "other deltas" }
        if found.unread != wanted?.unread ?? [] { return "unread \(found.unread)" }
        let error = found.errors[0]
        let details = error.errorDetails ?? ErrorDetails()
        let name = mark == .exception && shape.name.isEmpty ? "throttlingException" : shape.name
        if error.text != shape.message || error.other != name { return "error \(error.other) \(error.text)" }
        return details == shape.details ? nil : "\(details)"
    }

    @Test("one error with its details, the text around it intact", arguments: MatrixStream.all)
    func shapes(_ stream: MatrixStream) {
        var engine = Engine()
        let wanted = MatrixReading(stream.format, Chunks(whole: stream.bytes()), &engine)
        var faults: [String] = []
        for shape in ErrorShape.all {
            for mark in Self.marks(stream) {
                let type = mark == .exception ? "throttlingException" : ""
                let event = MatrixEvent(type: type, data: shape.json, mark: mark)
                for place in stream.places {
                    let bytes = stream.bytes(with: event, at: place)
                    let title = "\(event.shown) at \(place)"
                    let found = MatrixReading(stream.format, Chunks(whole: bytes), &engine)
                    let fault = Self.fault(found, shape, mark, around: wanted)
                    if let fault { faults.append("\(title): \(fault)") }
                    let inPieces = MatrixReading(stream.format, Chunks(bytes, of: 7), &engine, .ring)
                    if inPieces != found { faults.append("\(title): other in pieces") }
                }
            }
        }
        #expect(faults == [])
    }

    @Test(
        "the format is detected as without the error",
        arguments: MatrixStream.all.filter { $0.isDetected && !$0.isText })
    func detection(_ stream: MatrixStream) {
        var engine = Engine()
        let wanted = MatrixReading(nil, Chunks(whole: stream.bytes()), &engine)
        var faults: [String] = []
        for shape in ErrorShape.all {
            for place in stream.places {
                let bytes = stream.bytes(with: MatrixEvent(data: shape.json), at: place)
                let found = MatrixReading(nil, Chunks(whole: bytes), &engine)
                let fault = Self.fault(found, shape, around: wanted)
                if let fault { faults.append("'\(shape.json)' at \(place): \(fault)") }
                if found.formatName != stream.format.name {
                    faults.append("'\(shape.json)' at \(place): \(found.formatName ?? "no format")")
                }
            }
        }
        #expect(faults == [])
    }

    @Test(
        "an error event without a document is an error, also before the format is detected",
        arguments: MatrixStream.all.filter { $0.format.framing == .sse })
    func withoutDocument(_ stream: MatrixStream) {
        var engine = Engine()
        for data in ["", " ", "boom", "null", "{}", "{"] {
            for place in stream.places {
                let bytes = stream.bytes(with: MatrixEvent(data: data, mark: .error), at: place)
                let named = MatrixReading(stream.format, Chunks(whole: bytes), &engine)
                #expect(named.status == .failed && named.errors.count == 1, "'\(data)' at \(place): \(named)")
                // What begins like a document shows no plain text.
                if !stream.isDetected || stream.isText && data.hasPrefix("{") { continue }
                let detected = MatrixReading(nil, Chunks(whole: bytes), &engine)
                #expect(detected == named, "'\(data)' at \(place), detected")
            }
        }
    }

    @Test(
        "an error in an event of a silent kind", arguments: MatrixStream.all.filter { !$0.format.silentEvents.isEmpty })
    func inSilentEvent(_ stream: MatrixStream) {
        var engine = Engine()
        var faults: [String] = []
        let rules = stream.format.rules.flatMap(\.conditions)
        // Of an event that a rule reads, the rules say whether it is an error.
        for kind in stream.format.silentEvents where !rules.contains(.equals("type", kind)) {
            for key in ["type", "event_type", "object"] {
                for shape in ErrorShape.all where !stream.isText && !shape.json.contains("\"\(key)\":") {
                    let data = "{\"\(key)\":\"\(kind)\"," + shape.json.dropFirst()
                    let quiet = MatrixEvent(data: "{\"\(key)\":\"\(kind)\",\"n\":1}")
                    // Its kind is known to be silent by then.
                    let events = [quiet, quiet, quiet, MatrixEvent(data: data)]
                    let bytes = MatrixStream.joined(events, stream.format.framing)
                    let found = MatrixReading(stream.format, Chunks(whole: bytes), &engine)
                    let texts = found.errors.map(\.text)
                    if texts != [shape.message] { faults.append("'\(data)': \(texts)") }
                }
            }
        }
        #expect(faults == [])
    }

    @Test("falsy errors are none", arguments: MatrixStream.all.filter { !$0.isText })
    func falsy(_ stream: MatrixStream) {
        var engine = Engine()
        let wanted = MatrixReading(stream.format, Chunks(whole: stream.bytes()), &engine)
        for json in ErrorShape.falsy {
            for place in stream.places {
                let bytes = stream.bytes(with: MatrixEvent(data: json), at: place)
                let found = MatrixReading(stream.format, Chunks(whole: bytes), &engine)
                #expect(found.deltas == wanted.deltas && found.status == wanted.status, "'\(json)' at \(place)")
            }
        }
        let beside = stream.events.map { event in
            var event = event
            if event.data.hasPrefix("{\"") { event.data = "{\"error\":\"\"," + event.data.dropFirst() }
            return event
        }
        let bytes = MatrixStream.joined(beside, stream.format.framing)
        let found = MatrixReading(stream.format, Chunks(whole: bytes), &engine)
        #expect(found.deltas == wanted.deltas && found.status == wanted.status, "beside text")
    }

    @Test(
        "a body that is one document, with the format named",
        arguments: WireFormat.all.filter { $0.framing != .awsEventStream && $0.payload == .json })
    func body(_ format: WireFormat) {
        #expect(ErrorShape.all.flatMap { Self.bodyFaults(format, $0) } == [])
    }

    @Test("a body that is one document, with the format detected")
    func unknownBody() { #expect(ErrorShape.all.flatMap { Self.bodyFaults(nil, $0) } == []) }

    private static func bodyFaults(_ format: WireFormat?, _ shape: ErrorShape) -> [String] {
        var engine = Engine()
        return [shape.pretty, shape.json, shape.json + "\n"].compactMap { body in
            let bytes = Array(body.utf8)
            let found = MatrixReading(format, Chunks(whole: bytes), &engine)
            if let fault = fault(found, shape, around: nil) { return "'\(body)': \(fault)" }
            let isSame = MatrixReading(format, Chunks(bytes, of: 1), &engine) == found
            return isSame ? nil : "'\(body)': other in pieces"
        }
    }
}
