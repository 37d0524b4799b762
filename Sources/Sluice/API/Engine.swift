/// The memory that the streams of one thread share: simdjson's parser and index, event templates, scratch buffers.
///
/// ```swift
/// var engine = Engine()
/// var first = TokenStream(format: .openAIChat)
/// var second = TokenStream(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n".utf8)
/// var reader = engine.read(chunk.span, of: &first)
/// while let delta = try reader.next() { assert(delta.string == "Hi") }
/// let other: [UInt8] = Array("data: {\"text\":\"Ho\"}\n\n".utf8)
/// reader = engine.read(other.span, of: &second)
/// while let delta = try reader.next() { assert(delta.string == "Ho") }
/// ```
///
/// An engine has one read in progress at a time: the compiler rejects a second one while a reader of the first is in use.
public struct Engine: ~Copyable {
    let core: EngineCore

    /// Creates an engine with small buffers, which grow to the largest event that it reads.
    public init() { core = EngineCore() }

    private init(_ core: EngineCore) { self.core = core }

    /// As `init()`; nil if the allocation of its JSON parser fails.
    package static func make() -> Engine? {
        guard let parser = CaptureParser() else { return nil }
        return Engine(EngineCore(parser))
    }

    /// Returns a reader of the deltas of a borrowed chunk of `stream`; call its `next()` until it returns nil.
    ///
    /// - Complexity: linear in the chunk's bytes, for every chunk size.
    @_lifetime(&self, &stream, copy chunk)
    public mutating func read(_ chunk: Span<UInt8>, of stream: inout TokenStream) -> DeltaReader {
        let resumed = core.resume(stream.parked)
        let hasDeltas = resumed.with { $0.state.begin(Window(lending: chunk.rawBytes), &core.work) }
        return DeltaReader(resumed, core, hasDeltas: hasDeltas)
    }

    /// Calls `producer` with `bytes` free bytes of a ring that the engine lends to `stream`, to write to as `read(2)` does.
    /// Then call ``pull(_:)``.
    ///
    /// The ring returns to the engine when all of its bytes are read, unless the stream has its own ring.
    /// - Returns: the number of bytes written, as returned by `producer`. If allocation fails, `producer` is not called, the
    ///   result is 0, and the next read throws ``SluiceError/Code/outOfMemory``.
    @unsafe
    public mutating func fill<Failure: Error>(
        _ bytes: Int, of stream: inout TokenStream,
        _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        unsafe try core.lend(to: stream.parked).kept.state.fill(bytes, producer)
    }

    /// Copies `chunk` into a ring that the engine lends to `stream`. Then call ``pull(_:)``.
    public mutating func fill(_ chunk: Span<UInt8>, of stream: inout TokenStream) throws(SluiceError) {
        try core.lend(to: stream.parked).kept.state.fill(Window(lending: chunk.rawBytes))
    }

    /// Returns a reader of the deltas of all bytes filled into `stream`'s ring; call its `next()` until it returns nil.
    @_lifetime(&self, &stream)
    public mutating func pull(_ stream: inout TokenStream) -> DeltaReader {
        let resumed = core.resume(stream.parked)
        resumed.with { $0.state.beginRing(&core.work) }
        return DeltaReader(resumed, core)
    }

    /// Ends the input of `stream`, and returns a reader of its last deltas; call its `next()` until it returns nil.
    @_lifetime(&self, &stream)
    public mutating func finish(_ stream: inout TokenStream) -> DeltaReader {
        let resumed = core.resume(stream.parked)
        resumed.with { $0.state.beginEnd(&core.work) }
        return DeltaReader(resumed, core)
    }
}

/// The state of one stream between reads: its progress, and the bytes of an unfinished event.
///
/// It may move between tasks, but belongs to one at a time. Between events it holds about 200 bytes: its buffers belong to
/// the engine, unless the stream was filled without one.
///
/// ```swift
/// var engine = Engine()
/// var stream = TokenStream(format: .ollamaGenerate)
/// let chunk: [UInt8] = Array("{\"response\":\"Hi\",\"done\":true}\n".utf8)
/// try engine.fill(chunk.span, of: &stream)
/// var reader = engine.pull(&stream)
/// while let delta = try reader.next() { print(delta.string) }
/// assert(stream.end.status == .complete)
/// ```
public struct TokenStream: ~Copyable {
    let parked: ParkedStream

    /// Creates a stream of one format, or of the format that its first events show.
    ///
    /// If a custom format cannot be compiled, the first read throws ``SluiceError/Code/invalidPath``. ``WireFormat/validate()``
    /// throws it at once. Custom formats, and limits, kinds and layout other than the defaults, take memory for each stream that is created
    /// with them. ``init(like:)`` avoids this.
    /// - Parameters:
    ///   - format: The stream's format; nil to detect it from the first events.
    ///   - own: Formats of one's own that detection tries before the built-in ones, by their ``WireFormat/signature``.
    ///   - limits: Bounds of the stream's events and memory.
    ///   - layout: Layout of the stream's own buffer, which only `fill` uses.
    ///   - kinds: Delta kinds to emit. ``DeltaKind/malformed`` is always emitted. Text of other kinds is not
    ///     decoded, and its escapes are not checked.
    public init(
        format: WireFormat? = nil, own: [WireFormat] = [], limits: Limits = Limits(), layout: BufferLayout = .mirrored,
        kinds: DeltaKinds = .answer
    ) {
        parked = ParkedStream(StreamBeginning(format, limits, layout, kinds, own: own))
    }

    /// Creates a stream that shares the format, limits, kinds and layout of `other` instead of storing its own.
    ///
    /// If `other` has detected its format, the new stream has that format too.
    public init(like other: borrowing TokenStream) {
        let source = other.parked
        let format = source.format
        parked = ParkedStream(
            StreamBeginning(source.settings, format: format, framing: format == nil ? nil : source.framing))
    }

    /// The format's name; nil until the format is known.
    public var formatName: String? { parked.format?.format.name }

    /// The state of the stream: its status and counts, as if the input ended here.
    public var end: StreamEnd { parked.settledCore?.state.end ?? parked.rest.end }

    /// As ``end``, while a read of the stream is open.
    package var endDuringRead: StreamEnd { parked.core?.state.end ?? parked.rest.end }

    /// Bytes that were searched for delimiters; never more than were received, for every chunk size.
    public var scannedBytes: UInt64 { parked.core?.scannedBytes ?? parked.rest.scannedBytes }

    /// Bytes of memory in the stream's own buffers: 0 between events, unless the stream was filled without an engine.
    public var allocatedBytes: Int { parked.settledCore?.state.allocatedBytes ?? 0 }

    /// Prefetches the stream's memory into the processor's cache, so that a read that follows soon does not wait for it.
    ///
    /// Among a hundred thousand streams, the state of the next one is usually in no cache. If an event loop reports several
    /// ready connections at once, call this before reading the stream that precedes this one. It does not change any result.
    public func prefetch() { parked.prefetch() }

    /// Begins the stream anew, with the format, limits, kinds and layout with which it was created.
    ///
    /// It is as a new stream, whatever state it was in: unfinished, ended, failed or abandoned. A format that was detected is
    /// detected again; one that ``init(like:)`` has taken from another stream remains. Nothing is allocated: the stream keeps its
    /// ring, and the memory of an unfinished event until the next read ends.
    public mutating func reset() { parked.reset() }

    /// Calls `producer` with `bytes` free bytes of the stream's own ring, to write to as `read(2)` does.
    ///
    /// The stream keeps its ring. For many streams use ``Engine/fill(_:of:)``, which lends the engine's ring.
    /// - Returns: the number of bytes written, as returned by `producer`. If allocation fails, `producer` is not called, the
    ///   result is 0, and the next read throws ``SluiceError/Code/outOfMemory``.
    @unsafe
    public mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        unsafe try parked.ownCore().kept.state.fill(bytes, producer)
    }

    /// Copies `chunk` into the stream's ring, which the stream keeps.
    public mutating func fill(_ chunk: Span<UInt8>) throws(SluiceError) {
        try parked.ownCore().kept.state.fill(Window(lending: chunk.rawBytes))
    }
}

extension TokenStream: @unchecked Sendable {}
