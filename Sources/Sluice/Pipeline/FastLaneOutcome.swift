// What the loop has to know of the fast lane.

/// The result of comparing the next events with templates.
enum TemplateStep {
    /// The chunk was read, or what is left of it is the beginning of an event that matches so far.
    case all
    /// Events may have been read, and the next one may match.
    case some
    /// Events may have been read; the next one has to be framed.
    case none
}

/// What the fast lane leaves at the end of a chunk.
enum ChunkRest {
    /// What is left was framed, or is not its concern.
    case framed
    /// Nothing: the chunk ends with the matching event that was read last.
    case nothing
    /// The cut event is at the end of the current chunk, for the first or second time.
    case ahead
    case aheadAgain
    /// It is before the current chunk: in the carry, or at the beginning of the ring.
    case before
    case beforeAgain

    var isAhead: Bool {
        @inline(__always) get { self == .ahead || self == .aheadAgain }
    }
    var isBefore: Bool {
        @inline(__always) get { self == .before || self == .beforeAgain }
    }

    /// Where it is when the next chunk begins.
    var inNextChunk: ChunkRest { self == .ahead ? .before : self == .aheadAgain ? .beforeAgain : .framed }
}

#if SLUICE_WITHOUT_FAST_LANE
// In place of the folder FastLane, which tests leave out once to show that the answers do not depend on it.

struct EventTemplates: ~Copyable {
    enum Lesson {
        case document, silent, marker, text
    }

    var looks: UInt64 { 0 }
    func looked(at bytes: Int) {}
    func parsed(events: Int, bytes: Int) {}
    func parsedOther() {}
    func indexable(_ length: Int, of available: Int, _ parser: borrowing CaptureParser) -> Int { available }
}

extension StreamState {
    func comparesNext(_ format: CompiledFormat, _ work: borrowing EngineWork) -> Bool { false }
    func takeByTemplates(_ format: CompiledFormat, _ work: inout EngineWork) -> TemplateStep { .none }
    func learn(_ lesson: EventTemplates.Lesson, _ format: CompiledFormat, _ work: inout EngineWork) {}
    func learnLast(_ format: CompiledFormat, _ work: inout EngineWork) {}
}
#endif
