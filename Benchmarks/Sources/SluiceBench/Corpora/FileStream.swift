import Sluice

/// The stream that is measured for one recording of the user's, and how it was made.
struct FileStream {
    enum Origin {
        /// A fleet of separate responses made from the recording; drawn from so many pieces.
        case amplified(pieces: Int)
        /// The recording is large enough: as it is, up to an event's end.
        case recorded
        /// The recording several times, as it cannot be amplified.
        case repeated(times: Int, reason: String)
    }

    let stream: Stream
    let origin: Origin
    let recordedBytes: Int
    let recordedResponses: Int
    let notes: [String]

    /// A stream of at least `size` bytes.
    ///
    /// - Throws: ``BenchError`` where the recording has nothing that can be measured.
    init(_ file: RecordingFile, _ choice: FormatChoice, size: Int, seed: UInt64) throws {
        let original = try Recording(file, choice)
        let prepared = try PreparedRecording(original, file.stream.path, isDetected: choice.detectsFormat)
        let recording = prepared.recording
        recordedBytes = original.bytes.count
        recordedResponses = recording.responses.count
        notes = prepared.notes
        if recording.bytes.count >= size {
            origin = .recorded
            stream = try Self.beginning(of: recording, size)
        } else {
            switch try Self.amplified(recording, size, seed, malformed: prepared.malformed) {
            case .success(let (made, pieces)):
                (stream, origin) = (made, .amplified(pieces: pieces))
            case .failure(let obstacle):
                let times = (size + recording.bytes.count - 1) / recording.bytes.count
                stream = try Self.repeated(recording, times)
                origin = .repeated(times: times, reason: obstacle.description)
            }
        }
        stream.isFormatDetected = choice.detectsFormat
    }

    /// The whole responses of the first `size` bytes, or the whole events of the first one.
    private static func beginning(of recording: Recording, _ size: Int) throws -> Stream {
        let whole = recording.responses.prefix { $0.upperBound <= size }
        if let end = whole.last?.upperBound {
            return try Stream(recording, Array(recording.bytes[..<end]), Array(whole), known: false)
        }
        let framing = recording.format.framing
        let first = recording.responses[0]
        // An array without its end is none to simdjson.
        if framing == .jsonArray { return try Stream(recording, Array(recording.bytes[first]), [first], known: false) }
        let events = RecordedFrames.cut(recording.bytes, first, framing)
        let end = events.last { $0.range.upperBound <= size }?.range.upperBound ?? first.upperBound
        return try Stream(recording, Array(recording.bytes[..<end]), [0..<end], known: false)
    }

    private static func repeated(_ recording: Recording, _ times: Int) throws -> Stream {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(recording.bytes.count * times)
        var responses: [Range<Int>] = []
        for _ in 0..<times {
            let start = bytes.count
            responses += recording.responses.map { start + $0.lowerBound..<start + $0.upperBound }
            bytes += recording.bytes
        }
        return try Stream(recording, bytes, responses, known: false)
    }

    /// Why a recording is repeated instead.
    private struct Obstacle: Error, CustomStringConvertible {
        var description: String
    }

    private static func amplified(
        _ recording: Recording, _ size: Int, _ seed: UInt64, malformed: Int
    ) throws -> Result<(Stream, pieces: Int), Obstacle> {
        func failure(_ reason: String) -> Result<(Stream, pieces: Int), Obstacle> {
            .failure(Obstacle(description: reason))
        }
        let format = recording.format
        if format.payload == .text && format != .rawText {
            return failure(
                "in \(format.name) the type of an event says what its text is, and events cannot change places")
        }
        if format.framing == .sse && Self.hasLoneCarriageReturn(recording.bytes) {
            return failure("it has lines that end with a carriage return alone, at which the amplifier does not cut")
        }
        if malformed > 0 {
            return failure("it has events that cannot be read, and what must stay of them is not known")
        }
        var amplifier = Amplifier(recording, seed: seed)
        if amplifier.pieceCount == 0 {
            return failure("no place of text was found in its events; it may be in another encoding, such as base64")
        }
        var bytes: [UInt8] = []
        let responses = amplifier.fill(&bytes, to: size)
        let check = try? ResponseCheck(bytes, 0..<bytes.count, format)
        guard let check, check.end.malformedEvents == 0, check.pieces > 0 else {
            return failure("events with other text or numbers cannot be read: they depend on each other")
        }
        guard Set(responses.map { bytes[$0] }).count == responses.count else {
            return failure("it has too few pieces of text: a response would come twice")
        }
        return .success((try Stream(recording, bytes, responses, known: false), amplifier.pieceCount))
    }

    private static func hasLoneCarriageReturn(_ bytes: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0] == 0x0D && ($0 + 1 == bytes.count || bytes[$0 + 1] != 0x0A) }
    }
}
