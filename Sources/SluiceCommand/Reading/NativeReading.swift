import Sluice
import SluiceKit

extension Session {
    /// Prints the object that the API would have sent without streaming, for one file, on one line.
    mutating func printNative(of path: String, _ selection: FormatSelection, _ options: FeedOptions) throws {
        var name = Self.name(of: path)
        var isOpen = false
        do {
            let source = try StreamSource(path)
            name = Self.name(of: source.path)
            let selection = selection.of(source)
            let file = try Input(source.path)
            isOpen = true
            defer { settle(file, name) }
            let start = try file.beginning(selection, Watch(timeout: nil, follows: false), self)
            var feed = NativeFeed(start.format, try options.limits(), name)
            try feed.feed(start.bytes.span, &self)
            var buffer = [UInt8](repeating: 0, count: options.readBytes(of: file))
            while !isOver {
                let count = try file.read(into: &buffer)
                reportNotes(of: file, name)
                if count == 0 { break }
                try feed.feed(buffer.span.extracting(first: count), &self)
                showProgress(file)
            }
            if !isOver { try feed.finish(&self) }
        } catch let error as SystemError {
            note(.unusable)
            report("cannot \(isOpen ? "read" : "open") \(name): \(error.reason)")
        } catch let error as RecordingError {
            note(.unusable)
            report("cannot read \(name): \(error.message)")
        } catch let error as SluiceError {
            note(error.code == .outOfMemory ? .unusable : .malformed)
            report(error.description, about: name)
        }
    }
}

/// Cuts a stream into events, and joins their documents once the format is known.
private struct NativeFeed: ~Copyable {
    private var parser: StreamParser
    private var frames: FrameParser
    private var message: NativeMessage?
    private let framing: Framing?
    private let limits: Limits
    private let name: String
    /// What was read before the format was known.
    private var pending: [UInt8] = []

    init(_ format: WireFormat?, _ limits: Limits, _ name: String) {
        parser = StreamParser(format: format, limits: limits)
        frames = FrameParser(framing: format?.framing, limits: limits)
        message = format.flatMap { NativeMessage(formatName: $0.name, limits: limits) }
        framing = format?.framing
        self.limits = limits
        self.name = name
    }

    mutating func feed(_ bytes: Span<UInt8>, _ session: inout Session) throws(SluiceError) {
        guard message == nil else { return try join(bytes, &session) }
        for index in bytes.indices { pending.append(bytes[index]) }
        var reader = parser.read(bytes)
        while try reader.next() != nil {}
        try settleFormat(&session)
    }

    mutating func finish(_ session: inout Session) throws(SluiceError) {
        if message == nil {
            var reader = parser.finish()
            while try reader.next() != nil {}
            try settleFormat(&session)
        }
        guard var joined = message else {
            throw SluiceError(.unknownFormat, detail: "the format has no object that is sent without streaming")
        }
        let name = name
        var reader = frames.finish(flush: true)
        try drain(&reader, &joined, name, &session)
        session.output.append(String(decoding: joined.json(), as: UTF8.self))
        session.output.append("\n" as StaticString)
    }

    private mutating func settleFormat(_ session: inout Session) throws(SluiceError) {
        guard let format = parser.formatName else { return }
        guard let message = NativeMessage(formatName: format, limits: limits) else {
            throw SluiceError(.unknownFormat, detail: "\(format) has no object that is sent without streaming")
        }
        self.message = message
        let head = pending
        pending = []
        try join(head.span, &session)
    }

    private mutating func join(_ bytes: Span<UInt8>, _ session: inout Session) throws(SluiceError) {
        // A reader holds all of self. Taken out, the object is not copied.
        guard var joined = message.take() else { return }
        let name = name
        do {
            var reader = frames.read(bytes)
            try drain(&reader, &joined, name, &session)
        }
        message = joined
    }
}

/// Adds all events. Those that cannot be read are reported.
private func drain(
    _ reader: inout FrameReader, _ message: inout NativeMessage, _ name: String, _ session: inout Session
) throws(SluiceError) {
    while true {
        do {
            guard let frame = try reader.next() else { return }
            try message.add(frame.payload)
        } catch {
            if error.code == .outOfMemory { throw error }
            session.note(.malformed)
            session.report(error.description, about: name)
        }
    }
}
