import Sluice

/// What Sluice finds in one response, or in several one after the other.
struct ResponseCheck {
    private(set) var pieces = 0
    private(set) var end: StreamEnd
    /// Where an event begins that the end cut, and that cannot be read.
    private(set) var cutEvent: Int?

    /// - Throws: ``SluiceError`` where it is no stream of this format.
    init(_ bytes: [UInt8], _ range: Range<Int>, _ format: WireFormat) throws {
        var pieces = 0
        var cutEvent: Int?
        func read(_ delta: borrowing Delta) {
            switch delta.kind {
            case .text, .reasoning, .toolArguments: pieces += 1
            case .malformed:
                if let problem = delta.problem, problem.code == .incompleteEvent { cutEvent = Int(problem.offset) }
            default: break
            }
        }
        var parser = StreamParser(format: format)
        try parser.parse(bytes.span.extracting(range), read)
        end = try parser.finish(read)
        self.pieces = pieces
        self.cutEvent = cutEvent.map { range.lowerBound + $0 }
    }
}

/// A recording whose responses can stand one behind the other in any order: each ends with an event's end.
struct PreparedRecording {
    private(set) var recording: Recording
    /// What was changed, and what a reader of the figures has to know.
    private(set) var notes: [String] = []
    /// Events that cannot be read.
    private(set) var malformed = 0
    private var cut = 0
    private var closed = 0
    private var withoutEnd = 0

    /// - Throws: ``BenchError`` where the format has nothing to read in it.
    init(_ original: Recording, _ path: String, isDetected: Bool) throws {
        recording = original
        var bytes: [UInt8] = []
        bytes.reserveCapacity(original.bytes.count + 64)
        var responses: [Range<Int>] = []
        var pieces = 0
        let ranges = original.isTimed ? original.responses : ResponseSplit.responses(of: original)
        for response in ranges {
            do {
                let start = bytes.count
                pieces += try add(response, to: &bytes)
                if bytes.count > start { responses.append(start..<bytes.count) }
            } catch let error as SluiceError {
                throw BenchError("'\(printable(path))' cannot be read as \(original.format.name): \(error)")
            }
        }
        guard pieces > 0 else {
            throw BenchError(
                "'\(printable(path))': read as \(original.format.name), \(original.format.framing.words), no event has text, "
                    + "reasoning or tool arguments; "
                    + (isDetected
                        ? "give its format with --format NAME" : "check --format, or leave it out to detect it"))
        }
        recording = Recording(original, bytes: bytes, responses: responses)
        noteChanges(responses.count)
    }

    private mutating func add(_ response: Range<Int>, to bytes: inout [UInt8]) throws -> Int {
        let (format, source) = (recording.format, recording.bytes)
        let check = try ResponseCheck(source, response, format)
        let cutEvent = check.cutEvent ?? (check.end.endedInsideEvent ? Self.cutMessage(source, response, format) : nil)
        var kept = response
        if source[kept].starts(with: [0xEF, 0xBB, 0xBF]) { kept = kept.lowerBound + 3..<kept.upperBound }
        if let position = cutEvent {
            kept = kept.lowerBound..<max(kept.lowerBound, position)
            cut += 1
        }
        bytes += source[kept]
        malformed += Int(check.end.malformedEvents) - (check.cutEvent == nil ? 0 : 1)
        if check.end.status != .complete { withoutEnd += 1 }
        if kept.isEmpty { return check.pieces }
        switch format.framing {
        case .sse, .ndjson:
            if check.end.endedInsideEvent && cutEvent == nil { endLine(&bytes, from: bytes.count - kept.count) }
        case .jsonArray: endArray(&bytes, from: bytes.count - kept.count)
        case .awsEventStream: break
        }
        return check.pieces
    }

    /// Where the message begins that an AWS event stream ends in; nil for other framings.
    private static func cutMessage(_ bytes: [UInt8], _ response: Range<Int>, _ format: WireFormat) -> Int? {
        guard format.framing == .awsEventStream else { return nil }
        return RecordedFrames.cut(bytes, response, format.framing).last?.range.lowerBound
    }

    /// Ends the last event, which is whole but for its line ends.
    private mutating func endLine(_ bytes: inout [UInt8], from start: Int) {
        let lineEnd: [UInt8] = bytes[start...].contains(0x0D) ? [0x0D, 0x0A] : [0x0A]
        if bytes.last != 0x0A { bytes += lineEnd }
        if recording.format.framing == .sse { bytes += lineEnd }
        closed += 1
    }

    private mutating func endArray(_ bytes: inout [UInt8], from start: Int) {
        let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let first = bytes[start...].first { !space.contains($0) }
        let last = bytes[start...].last { !space.contains($0) }
        guard first == UInt8(ascii: "["), last != UInt8(ascii: "]") else { return }
        while bytes.count > start, let last = bytes.last, space.contains(last) || last == UInt8(ascii: ",") {
            bytes.removeLast()
        }
        bytes.append(UInt8(ascii: "]"))
        closed += 1
    }

    private mutating func noteChanges(_ count: Int) {
        let changes = [
            ("responses that end inside an event, which is left out", cut),
            ("responses without the end of their last event or array, which is added", closed),
            ("responses without a terminal marker, or with an error", withoutEnd),
        ]
        notes += changes.filter { $0.1 > 0 }.map { "\($0.0): \($0.1) of \(count)" }
        if malformed > 0 { notes.append("events that cannot be read: \(malformed)") }
        if recording.format.framing == .awsEventStream {
            notes.append("the hand-written C++ does not check the checksums of messages, Sluice does")
        }
    }
}

/// Finds the responses in a stream of which only the bytes are known.
enum ResponseSplit {
    /// A response ends with its terminal marker; what comes between two and has no text belongs to the first.
    static func responses(of recording: Recording) -> [Range<Int>] {
        let whole = [0..<recording.bytes.count]
        guard recording.format.framing.isLines else { return whole }
        var responses: [Range<Int>] = []
        var start = 0
        var current: (parser: StreamParserBox, hasPieces: Bool)?
        for frame in RecordedFrames.cut(recording.bytes, whole[0], recording.format.framing) {
            let box = current?.parser ?? StreamParserBox(recording.format)
            let pieces = box.read(recording.bytes, frame.range)
            current = (box, (current?.hasPieces ?? false) || pieces)
            guard box.isComplete else { continue }
            if current?.hasPieces == true || responses.isEmpty {
                responses.append(start..<frame.range.upperBound)
            } else {
                responses[responses.count - 1] = responses[responses.count - 1].lowerBound..<frame.range.upperBound
            }
            start = frame.range.upperBound
            current = nil
        }
        if start < recording.bytes.count {
            let rest = start..<recording.bytes.count
            if current?.hasPieces == true || responses.isEmpty {
                responses.append(rest)
            } else {
                responses[responses.count - 1] = responses[responses.count - 1].lowerBound..<rest.upperBound
            }
        }
        return responses
    }

    /// A parser that can stand in an optional.
    private final class StreamParserBox {
        private var parser: StreamParser

        init(_ format: WireFormat) { parser = StreamParser(format: format) }

        /// Whether the event has a piece of text, reasoning or arguments.
        func read(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
            var hasPieces = false
            try? parser.parse(bytes.span.extracting(range)) { delta in
                if delta.kind == .text || delta.kind == .reasoning || delta.kind == .toolArguments { hasPieces = true }
            }
            return hasPieces
        }

        var isComplete: Bool { parser.end.status == .complete }
    }
}
