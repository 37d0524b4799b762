import Sluice

/// How frames are read, as the user set it.
struct FrameSettings {
    /// nil where it is to be detected.
    var framing: Framing?
    /// nil for what the framing's standard says.
    var endOfInput: EndOfInput?
    /// The last event ID of the connection before.
    var lastEventID = ""
}

extension Session {
    /// Prints the frames of one file.
    mutating func printFrames(of path: String, _ settings: FrameSettings, _ options: FeedOptions) throws {
        var name = Self.name(of: path)
        var isOpen = false
        do {
            let source = try StreamSource(path)
            name = Self.name(of: source.path)
            let file = try Input(source.path)
            isOpen = true
            defer { settle(file, name) }
            var feed = try FrameFeed(settings, source.framing, options, name: name)
            var buffer = [UInt8](repeating: 0, count: options.readBytes(of: file))
            while !isOver {
                let count = try file.read(into: &buffer)
                reportNotes(of: file, name)
                if count == 0 { break }
                feed.printer.form = file.form
                try feed.feed(buffer.span.extracting(first: count), &self)
                flush()
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

/// A frame parser with its input.
private struct FrameFeed: ~Copyable {
    private var parser: FrameParser
    private let options: FeedOptions
    private let endOfInput: EndOfInput?
    var printer: FramePrinter

    /// - Parameter recorded: The framing of the recording that the file is of.
    init(_ settings: FrameSettings, _ recorded: Framing?, _ options: FeedOptions, name: String) throws {
        let limits = try options.limits()
        parser = FrameParser(
            framing: settings.framing ?? recorded, limits: limits, layout: options.strategy.layout,
            lastEventID: settings.lastEventID)
        endOfInput = settings.endOfInput
        printer = FramePrinter(name: name, failsAtLimits: limits.whenExceeded == .fail)
        self.options = options
    }

    /// Hands `bytes` over, piece by piece.
    mutating func feed(_ bytes: Span<UInt8>, _ session: inout Session) throws(SluiceError) {
        let printer = printer  // a reader holds all of self
        let piece = options.pieceBytes
        var start = 0
        while start < bytes.count {
            let chunk = bytes.extracting(start..<min(start + piece, bytes.count))
            start += piece
            if options.strategy == .borrowed {
                var reader = parser.read(chunk)
                try printer.drain(&reader, &session)
            } else {
                try parser.fill(chunk)
                var reader = parser.pull()
                try printer.drain(&reader, &session)
            }
        }
    }

    /// Ends the input.
    mutating func finish(_ session: inout Session) throws(SluiceError) {
        let printer = printer
        let standard: EndOfInput = (parser.framing ?? .sse) == .sse ? .discard : .flush
        var reader = parser.finish(flush: (endOfInput ?? standard) == .flush)
        try printer.drain(&reader, &session)
    }
}

/// Prints each frame as one JSON object on one line.
private struct FramePrinter {
    let name: String
    let failsAtLimits: Bool
    /// What messages add to the input's name.
    var form = ""

    /// Prints all frames. Those that cannot be read are reported, and reading continues after them.
    func drain(_ reader: inout FrameReader, _ session: inout Session) throws(SluiceError) {
        while true {
            do {
                guard let frame = try reader.next() else { return }
                print(frame, &session.output)
            } catch {
                if error.code == .outOfMemory || failsAtLimits && error.code.isOfLimit { throw error }
                session.note(.malformed)
                session.report(error.description, about: name + form)
            }
        }
    }

    private func print(_ frame: borrowing Frame, _ output: inout Output) {
        output.append("{\"event\":" as StaticString)
        if frame.event.isEmpty {
            output.append("\"message\"" as StaticString)
        } else {
            output.appendJSON(repairing: frame.event)
        }
        output.append(",\"data\":" as StaticString)
        output.appendJSON(repairing: frame.payload)
        output.append(",\"id\":" as StaticString)
        output.appendJSON(repairing: frame.lastEventID)
        if let retry = frame.retryMilliseconds {
            output.append(",\"retry\":" as StaticString)
            output.append(number: retry)
        }
        output.append("}\n" as StaticString)
    }
}
