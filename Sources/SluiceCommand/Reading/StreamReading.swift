import Sluice

/// What became of one file.
struct StreamOutcome {
    var end: StreamEnd
    var formatName: String?
    /// The stream was read to its end; false where reading was stopped before.
    var isRead: Bool
}

extension Session {
    /// Reads one file's stream into `sink`, reports what was wrong with it, and notes it for the exit status.
    ///
    /// - Returns: nil where the file itself cannot be read.
    mutating func read<Sink: DeltaSink>(
        _ path: String, into sink: inout Sink, _ selection: FormatSelection, _ options: FeedOptions,
        _ waits: WaitOptions, isOnly: Bool
    ) throws -> StreamOutcome? {
        var name = Self.name(of: path)
        var isOpen = false
        do {
            let source = try StreamSource(path)
            name = Self.name(of: source.path)
            let selection = selection.of(source)
            let file = try Input(source.path, follows: waits.follow)
            isOpen = true
            var watch = waits.watch
            let start = try file.beginning(selection, watch, self)
            var feed = try StreamFeed(sink, format: start.format, options, name: name)
            defer { sink = feed.receiver.sink }
            do {
                let isRead = try run(&feed, file, start, options, &watch, name)
                if sharesTerminal { feed.receiver.sink.pause(&output) }
                // A problem before the first byte says enough.
                if !settle(file, name) && feed.end.bytes == 0 { return nil }
                if isRead { judge(feed, watch, isOnly ? nil : name) }
                if isRead && feed.end.deltas == 0 && feed.end.frames > 0 { warn(selection, name) }
                return StreamOutcome(end: feed.end, formatName: feed.formatName, isRead: isRead)
            } catch let error as SluiceError {
                if sharesTerminal { feed.receiver.sink.pause(&output) }
                settle(file, name)
                report(error, of: feed, name + file.form)
                // A format that was tried is none that was found.
                let isKnown = error.code != .unknownFormat && error.code != .notAStream
                let formatName = isKnown ? feed.formatName : start.format?.name
                return StreamOutcome(end: feed.end, formatName: formatName, isRead: true)
            }
        } catch let error as SystemError {
            note(.unusable)
            report("cannot \(isOpen ? "read" : "open") \(name): \(error.reason)")
            return nil
        } catch let error as RecordingError {
            note(.unusable)
            report("cannot read \(name): \(error.message)")
            return nil
        }
    }

    static func name(of path: String) -> String { path == "-" ? "standard input" : path }

    /// Feeds the file to its end; false where it is over before.
    private mutating func run<Sink: DeltaSink>(
        _ feed: inout StreamFeed<Sink>, _ file: Input, _ start: StreamBeginning, _ options: FeedOptions,
        _ watch: inout Watch, _ name: String
    ) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: options.readBytes(of: file))
        feed.receiver.form = file.form
        if !start.bytes.isEmpty { try feed.feed(start.bytes.span, &self) }
        flush()
        while !isOver {
            let patience = watch.patience(isHolding: feed.receiver.sink.isHolding)
            if let patience, !file.isReady(within: patience) {
                release(&feed)
                if watch.isTimeUp { break }
                continue
            }
            let count: Int
            if options.fillsDirectly && !feed.keepsHead {
                count = try feed.fill(from: file, &self)
            } else {
                count = try file.read(into: &buffer)
                feed.receiver.form = file.form
                try feed.feed(buffer.span.extracting(first: count), &self)
            }
            reportNotes(of: file, name)
            if count == 0 {
                guard watch.follows, !file.hasEnded, !isOver else { break }
                release(&feed)
                if watch.isTimeUp { break }
                if let size = file.currentSize, size < file.total {
                    report("the file has become shorter while it was followed; reading ends here", about: name)
                    break
                }
                System.pause(Watch.glance)
                continue
            }
            watch.restart()
            flush()
            if !watch.follows { showProgress(file) }
        }
        if isOver { return false }
        try feed.finish(&self)
        return true
    }

    private mutating func release<Sink: DeltaSink>(_ feed: inout StreamFeed<Sink>) {
        guard feed.receiver.sink.isHolding else { return }
        feed.receiver.sink.release(&output)
        flush()
    }

    /// Reports what a file has shown beside its stream: the status of an HTTP response that is an error, for example.
    mutating func reportNotes(of file: Input, _ name: String) {
        for (message, status) in file.takeNotes() {
            note(status)
            report(message, about: name)
        }
    }

    /// The same when it has ended, and what has ended it early.
    ///
    /// - Returns: false where something has.
    @discardableResult
    mutating func settle(_ file: Input, _ name: String) -> Bool {
        reportNotes(of: file, name)
        guard let problem = file.problem else { return true }
        note(problem.status)
        report(problem.message, about: name)
        return false
    }
}

/// The format to begin with, and bytes that were read to find out its framing.
struct StreamBeginning {
    var format: WireFormat?
    var bytes: [UInt8] = []

    /// White space that a stream may begin with until it is taken for Server-Sent Events.
    fileprivate static var patienceBytes: Int { 64 << 10 }
}

extension Input {
    /// The format as selected; where its framing is to be detected, after as many bytes as that takes.
    func beginning(
        _ selection: FormatSelection, _ watch: Watch, _ session: borrowing Session
    ) throws(SystemError) -> StreamBeginning {
        guard selection.detectsFraming, var format = selection.format else {
            return StreamBeginning(format: selection.format)
        }
        var start = StreamBeginning()
        var buffer = [UInt8](repeating: 0, count: FeedOptions.defaultBytes)
        var framing: Framing?
        while framing == nil && start.bytes.count < StreamBeginning.patienceBytes && !session.isOver {
            if let patience = watch.patience(isHolding: false), !isReady(within: patience) { break }
            let count = try read(into: &buffer)
            if count == 0 { break }
            start.bytes += buffer[..<count]
            framing = Self.framing(of: start.bytes)
        }
        format.framing = framing ?? .sse
        start.format = format
        return start
    }

    private static func framing(of bytes: [UInt8]) -> Framing? {
        var parser = FrameParser(framing: nil)
        _ = parser.read(bytes.span)
        return parser.framing
    }
}
