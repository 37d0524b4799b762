import Sluice

/// One of several files that are read together.
private final class TaggedStream<Sink: DeltaSink> {
    let file: Input
    let name: String
    var feed: StreamFeed<TaggedSink<Sink>>
    var watch: Watch
    /// An error has ended it, and was reported.
    var hasFailed = false

    init(
        _ file: Input, name: String, feed: consuming StreamFeed<TaggedSink<Sink>>, _ watch: Watch
    ) {
        self.file = file
        self.name = name
        self.feed = feed
        self.watch = watch
    }
}

extension Session {
    /// Reads several files at once, chunk by chunk as they arrive, and prints each line with the name of its stream.
    ///
    /// - Parameters:
    ///   - sink: Makes a stream's sink.
    ///   - end: What is printed at the end of a stream.
    mutating func readTagged<Sink: DeltaSink>(
        _ paths: [String], _ selection: FormatSelection, _ options: FeedOptions, _ waits: WaitOptions, isJSON: Bool,
        sink: () -> Sink, end: (inout Sink, StreamEnd, inout Output) -> Void
    ) throws -> [StreamEnd] {
        var open: [TaggedStream<Sink>] = []
        for (path, name) in zip(paths, Self.tags(of: paths)) {
            do {
                let tagged = TaggedSink(sink(), name: name, isJSON: isJSON, showsControls: output.showsControls)
                let source = try StreamSource(path)
                let feed = try StreamFeed(tagged, format: selection.format, options, name: name)
                let file = try Input(source.path, follows: waits.follow)
                open.append(TaggedStream(file, name: name, feed: feed, waits.watch))
            } catch let error as SystemError {
                note(.unusable)
                report("cannot open \(name): \(error.reason)")
            } catch let error as RecordingError {
                note(.unusable)
                report("cannot read \(name): \(error.message)")
            }
        }
        var ends: [StreamEnd] = []
        var buffer = [UInt8](repeating: 0, count: options.pieceBytes)
        while !open.isEmpty && !isOver {
            let before = open.count
            for stream in Self.waiting(open) where !isOver {
                guard try !take(stream, &buffer) else { continue }
                open.removeAll { $0 === stream }
                ends.append(finish(stream, end))
            }
            for stream in open where stream.watch.isTimeUp {
                open.removeAll { $0 === stream }
                ends.append(finish(stream, end))
            }
            flush()
            if open.count == before { rest(open) }
        }
        return ends
    }

    /// The last part of each path, or all of it where two have the same.
    private static func tags(of paths: [String]) -> [String] {
        let short = paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        return zip(paths, short).map { path, name in short.count { $0 == name } > 1 ? path : name }
    }

    /// Streams that can be read now; waits until there are some, or something that is held back should be shown.
    private static func waiting<Sink: DeltaSink>(_ open: [TaggedStream<Sink>]) -> [TaggedStream<Sink>] {
        let ready = open.filter(\.file.isReady)
        let isHolding = open.contains { $0.feed.receiver.sink.isHolding }
        var patience = open.compactMap { $0.watch.patience(isHolding: isHolding) }.min()
        if open.contains(where: { $0.watch.follows && $0.file.size != nil }) {
            patience = min(patience ?? Watch.glance, Watch.glance)
        }
        if !ready.isEmpty { return ready }
        var waits: [Wait] = []
        for stream in open { stream.file.addWaits(to: &waits) }
        _ = System.ready(waits, within: patience)
        return open.filter(\.file.isReady)
    }

    /// Reads what there is of one stream; false at its end.
    private mutating func take<Sink: DeltaSink>(
        _ stream: TaggedStream<Sink>, _ buffer: inout [UInt8]
    ) throws -> Bool {
        do {
            let count = try stream.file.read(into: &buffer)
            reportNotes(of: stream.file, stream.name)
            guard count > 0 else {
                return stream.watch.follows && stream.file.size != nil && !stream.file.hasEnded
            }
            stream.watch.restart()
            stream.feed.receiver.form = stream.file.form
            try stream.feed.feed(buffer.span.extracting(first: count), &self)
            return true
        } catch let error as SystemError {
            note(.unusable)
            report("cannot read \(stream.name): \(error.reason)")
            return false
        } catch let error as SluiceError {
            stream.hasFailed = true
            report(error, of: stream.feed, stream.name + stream.file.form)
            return false
        }
    }

    private mutating func finish<Sink: DeltaSink>(
        _ stream: TaggedStream<Sink>, _ end: (inout Sink, StreamEnd, inout Output) -> Void
    ) -> StreamEnd {
        if !stream.hasFailed {
            do {
                try stream.feed.finish(&self)
                let isWhole = settle(stream.file, stream.name)
                if isWhole || stream.feed.end.bytes > 0 { judge(stream.feed, stream.watch, stream.name) }
            } catch {
                report(error, of: stream.feed, stream.name + stream.file.form)
            }
        }
        let reached = stream.feed.end
        stream.feed.receiver.sink.finish(&output) { sink, output in end(&sink, reached, &output) }
        return reached
    }

    /// No data has arrived: what has been held back long enough is shown.
    private mutating func rest<Sink: DeltaSink>(_ open: [TaggedStream<Sink>]) {
        for stream in open where stream.watch.isQuiet && stream.feed.receiver.sink.isHolding {
            stream.feed.receiver.sink.release(&output)
        }
        flush()
    }
}
