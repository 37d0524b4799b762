/// Parses one stream: chunks of bytes in, deltas out.
///
/// ```swift
/// var parser = try StreamParser(format: .openAIChat)
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n".utf8)
/// try parser.parse(chunk.span) { delta in
///     if delta.kind == .text { print(delta.string, terminator: "") }
/// }
/// let end = try parser.finish()
/// assert(end.status == .complete)
/// ```
///
/// A parser belongs to one task at a time. To share its buffers between many streams of one thread, see ``Engine``.
public struct StreamParser: ~Copyable {
    private let engine = EngineCore()
    private let stream: StreamCore

    /// A parser for one format, or with nil for whichever the first events show.
    ///
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
        stream = StreamCore(
            StreamState(
                format: compiled, framing: format?.framing, .of(limits, layout: layout, kinds: kinds?.bits ?? .max)))
    }

    /// The format's name, once it is known.
    public var formatName: String? { stream.format?.format.name }

    /// How the stream has come so far.
    public var end: StreamEnd {
        stream.settle()
        return stream.state.end
    }

    /// Bytes that were looked at so far, each as often as it was: searched for delimiters, compared with events read before,
    /// indexed by simdjson, checked for their checksum or for being UTF-8.
    ///
    /// At most three for each byte that came, whatever the chunks and whichever buffer, and some tens of thousands more that
    /// depend on nothing. One exception: behind a damaged prelude of an AWS event stream, whose lengths mean nothing, the
    /// checksum of a prelude is computed at every position that may be one, up to eight looks a byte. Following the index,
    /// copying and decoding are not counted: each happens once a byte at most.
    public var examinedBytes: UInt64 {
        engine.work.scanner.looks &+ engine.work.parser.looks &+ engine.work.textLooks &+ stream.looks
    }

    /// Reads the deltas of a borrowed chunk one by one; ask until nil.
    ///
    /// Events that lie whole in the chunk are parsed there; the tail of an unfinished one is copied.
    /// - Complexity: linear in the chunk's bytes, whatever their size.
    @_lifetime(&self, copy chunk)
    public mutating func read(_ chunk: RawSpan) -> DeltaReader { reader(of: Window(lending: chunk)) }

    /// As ``read(_:)-(RawSpan)``, of bytes such as `[UInt8].span`.
    @_lifetime(&self, copy chunk)
    public mutating func read(_ chunk: Span<UInt8>) -> DeltaReader { reader(of: Window(lending: chunk.rawBytes)) }

    @_lifetime(immortal)
    @inline(__always)
    private mutating func reader(of chunk: Window) -> DeltaReader {
        stream.settle()
        let hasDeltas = stream.state.begin(chunk, &engine.work)
        return DeltaReader(Lent(stream), engine, hasDeltas: hasDeltas)
    }

    /// Hands every delta of a borrowed chunk to `body`.
    ///
    /// - Throws: what ends the stream: an unknown format, or a limit that was passed, where the limits say so.
    public mutating func parse(_ chunk: RawSpan, _ body: (borrowing Delta) -> Void) throws(SluiceError) {
        var reader = read(chunk)
        while let delta = try reader.next() { body(delta) }
    }

    /// As ``parse(_:_:)-(RawSpan,_)``, of bytes such as `[UInt8].span`.
    public mutating func parse(_ chunk: Span<UInt8>, _ body: (borrowing Delta) -> Void) throws(SluiceError) {
        try parse(chunk.rawBytes, body)
    }

    /// Lets `producer` write up to `bytes` bytes into the parser's own ring, as `read(2)` would; then ``pull()``.
    ///
    /// - Returns: the bytes that the producer says it wrote.
    @unsafe
    public mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        stream.settle()
        return unsafe try stream.state.fill(bytes, producer)
    }

    /// Copies `chunk` into the parser's own ring; then ``pull()``.
    public mutating func fill(_ chunk: RawSpan) throws(SluiceError) {
        stream.settle()
        try stream.state.fill(Window(lending: chunk))
    }

    /// As ``fill(_:)-(RawSpan)``, of bytes such as `[UInt8].span`.
    public mutating func fill(_ chunk: Span<UInt8>) throws(SluiceError) { try fill(chunk.rawBytes) }

    /// Reads the deltas of what was filled in since; ask until nil.
    @_lifetime(&self)
    public mutating func pull() -> DeltaReader {
        stream.settle()
        stream.state.beginRing(&engine.work)
        return DeltaReader(Lent(stream), engine)
    }

    /// Reads the deltas that the end of the input brings forth: the last event, if its blank line never came.
    @_lifetime(&self)
    public mutating func readEnd() -> DeltaReader {
        stream.settle()
        stream.state.beginEnd(&engine.work)
        return DeltaReader(Lent(stream), engine)
    }

    /// Ends the input: hands what is left to `body`, and returns how the stream has ended.
    ///
    /// - Throws: `notAStream` or `unknownFormat`, where nothing could be read.
    @discardableResult
    public mutating func finish(_ body: (borrowing Delta) -> Void = { _ in }) throws(SluiceError) -> StreamEnd {
        var reader = readEnd()
        while let delta = try reader.next() { body(delta) }
        return end
    }
}
