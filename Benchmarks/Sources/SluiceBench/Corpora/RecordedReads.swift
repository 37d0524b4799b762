import Sluice

/// The reads in which a stream that follows a recording would have arrived: each brings as many events as the recording's
/// did, in turn.
///
/// The events of an amplified stream have other lengths than those that were recorded: reads of the recorded sizes would cut
/// nearly all of them, which no server did.
enum RecordedReads {
    /// The sizes of the reads of `stream`. Where the recording's own end inside events, they are those of the recording.
    static func sizes(of stream: ArraySlice<UInt8>, like recording: Recording) -> [Int] {
        let recorded = recording.reads.map(\.bytes)
        guard let events = eventsPerRead(recorded, recording) else { return recorded }
        let ends = eventEnds(of: stream, recording.format.framing)
        var sizes: [Int] = []
        var start = stream.startIndex
        var event = 0
        while event < ends.count {
            event = min(ends.count, event + events[sizes.count % events.count])
            let end = event == ends.count ? stream.endIndex : ends[event - 1]
            sizes.append(end - start)
            start = end
        }
        return sizes
    }

    /// How many events each read ended with; nil where one ends inside an event, or has none.
    private static func eventsPerRead(_ reads: [Int], _ recording: Recording) -> [Int]? {
        let ends = eventEnds(of: recording.bytes[...], recording.format.framing)
        var counts: [Int] = []
        var position = 0
        var event = 0
        for read in reads {
            position += read
            let first = event
            while event < ends.count && ends[event] <= position { event += 1 }
            guard event > first, ends[event - 1] == position else { return nil }
            counts.append(event - first)
        }
        return counts
    }

    /// Where events end: behind a line feed in NDJSON, behind an empty line in Server-Sent Events. Of other framings none is
    /// found, and the recording's own reads are taken.
    private static func eventEnds(of bytes: ArraySlice<UInt8>, _ framing: Framing) -> [Int] {
        var ends: [Int] = []
        var isLineEmpty = true
        for index in bytes.indices {
            switch bytes[index] {
            case 0x0A:
                if isLineEmpty || framing == .ndjson { ends.append(index + 1) }
                isLineEmpty = true
            case 0x0D: break
            default: isLineEmpty = false
            }
        }
        return ends
    }
}
