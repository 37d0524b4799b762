/// Parses one stream: takes chunks of bytes, emits deltas.
///
/// ```swift
/// var parser = StreamParser(format: .openAIChat)
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n".utf8)
/// try parser.parse(chunk.span) { delta in
///     if delta.kind == .text { print(delta.string, terminator: "") }
/// }
/// let end = try parser.finish { _ in }
/// assert(end.status == .complete)
/// ```
///
/// A parser belongs to one task at a time. To share its buffers between many streams of one thread, see ``Engine``.
public struct StreamParser: ~Copyable {
    private let engine = EngineCore()
    private let stream: StreamCore

    /// Creates a parser for one format, or for the format that the first events show.
    ///
    /// If a custom format cannot be compiled, the first read throws ``SluiceError/Code/invalidPath``. ``WireFormat/validate()``
    /// throws it at once.
    /// - Parameters:
    ///   - format: The stream's format; nil to detect it from the first events.
    ///   - own: Formats of one's own that detection tries before the built-in ones, by their ``WireFormat/signature``.
    ///   - limits: Bounds of the stream's events and memory.
    ///   - layout: Layout of the parser's own buffer, which only `fill` uses.
    ///   - kinds: Delta kinds to emit. ``DeltaKind/malformed`` is always emitted. Text of other kinds is not
    ///     decoded, and its escapes are not checked.
    public init(
        format: WireFormat? = nil, own: [WireFormat] = [], limits: Limits = Limits(), layout: BufferLayout = .mirrored,
        kinds: DeltaKinds = .answer
    ) {
        stream = StreamCore(StreamBeginning(format, limits, layout, kinds, own: own).makeState())
    }

    /// The format's name; nil until the format is known.
    public var formatName: String? { stream.format?.format.name }

    /// The state of the stream: its status and counts, as if the input ended here.
    public var end: StreamEnd {
        stream.settle()
        return stream.state.end
    }

    /// Examinations of bytes so far: a byte counts each time that it is searched for delimiters, compared with an event
    /// template, indexed by simdjson, read for what no rule reads, or checked for its checksum or as UTF-8.
    ///
    /// At most three for each received byte, for all chunk sizes and both kinds of buffer, plus a constant of some tens of
    /// thousands. Two exceptions: an event from which no rule reads anything, and that may be an error by its keys, is
    /// indexed again, as are errors: in all at most five times. And after a damaged prelude of an AWS event stream, whose
    /// lengths are not trusted, the checksum of a prelude is computed at every possible position, which takes up to eight
    /// examinations a byte. Following the index, copying and decoding are not counted; each happens at most once a byte.
    public var examinedBytes: UInt64 {
        engine.work.looks &+ stream.looks
    }

    /// Returns a reader of the deltas of a borrowed chunk; call its `next()` until it returns nil.
    ///
    /// Events that are complete in the chunk are parsed in place; the tail of an unfinished one is copied.
    /// - Complexity: linear in the chunk's bytes, for every chunk size.
    @_lifetime(&self, copy chunk)
    public mutating func read(_ chunk: Span<UInt8>) -> DeltaReader {
        stream.settle()
        let hasDeltas = stream.state.begin(Window(lending: chunk.rawBytes), &engine.work)
        return DeltaReader(Lent(stream), engine, hasDeltas: hasDeltas)
    }

    /// Calls `body` with each delta of a borrowed chunk.
    ///
    /// - Throws: as ``DeltaReader/next()``: the errors that end the stream.
    public mutating func parse(_ chunk: Span<UInt8>, _ body: (borrowing Delta) -> Void) throws(SluiceError) {
        var reader = read(chunk)
        while let delta = try reader.next() { body(delta) }
    }

    /// Calls `producer` with `bytes` free bytes of the parser's own ring, to write to as `read(2)` does. Then call ``pull()``.
    ///
    /// - Returns: the number of bytes written, as returned by `producer`. If allocation fails, `producer` is not called, the
    ///   result is 0, and the next read throws ``SluiceError/Code/outOfMemory``.
    @unsafe
    public mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        stream.settle()
        return unsafe try stream.state.fill(bytes, producer)
    }

    /// Copies `chunk` into the parser's own ring. Then call ``pull()``.
    public mutating func fill(_ chunk: Span<UInt8>) throws(SluiceError) {
        stream.settle()
        try stream.state.fill(Window(lending: chunk.rawBytes))
    }

    /// Returns a reader of the deltas of all bytes filled in so far; call its `next()` until it returns nil.
    @_lifetime(&self)
    public mutating func pull() -> DeltaReader {
        stream.settle()
        stream.state.beginRing(&engine.work)
        return DeltaReader(Lent(stream), engine)
    }

    /// Ends the input, and returns a reader of its last deltas: those of an event whose blank line is missing.
    ///
    /// Call its `next()` until it returns nil; ``end`` then says how the stream ended.
    @_lifetime(&self)
    public mutating func finish() -> DeltaReader {
        stream.settle()
        stream.state.beginEnd(&engine.work)
        return DeltaReader(Lent(stream), engine)
    }

    /// Ends the input: calls `body` with the remaining deltas, and returns how the stream ended.
    ///
    /// With `{ _ in }` the remaining deltas are dropped.
    /// - Throws: `notAStream` or `unknownFormat` if nothing could be read, `abandoned` if a reader was dropped before it
    ///   returned nil, and as ``DeltaReader/next()``.
    @discardableResult
    public mutating func finish(_ body: (borrowing Delta) -> Void) throws(SluiceError) -> StreamEnd {
        var reader = finish()
        while let delta = try reader.next() { body(delta) }
        return end
    }
}

// Disfavoured, so that a body that does not throw leaves the type of the errors known.
extension StreamParser {
    /// Calls `body`, which may throw, with each delta of a borrowed chunk.
    ///
    /// If `body` throws, the rest of the chunk is lost, as when a reader is dropped: every later read throws
    /// ``SluiceError/Code/abandoned``.
    /// - Throws: what `body` throws, and as ``DeltaReader/next()``.
    @_disfavoredOverload
    public mutating func parse(_ chunk: Span<UInt8>, _ body: (borrowing Delta) throws -> Void) throws {
        var reader = read(chunk)
        while let delta = try reader.next() { try body(delta) }
    }

    /// Ends the input: calls `body`, which may throw, with the remaining deltas, and returns how the stream ended.
    ///
    /// If `body` throws, the remaining deltas are lost, and every later read throws ``SluiceError/Code/abandoned``.
    /// - Throws: what `body` throws, and as the `finish` whose body does not throw.
    @_disfavoredOverload
    @discardableResult
    public mutating func finish(_ body: (borrowing Delta) throws -> Void) throws -> StreamEnd {
        var reader = finish()
        while let delta = try reader.next() { try body(delta) }
        return end
    }
}
