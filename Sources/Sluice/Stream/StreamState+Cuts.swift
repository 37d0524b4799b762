// Known events that the end of a chunk cut in two. Their beginning was compared with their skeleton's, so no event ends in
// it: it is put by as it is, and read together with its end, neither framed nor parsed.
//
//     chunk 1 … event|event|beg     cut ahead, at the end of the chunk
//     carry                |beg|inning of ch   cut before the next chunk: what is carried, and the first bytes behind it
//     chunk 2                  |inning|event … goes on behind the event
//
// Where that is no known event after all, or another chunk ends inside it, it is framed as all others are. So a byte is
// compared twice at most.

/// Whether the unfinished event was put by unframed.
enum Cut {
    case none
    /// It is at the end of the chunk that is being read.
    case ahead
    /// It is before the chunk that is being read: in the carry, or at the beginning of the ring.
    case before
}

extension StreamState {
    /// Smaller chunks cut nearly all events, most of them several times.
    static var leastChunk: Int { 256 }
    /// Bytes of the chunk that are taken to be the rest of an event that was cut; if it is longer, of as many as a skeleton
    /// may have.
    private static var likelyRest: Int { 512 }
    private static var longestRest: Int { 64 * 1024 }

    /// The bytes from `position` of the chunk to its end, where the framer stands, are the beginning of a known event: they
    /// are put by as they are, unless they were looked at for delimiters along with events before.
    mutating func noteCut(at position: Int) {
        guard cut == .none, !isLast, input.chunk.count >= Self.leastChunk,
            input.chunk.count - position <= limits.maxEventBytes, input.scanned <= position
        else { return }
        cut = .ahead
    }

    /// Reads the event that was cut, if the chunk has its end and it is as expected, and the known ones behind it; false
    /// where that cannot be read, and what there is of it was framed.
    mutating func takeCut(_ format: CompiledFormat, _ work: inout EngineWork) -> Bool {
        // In a ring it lies before what has come since, and is read with it.
        guard input.isCarrying else { return false }
        cut = .none
        for length in [Self.likelyRest, Self.longestRest] {
            guard work.pause == 0, let event = input.extendCarry(upTo: length) else { break }
            switch takeKnown(from: 0, upTo: input.chunk.count, behind: event, format, &work) {
            case .some: return true
            case .unreadable where !input.isCarrying: return true
            case .cut where length < input.chunk.count: continue
            default: break
            }
            break
        }
        let chunk = input.showCarry()
        work.scanner.reset()
        let step = nextFrame(&work.scanner)
        assert(step == .needMore, "a cut event is whole")
        work.scanner.reset()
        input.setCarryAside(before: chunk)
        return false
    }
}
