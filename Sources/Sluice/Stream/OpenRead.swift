// A read of one chunk: what a `DeltaReader` hands out delta by delta, and what stays open between two calls of somebody whose
// lifetimes no compiler sees, the C ABI.
//
// A `DeltaReader` borrows its chunk, engine and stream, so it cannot be stored. This is what is in it, without the borrowing:
// whoever opens it keeps engine and stream as long as it is there, and the chunk where it is until `next` has returned false or
// thrown, and sees to it that meanwhile nothing else is read by the engine, and that the stream is not touched.

/// The deltas of one chunk, a page at a time.
///
/// Two words, because a reader that is larger than four is returned in memory, and copied from there by whoever made it. It has
/// no deinit: see the contract in Cores.swift.
package struct OpenRead: ~Copyable {
    private let engine: Lent<EngineCore>
    /// What the engine knows the read by; 0 if there is nothing to read.
    private let number: UInt

    /// The read of a chunk that was begun, if `hasDeltas` says that there is something to read.
    @inline(__always)
    init(_ stream: Lent<StreamCore>, _ engine: EngineCore, hasDeltas: Bool = true) {
        number = engine.open(stream, hasDeltas: hasDeltas)
        self.engine = Lent(engine)
    }

    /// No read: there is nothing to be read on.
    fileprivate init(noneOf engine: EngineCore) {
        number = 0
        self.engine = Lent(engine)
    }

    /// Reads on; false where all of the chunk was read, and it may go.
    ///
    /// - Throws: as ``DeltaReader/next()``; then too the chunk may go.
    package func next() throws(SluiceError) -> Bool {
        guard number != 0 else { return false }
        return try engine.with { $0.readOn(number) }.get()
    }

    /// What was read last, to be handed out.
    @inline(__always)
    var opened: RecordsLeft { engine.with { $0.work.page.open($0.work.records.places) } }
}

extension Engine {
    /// What stands for a read where there is none.
    package var noRead: OpenRead { OpenRead(noneOf: core) }

    /// Opens a read of `chunk`.
    package mutating func open(_ chunk: RawSpan, of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        let hasDeltas = resumed.with { $0.state.begin(Window(lending: chunk), &core.work) }
        return OpenRead(resumed, core, hasDeltas: hasDeltas)
    }

    /// Opens a read of what was filled in.
    package mutating func openFilled(of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        resumed.with { $0.state.beginRing(&core.work) }
        return OpenRead(resumed, core)
    }

    /// Opens a read of what the end of the input brings forth.
    package mutating func openEnd(of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        resumed.with { $0.state.beginEnd(&core.work) }
        return OpenRead(resumed, core)
    }

    /// What the read that is open has read last, until it reads on.
    package var page: OpenPage { OpenPage(core.work.records.places, core.work.page.place) }

    /// The error of an event of the last page that could not be read, by its number; nil where there is none of that number.
    package func problem(_ number: Int64) -> SluiceError? { core.work.page.place.knownProblem(number) }
}
