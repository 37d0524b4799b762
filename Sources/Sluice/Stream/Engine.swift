/// What the streams of one thread share: simdjson's parser, marks, scratch. Streams themselves stay small.
///
/// ```swift
/// var engine = Engine()
/// var first = try TokenStream(format: .openAIChat)
/// var second = try TokenStream(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n".utf8)
/// var reader = engine.read(chunk.span, of: &first)
/// while let delta = try reader.next() { assert(delta.string == "Hi") }
/// let other: [UInt8] = Array("data: {\"text\":\"Ho\"}\n\n".utf8)
/// reader = engine.read(other.span, of: &second)
/// while let delta = try reader.next() { assert(delta.string == "Ho") }
/// ```
///
/// One read at a time: the compiler refuses a second while a reader of the first is in use.
public struct Engine: ~Copyable {
    let core: EngineCore

    /// An engine with small buffers, which grow to the largest event that it meets.
    public init() { core = EngineCore() }

    private init(_ core: EngineCore) { self.core = core }

    /// As `init()`; nil where there is no memory for its JSON parser.
    package static func make() -> Engine? {
        guard let parser = CaptureParser() else { return nil }
        return Engine(EngineCore(parser))
    }

    /// Reads the deltas of a borrowed chunk of `stream`; ask until nil.
    @_lifetime(&self, &stream, copy chunk)
    public mutating func read(_ chunk: RawSpan, of stream: inout TokenStream) -> DeltaReader {
        reader(of: Window(lending: chunk), stream)
    }

    /// As ``read(_:of:)-(RawSpan,_)``, of bytes such as `[UInt8].span`.
    @_lifetime(&self, &stream, copy chunk)
    public mutating func read(_ chunk: Span<UInt8>, of stream: inout TokenStream) -> DeltaReader {
        reader(of: Window(lending: chunk.rawBytes), stream)
    }

    @_lifetime(immortal)
    @inline(__always)
    private func reader(of chunk: Window, _ stream: borrowing TokenStream) -> DeltaReader {
        let resumed = core.resume(stream.parked)
        let hasDeltas = resumed.with { $0.state.begin(chunk, &core.work) }
        return DeltaReader(resumed, core, hasDeltas: hasDeltas)
    }

    /// Lets `producer` write up to `bytes` bytes into a ring that the engine lends to `stream`, as `read(2)` would; then
    /// ``pull(_:)``.
    ///
    /// The ring goes back to the engine when all of it is read, unless the stream has one of its own.
    /// - Returns: the bytes that the producer says it wrote.
    @unsafe
    public mutating func fill<Failure: Error>(
        _ bytes: Int, of stream: inout TokenStream,
        _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        unsafe try core.lend(to: stream.parked).kept.state.fill(bytes, producer)
    }

    /// Copies `chunk` into a ring that the engine lends to `stream`; then ``pull(_:)``.
    public mutating func fill(_ chunk: RawSpan, of stream: inout TokenStream) throws(SluiceError) {
        try core.lend(to: stream.parked).kept.state.fill(Window(lending: chunk))
    }

    /// As ``fill(_:of:)-(RawSpan,_)``, of bytes such as `[UInt8].span`.
    public mutating func fill(_ chunk: Span<UInt8>, of stream: inout TokenStream) throws(SluiceError) {
        try fill(chunk.rawBytes, of: &stream)
    }

    /// Reads the deltas of what was filled into `stream`'s ring since; ask until nil.
    @_lifetime(&self, &stream)
    public mutating func pull(_ stream: inout TokenStream) -> DeltaReader {
        let resumed = core.resume(stream.parked)
        resumed.with { $0.state.beginRing(&core.work) }
        return DeltaReader(resumed, core)
    }

    /// Reads the deltas that the end of `stream`'s input brings forth; ask until nil.
    @_lifetime(&self, &stream)
    public mutating func readEnd(of stream: inout TokenStream) -> DeltaReader {
        let resumed = core.resume(stream.parked)
        resumed.with { $0.state.beginEnd(&core.work) }
        return DeltaReader(resumed, core)
    }
}

/// What one stream keeps between reads: an unfinished event, and how far it has come.
///
/// It may move between tasks, but belongs to one at a time. Between events it holds some 200 bytes: its buffers are the
/// engine's, unless it was filled without one.
///
/// ```swift
/// var engine = Engine()
/// var stream = try TokenStream(format: .ollamaGenerate)
/// let chunk: [UInt8] = Array("{\"response\":\"Hi\",\"done\":true}\n".utf8)
/// try engine.fill(chunk.span, of: &stream)
/// var reader = engine.pull(&stream)
/// while let delta = try reader.next() { print(delta.string) }
/// assert(stream.end.status == .complete)
/// ```
public struct TokenStream: ~Copyable {
    let parked: ParkedStream

    /// A stream of one format, or with nil of whichever the first events show.
    ///
    /// Limits, kinds and layout other than the defaults, and tables of your own, take memory for each stream that is made
    /// with them: see ``init(like:)``.
    /// - Parameters:
    ///   - format: The stream's format; nil for whichever the first events show.
    ///   - limits: What the stream may take.
    ///   - layout: Of the stream's own buffer, which only `fill` uses.
    ///   - kinds: The kinds of deltas that are told, beside events that cannot be read; nil for all. What is not wanted is
    ///     passed over, and of text that is passed over the escapes are not checked.
    /// - Throws: `invalidPath` for a table of your own that cannot be compiled.
    public init(
        format: WireFormat? = nil, limits: Limits = Limits(), layout: BufferLayout = .mirrored,
        kinds: Set<DeltaKind>? = nil
    ) throws(SluiceError) {
        let compiled = try format.map { format throws(SluiceError) in try CompiledFormat.of(format) }
        parked = ParkedStream(
            format: compiled, framing: format?.framing, .of(limits, layout: layout, kinds: kinds?.bits ?? .max))
    }

    /// A fresh stream that shares its format, limits, kinds and layout with `other`, and so holds none of them itself.
    ///
    /// A stream that has found its format by its events passes on what it has found.
    public init(like other: borrowing TokenStream) {
        let source = other.parked
        let format = source.format
        parked = ParkedStream(format: format, framing: format == nil ? nil : source.framing, source.settings)
    }

    /// The format's name, once it is known.
    public var formatName: String? { parked.format?.format.name }

    /// How the stream has come so far.
    public var end: StreamEnd { parked.settledCore?.state.end ?? parked.rest.end }

    /// As ``end``, while a read of the stream is open.
    package var endDuringRead: StreamEnd { parked.core?.state.end ?? parked.rest.end }

    /// Bytes that were looked at for delimiters; no more than have come, however they were cut.
    public var scannedBytes: UInt64 { parked.core?.scannedBytes ?? parked.rest.scannedBytes }

    /// Bytes of memory that the stream's own buffers hold: none while nothing is unfinished, unless it was filled.
    public var allocatedBytes: Int { parked.settledCore?.state.allocatedBytes ?? 0 }

    /// Tells the processor that this stream is to be read soon, so that it need not wait for its memory then.
    ///
    /// Of a hundred thousand streams the one that is read next was touched long ago, and its state lies in no cache. Who knows
    /// which that will be, as one does who was told of several connections at once, calls this before reading the one before.
    /// It changes nothing that is read.
    public func prefetch() { parked.prefetch() }

    /// Lets `producer` write up to `bytes` bytes into the stream's ring, as `read(2)` would.
    ///
    /// A stream that was filled keeps its ring; of many streams ``Engine/fill(_:of:)-(RawSpan,_)`` keeps none.
    @unsafe
    public mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        unsafe try parked.ownCore().kept.state.fill(bytes, producer)
    }

    /// As ``fill(_:)-(RawSpan)``, of bytes such as `[UInt8].span`.
    public mutating func fill(_ chunk: Span<UInt8>) throws(SluiceError) { try fill(chunk.rawBytes) }

    /// Copies `chunk` into the stream's ring, which the stream keeps.
    public mutating func fill(_ chunk: RawSpan) throws(SluiceError) {
        try parked.ownCore().kept.state.fill(Window(lending: chunk))
    }
}

extension TokenStream: @unchecked Sendable {}
