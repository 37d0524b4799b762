// A read of one chunk: the implementation of `DeltaReader`, and of the C ABI, which keeps a read open between calls.
//
// A `DeltaReader` borrows its chunk, engine and stream, so it cannot be stored. An `OpenRead` has no borrows. Its owner has to
// keep the engine and the stream alive, and the chunk unchanged, until `next` returns false or throws; until then the engine
// must not read anything else, and the stream must not be used otherwise.

/// The deltas of one chunk, a page at a time.
///
/// Two words, because a reader larger than four words is returned in memory and copied by the caller. It has no deinit: see the
/// contract in Cores.swift.
package struct OpenRead: ~Copyable {
    private let engine: Lent<EngineCore>
    /// The number of the read in its engine; 0 if there is nothing to read.
    private let number: UInt

    /// Opens a read of a begun chunk; `hasDeltas` says whether there is something to read.
    @inline(__always)
    init(_ stream: Lent<StreamCore>, _ engine: EngineCore, hasDeltas: Bool = true) {
        number = engine.open(stream, hasDeltas: hasDeltas)
        self.engine = Lent(engine)
    }

    /// A read with nothing to read.
    fileprivate init(noneOf engine: EngineCore) {
        number = 0
        self.engine = Lent(engine)
    }

    /// Reads the next page; false if the whole chunk was read and may be freed.
    ///
    /// - Throws: as ``DeltaReader/next()``; the chunk may be freed then too.
    package func next() throws(SluiceError) -> Bool {
        guard number != 0 else { return false }
        return try engine.with { $0.readOn(number) }.get()
    }

    /// The records of the latest page.
    @inline(__always)
    var opened: RecordsLeft { engine.with { $0.work.page.open($0.work.records.places) } }
}

extension Engine {
    /// A placeholder for a read.
    package var noRead: OpenRead { OpenRead(noneOf: core) }

    /// Opens a read of `chunk`.
    package mutating func open(_ chunk: Span<UInt8>, of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        let hasDeltas = resumed.with { $0.state.begin(Window(lending: chunk.rawBytes), &core.work) }
        return OpenRead(resumed, core, hasDeltas: hasDeltas)
    }

    /// Opens a read of the bytes that were filled in.
    package mutating func openFilled(of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        resumed.with { $0.state.beginRing(&core.work) }
        return OpenRead(resumed, core)
    }

    /// Opens a read of the deltas after the end of the input.
    package mutating func openEnd(of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        resumed.with { $0.state.beginEnd(&core.work) }
        return OpenRead(resumed, core)
    }

    /// The latest page of the open read, valid until it reads the next one.
    package var page: OpenPage { OpenPage(core.work.records.places, core.work.page.place) }

    /// Adds the deltas of the latest page to `answer`, whose limits have to drop what exceeds them.
    package func add(to answer: inout Accumulator) {
        precondition(answer.limits.whenExceeded == .skip, "deltas would be lost")
        var left = core.work.page.open(core.work.records.places)
        while !left.isEmpty { try? answer.add(Delta(left.take(), left.page)) }
    }

    /// The error of an unreadable event of the latest page, by its index; nil if there is none.
    package func problem(_ number: Int64) -> SluiceError? { core.work.page.place.knownProblem(number) }

    /// The details of an error of the latest page, by the offset of its event; nil if there are none.
    package func errorDetails(ofEvent offset: UInt64) -> ErrorDetails? {
        core.work.page.place.errorDetails(ofEvent: offset)
    }
}
