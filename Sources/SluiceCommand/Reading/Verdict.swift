import Sluice

// How a stream has ended, in words on standard error and in the exit status. The same words for every command.

extension Session {
    /// Reports how a stream has ended unless all is well, and notes it for the exit status.
    ///
    /// - Parameter name: The stream's name for messages; nil where it is the only one.
    mutating func judge<Sink: DeltaSink>(_ feed: borrowing StreamFeed<Sink>, _ watch: Watch, _ name: String?) {
        let end = feed.end
        let problems = feed.receiver.problems
        if problems.malformedEvents > 0 { note(.malformed) }
        if problems.endedInsideEvent { note(.truncated) }
        judgeStatus(end, problems, watch, name)
        if end.status == .complete || end.status == .finished {
            if !problems.hasContent {
                report("the answer is \(end.status.rawValue) and empty", about: name)
            } else if end.frames == 1 && feed.isDocument {
                report(
                    "the input is one whole answer, not a stream; check that the request says \"stream\": true",
                    about: name)
            }
        }
        if let message = end.unreadMessage { report(message, about: feed.receiver.place) }
    }

    private mutating func judgeStatus(
        _ end: StreamEnd, _ problems: StreamProblems, _ watch: Watch, _ name: String?
    ) {
        let place = "after \(end.frames) frame\(end.frames == 1 ? "" : "s"), \(end.bytes) bytes"
        let unreadable = problems.unreadableMessage
        let also = unreadable.map { "; \($0)" } ?? ""
        switch end.status {
        case .complete:
            if let unreadable { report("the stream is complete, but \(unreadable)", about: name) }
        case .finished: judgeFinished(watch, place, name)
        case .empty: judgeNothing(end, watch, name)
        case .truncated where watch.isTimeUp:
            note(.stalled)
            report(
                "no data arrived for \(watch.timeoutText) s; the stream is not complete, \(place)\(also)", about: name)
        case .truncated where end.missingEvents > 0:
            note(.truncated)
            let missing = "\(end.missingEvents) events are missing by the stream's own numbering"
            report("\(missing), \(place)\(also)", about: name)
        case .truncated:
            note(.truncated)
            let inside = end.endedInsideEvent ? ", inside an event" : ""
            report("the stream ended without its terminal marker (truncated) \(place)\(inside)\(also)", about: name)
        case .failed:
            note(.failed)
            report("the stream failed: it carried an error, and ended \(place)\(also)", about: name)
        }
    }

    /// A finish reason came, but not the terminal marker: good unless the user wants the marker.
    private mutating func judgeFinished(_ watch: Watch, _ place: String, _ name: String?) {
        let found = "the stream is finished, but its terminal marker did not come, \(place)"
        if watch.isTimeUp {
            note(.stalled)
            report("no data arrived for \(watch.timeoutText) s; \(found)", about: name)
        } else if isStrict {
            note(.truncated)
            report(found, about: name)
        }
    }

    /// Nothing came that could be cut.
    private mutating func judgeNothing(_ end: StreamEnd, _ watch: Watch, _ name: String?) {
        note(watch.isTimeUp ? .stalled : .malformed)
        let found =
            end.bytes == 0
            ? "the input is empty"
            : "the stream has nothing but keep-alives or terminal markers, in \(end.bytes) bytes (empty)"
        let waited = "no data arrived for \(watch.timeoutText) s"
        report(watch.isTimeUp ? end.bytes == 0 ? waited : "\(waited); \(found)" : found, about: name)
    }

    /// Reports what has ended a stream early, and notes it for the exit status.
    mutating func report<Sink: DeltaSink>(
        _ error: SluiceError, of feed: borrowing StreamFeed<Sink>, _ name: String
    ) {
        note(error.code == .outOfMemory ? .unusable : .malformed)
        if feed.end.status == .failed { note(.failed) }
        let advice = error.code == .unknownFormat ? " — " + Self.advice(feed.textPaths) : ""
        report(error.description + advice, about: name)
        // Events of no known format are unread, every one.
        if error.code != .unknownFormat, let message = feed.end.unreadMessage { report(message, about: name) }
    }

    private static func advice(_ paths: [String]) -> String {
        let named = "--format NAME ('sluice formats' lists them)"
        guard !paths.isEmpty else { return "give \(named) or --text PATH" }
        let options = paths.map { "--text \($0)" }.joined(separator: ", ")
        return "give the path of the text, such as \(options); or \(named)"
    }

    /// A path that leads nowhere must not look like an answer without text.
    mutating func warn(_ selection: FormatSelection, _ name: String) {
        guard !selection.textPaths.isEmpty else { return }
        let paths = selection.textPaths.map { "'\($0)'" }.joined(separator: " or ")
        report("no event has text at \(paths); see the events with 'sluice frames'", about: name)
    }
}

extension StreamEnd {
    /// What standard error says of events that no rule reads; nil where there are none.
    var unreadMessage: String? {
        guard unreadEvents > 0 else { return nil }
        var kinds = unreadKinds.map { kind in
            let place = "byte \(kind.offset), event \(kind.event)"
            if unreadEvents == 1 { return "\(kind.name) (at \(place))" }
            return "\(kind.name) (\(kind.count), \(kind.count == 1 ? "at" : "first at") \(place))"
        }
        let named = unreadKinds.reduce(0) { $0 + $1.count }
        if named > 0 && named < unreadEvents { kinds.append("\(unreadEvents - named) of other kinds") }
        let list = kinds.isEmpty ? "" : ": " + kinds.joined(separator: ", ")
        return "\(unreadEvents) event\(unreadEvents == 1 ? " was" : "s were") not read\(list)"
            + "; read text in them with 'sluice cat --text PATH', or look at them with 'sluice frames'"
    }
}
