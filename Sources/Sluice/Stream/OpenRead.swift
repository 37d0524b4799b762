// A read of one chunk: what a `DeltaReader` hands out delta by delta, and what stays open between two calls of somebody whose
// lifetimes no compiler sees, the C ABI.
//
// A `DeltaReader` borrows its chunk, engine and stream, so it cannot be put by. This is what is in it, without the borrowing:
// whoever opens it keeps engine and stream as long as it is there, and the chunk where it is until `next` has returned false or
// thrown, and sees to it that meanwhile nothing else is read by the engine, and that the stream is not touched.

/// The deltas of one chunk, a page at a time.
package struct OpenRead: ~Copyable {
    private let stream: Lent<StreamCore>
    private let engine: Lent<EngineCore>
    private let isFinal: Bool
    /// All of the chunk was read, or an error has ended the stream.
    private(set) var isDone: Bool
    /// All of the chunk was read, but what was read last has not been handed out yet.
    private var isLast = false

    @inline(__always)
    init(_ stream: StreamCore, _ engine: EngineCore, isFinal: Bool, hasDeltas: Bool = true) {
        if !hasDeltas { engine.park(stream) }
        isDone = !hasDeltas
        self.stream = Lent(stream)
        self.engine = Lent(engine)
        self.isFinal = isFinal
    }

    @inline(__always)
    deinit {
        if !isDone {
            stream.with { stream in
                stream.state.abandon()
                engine.with { $0.park(stream) }
            }
        }
    }

    /// Reads on; false where all of the chunk was read, and it may go.
    ///
    /// - Throws: as ``DeltaReader/next()``; then too the chunk may go.
    package mutating func next() throws(SluiceError) -> Bool {
        if isDone { return false }
        if isLast {
            isDone = true
            engine.with { engine in
                stream.with { stream in
                    stream.state.leaveRead()
                    engine.park(stream)
                }
            }
            return false
        }
        let isFinal = isFinal
        let step = engine.with { engine in
            stream.with { stream -> Result<Bool, SluiceError> in
                do throws(SluiceError) {
                    let hasMore = try stream.state.refill(&engine.work, isFinal: isFinal)
                    if !hasMore { engine.park(stream) }
                    return .success(hasMore)
                } catch {
                    engine.work.records.removeAll()
                    engine.park(stream)
                    return .failure(error)
                }
            }
        }
        switch step {
        case .success(let hasMore):
            isDone = !hasMore
            isLast = stream.with { $0.state.hasReadAll }
            return hasMore
        case .failure(let error):
            isDone = true
            throw error
        }
    }

    /// What was read last.
    var places: RecordPlaces { engine.with { $0.work.records.places } }
}

extension Engine {
    /// Opens a read of `chunk`.
    package mutating func open(_ chunk: RawSpan, of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        let hasDeltas = resumed.state.begin(Window(lending: chunk), &core.work)
        return OpenRead(resumed, core, isFinal: false, hasDeltas: hasDeltas)
    }

    /// Opens a read of what was filled in.
    package mutating func openFilled(of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        resumed.state.beginRing(&core.work)
        return OpenRead(resumed, core, isFinal: false)
    }

    /// Opens a read of what the end of the input brings forth.
    package mutating func openEnd(of stream: inout TokenStream) -> OpenRead {
        let resumed = core.resume(stream.parked)
        resumed.state.beginEnd(&core.work)
        return OpenRead(resumed, core, isFinal: true)
    }

    /// What the read that is open has read last, until it reads on.
    package var page: OpenPage { OpenPage(core.work.records.places, core.work.page.place) }

    /// The error of an event of the last page that could not be read, by its number; nil where there is none of that number.
    package func problem(_ number: Int64) -> SluiceError? { core.work.page.place.knownProblem(number) }
}
