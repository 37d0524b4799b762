// Known events that the end of a chunk cut in two. Their beginning was compared with their skeleton's, so no event ends in
// it: it is put by as it is, and read together with its end, neither framed nor parsed.
//
//     chunk 1 … event|event|beg     cut ahead, at the end of the chunk
//     carry                |beg|inning of ch   cut before the next chunk: what is carried, and the first bytes behind it
//     chunk 2                  |inning|event … goes on behind the event
//
// Where the next chunk ends inside it too, it is put by once more. Where that is no known event after all, or a third
// chunk ends inside it, it is framed as all others are. So a byte is compared three times at most.

/// Whether the unfinished event was put by unframed.
enum Cut {
    case none
    /// It is at the end of the chunk that is being read.
    case ahead
    /// It is before the chunk that is being read: in the carry, or at the beginning of the ring.
    case before
}

extension StreamState {
    /// Hardly any event has fewer bytes.
    static var leastEvent: Int { 48 }
    /// Whether a chunk is so small that it cuts nearly all events like the one that was known last, and most of them several
    /// times.
    @inline(__always)
    static func isSmall(_ chunk: Int, _ leastKnown: Int) -> Bool {
        chunk < 256 && chunk < max(leastEvent, leastKnown * 5 / 4)
    }
    /// Bytes of the chunk that are taken to be the rest of an event that was cut; if it is longer, of as many as a skeleton
    /// may have.
    private static var likelyRest: Int { 512 }
    private static var longestRest: Int { 64 * 1024 }

    /// The bytes from `position` of the chunk to its end, where the framer stands, are the beginning of a known event: they
    /// are put by as they are, unless they were looked at for delimiters along with events before.
    @inline(__always)
    mutating func noteCut(at position: Int, leastKnown: Int) {
        guard cut == .none, !isLast, !Self.isSmall(input.chunk.count, leastKnown),
            input.chunk.count - position <= limits.maxEventBytes, input.scanned <= position
        else { return }
        cut = .ahead
    }

    /// Reads the event that was cut, if the chunk has its end and it is as expected, and the known ones behind it, or puts
    /// it by once more; false where neither can be, and what there is of it was framed.
    mutating func takeCut(_ format: CompiledFormat, _ work: inout EngineWork) -> Bool {
        // In a ring it lies before what has come since, and is read with it.
        guard input.isCarrying else { return false }
        cut = .none
        let isFirst = !isCutAgain
        isCutAgain = false
        for length in [Self.likelyRest, Self.longestRest] {
            guard work.pause == 0, let event = input.extendCarry(upTo: length) else { break }
            switch takeKnown(from: 0, upTo: input.chunk.count, behind: event, format, &work) {
            case .some: return true
            case .unreadable where !input.isCarrying: return true
            case .cut where length < input.chunk.count: continue
            case .cut where isFirst && !isLast && event.count <= limits.maxEventBytes:
                cut = .ahead
                isCutAgain = true
                return true
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
