import Sluice

/// Reads the bytes of responses, one response after the other.
protocol ResponseReader: AnyObject {
    /// A response begins.
    func begin(_ place: ResponsePlace) throws
    /// Takes bytes of a read; what one read has brought may come in several pieces.
    func take(_ bytes: Span<UInt8>, _ session: inout Session) throws
    /// All bytes of a read were taken.
    ///
    /// - Parameter time: When they had come, in nanoseconds; nil where nobody knows.
    func beginRead(at time: UInt64?)
    func endRead(at time: UInt64?)
    /// The response has ended, or the user has asked to stop.
    func finish(_ watch: Watch, _ session: inout Session) throws
}

/// Which response it is that is read.
struct ResponsePlace {
    /// The path as the user gave it.
    var path: String
    /// The path of the file that is read.
    var name: String
    /// Which of several responses in a recording, from 1; nil where there is one.
    var number: Int?
    /// Where in the file it begins.
    var offset: UInt64
    var clock: StreamClock?
    /// The framing that the recording was found to have.
    var framing: Framing?

    /// For messages.
    var label: String { name + (number.map { ", response \($0)" } ?? "") }
}

extension Session {
    /// Reads one path: a recording response by response with its times, a pipe with the times of its reads, a file without.
    ///
    /// - Parameters:
    ///   - timeout: Seconds to wait for what does not come; nil for ever.
    ///   - start: When the clock of a pipe's reads began.
    mutating func readResponses(
        of path: String, into reader: any ResponseReader, timeout: Double?, since start: ContinuousClock.Instant
    ) throws {
        var name = Self.name(of: path)
        var isOpen = false
        do {
            let source = try StreamSource(path)
            name = Self.name(of: source.path)
            let file = try Input(source.path)
            isOpen = true
            var place = ResponsePlace(
                path: path, name: name, number: nil, offset: 0, clock: nil, framing: source.framing)
            if source.path != "-", let times = try RecordedTimes.of(source.path, size: file.size) {
                place.clock = .recorded
                return try readRecording(file, times, place, reader)
            }
            place.clock = file.size == nil ? .live : nil
            try readFile(file, place, since: start, reader, Watch(timeout: timeout, follows: false))
        } catch let error as SystemError {
            note(.unusable)
            report("cannot \(isOpen ? "read" : "open") \(name): \(error.reason)")
        } catch let error as RecordingError {
            note(.unusable)
            report("cannot read \(name): \(error.message)")
        }
    }

    private mutating func readRecording(
        _ file: Input, _ times: consuming RecordedTimes, _ place: ResponsePlace,
        _ reader: any ResponseReader
    ) throws {
        let watch = Watch(timeout: nil, follows: false)
        var place = place
        var times = times
        var blocks = BlockReader()
        var number = 0
        var isInside = false
        var last: UInt64 = 0
        while !isOver, let line = try times.next() {
            guard case .read(let time, let count) = line else {
                if isInside { try reader.finish(watch, &self) }
                isInside = false
                continue
            }
            if !isInside {
                number += 1
                place.number = times.responses > 1 ? number : nil
                try reader.begin(place)
                isInside = true
            }
            last = time
            place.offset += UInt64(count)
            try take(count, of: file, &blocks, at: time, reader)
            flush()
            showProgress(file)
        }
        if isInside {
            // Of a recording that goes on, the last read may not have its line yet.
            if times.isUnfinished { try take(.max, of: file, &blocks, at: last, reader) }
            try reader.finish(watch, &self)
        } else if number == 0 {
            try reader.begin(place)
            try reader.finish(watch, &self)
        }
    }

    private mutating func take(
        _ count: Int, of file: Input, _ blocks: inout BlockReader, at time: UInt64,
        _ reader: any ResponseReader
    ) throws {
        var left = count
        var isEmpty = true
        while left > 0 && !isOver {
            let bytes = try blocks.next(left, of: file)
            if bytes.isEmpty { break }
            if isEmpty { reader.beginRead(at: time) }
            isEmpty = false
            try reader.take(bytes.span, &self)
            left -= bytes.count
        }
        if !isEmpty { reader.endRead(at: time) }
    }

    private mutating func readFile(
        _ file: Input, _ place: ResponsePlace, since start: ContinuousClock.Instant,
        _ reader: any ResponseReader, _ watch: Watch
    ) throws {
        var watch = watch
        var buffer = [UInt8](repeating: 0, count: FeedOptions.defaultBytes)
        var total = 0
        try reader.begin(place)
        while !isOver {
            if let patience = watch.patience(isHolding: false), !file.isReady(within: patience) {
                if watch.isTimeUp { break }
                continue
            }
            let count = try file.read(into: &buffer)
            if count == 0 { break }
            let time = place.clock == nil ? nil : Self.nanoseconds(.now - start)
            reader.beginRead(at: time)
            try reader.take(buffer.span.extracting(first: count), &self)
            reader.endRead(at: time)
            watch.restart()
            flush()
            total += count
            if place.clock == nil { showProgress(file) } else { showProgress(total) }
        }
        try reader.finish(watch, &self)
        settle(file, place.name)
    }

    private static func nanoseconds(_ time: Duration) -> UInt64 {
        let (seconds, attoseconds) = time.components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}
