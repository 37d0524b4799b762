// Events that the end of a chunk cuts and whose beginning matches an event template, so no event ends in it. The beginning is
// carried unframed and matched together with its end, neither framed nor parsed.
//
//     chunk 1 … event|event|beg     cut ahead, at the end of the chunk
//     carry                |beg|inning of ch   cut before the next chunk: what is carried, and the first bytes behind it
//     chunk 2                  |inning|event … goes on behind the event
//
// If the next chunk ends inside the event too, it is carried once more. If it matches no template after all, or a third chunk
// ends inside it, it is framed as all others. So a byte is compared at most three times.

extension StreamState {
    /// The size that nearly every event has at least.
    static var leastEvent: Int { 48 }
    /// Whether a chunk is so small that it cuts nearly all events with the template that matched last, most of them repeatedly.
    @inline(__always)
    static func isSmall(_ chunk: Int, _ least: Int) -> Bool {
        chunk < 256 && chunk < max(leastEvent, least * 5 / 4)
    }
    /// The bytes of the chunk that are first compared as the rest of a cut event; if it is longer, as many as a template may
    /// have.
    private static var likelyRest: Int { 512 }
    private static var longestRest: Int { 64 * 1024 }

    /// The bytes of the chunk from `position`, where the framer is, are the beginning of an event that matches a template: they
    /// are carried unframed, unless they were scanned for delimiters together with events before.
    @inline(__always)
    mutating func noteCut(at position: Int, least: Int) {
        guard rest == .framed, !input.isLast, !Self.isSmall(input.chunk.count, least),
            input.chunk.count - position <= limits.maxEventBytes, input.scanned <= position
        else { return }
        rest = .ahead
    }

    /// Reads the cut event, if the chunk has its end and it matches, and the matching events after it; or carries it once more.
    /// False if neither is possible, and the received part of the event was framed.
    mutating func takeCut(_ format: CompiledFormat, _ work: inout EngineWork) -> Bool {
        // In a ring, the cut event precedes the new bytes and is read with them.
        let isFirst = rest == .before
        rest = .framed
        guard input.isCarrying else { return false }
        for length in [Self.likelyRest, Self.longestRest] {
            guard work.templates.pause == 0, let event = input.extendCarry(upTo: length) else { break }
            switch match(from: 0, upTo: input.chunk.count, behind: event, format, &work) {
            case .some, .someUpToArguments: return true
            case .unreadable where !input.isCarrying: return true
            case .cut where length < input.chunk.count: continue
            case .cut where isFirst && !input.isLast && event.count <= limits.maxEventBytes:
                rest = .aheadAgain
                return true
            default: break
            }
            break
        }
        let chunk = input.showCarry()
        work.scanner.reset()
        let step = framer.next(&input, &work.scanner, limit: limits.maxEventBytes)
        assert(step == .needMore, "a cut event is whole")
        work.scanner.reset()
        input.setCarryAside(before: chunk)
        return false
    }
}
