import Sluice

/// What a contender can read.
enum Reach: Sendable {
    /// Bytes of any kind.
    case bytes
    /// Every framing that Sluice reads, in every format.
    case everything
    /// Events between line feeds, in formats that have a hand-written reader.
    case lines
    /// As `lines`, whatever the format is: nothing in an event is looked at.
    case lineFrames
    /// Every framing, in formats that have a hand-written reader.
    case knownFormats
    /// As written by hand for one format: in these framings, and of lines in the format's own framing only.
    case handWritten([Framing])
    /// Sluice's C ABI, which takes a format's name and no framing.
    case namedFormat
}

extension Contender {
    /// Why this contender cannot read the stream; nil where it can.
    func obstacle(to stream: Stream) -> String? {
        let format = stream.format
        let lines =
            format.framing.isLines
            ? nil : "it finds events by line feeds, which do not delimit those of \(format.framing.article)"
        let reader = stream.knownBaseline == nil ? "it has no hand-written reader for \(format.name)" : nil
        let ownFraming = WireFormat.named(format.name)?.framing
        switch reach {
        case .bytes, .everything: return nil
        case .lines: return lines ?? reader
        case .lineFrames: return lines
        case .knownFormats: return reader
        case .handWritten(let framings):
            if let reader { return reader }
            guard framings.contains(format.framing) else {
                return lines ?? "it is not written for \(format.framing.article)"
            }
            if format.framing == .jsonArray || format.framing == ownFraming { return nil }
            return "it reads \(format.name) as \((ownFraming ?? .sse).words) only"
        case .namedFormat:
            if ownFraming == format.framing || stream.isFormatDetected { return nil }
            return
                "the C ABI takes a format's name and no framing, and \(format.name) is \((ownFraming ?? .sse).words) there"
        }
    }
}

extension Framing {
    fileprivate var article: String {
        switch self {
        case .sse, .ndjson: words
        case .jsonArray: "a JSON array"
        case .awsEventStream: "an AWS event stream"
        }
    }
}
