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
    let core = EngineCore()

    /// An engine with small buffers, which grow to the largest event that it meets.
    public init() {}

    /// Reads the deltas of a borrowed chunk of `stream`; ask until nil.
    @_lifetime(&self, &stream, copy chunk)
    public mutating func read(_ chunk: RawSpan, of stream: inout TokenStream) -> DeltaReader {
        stream.core.state.begin(Window(lending: chunk), &core.work)
        return DeltaReader(stream.core, core, isFinal: false)
    }

    /// As ``read(_:of:)-(RawSpan,_)``, of bytes such as `[UInt8].span`.
    @_lifetime(&self, &stream, copy chunk)
    public mutating func read(_ chunk: Span<UInt8>, of stream: inout TokenStream) -> DeltaReader {
        read(chunk.rawBytes, of: &stream)
    }

    /// Reads the deltas of what was filled into `stream`'s ring since; ask until nil.
    @_lifetime(&self, &stream)
    public mutating func pull(_ stream: inout TokenStream) -> DeltaReader {
        stream.core.state.beginRing(&core.work)
        return DeltaReader(stream.core, core, isFinal: false)
    }

    /// Reads the deltas that the end of `stream`'s input brings forth; ask until nil.
    @_lifetime(&self, &stream)
    public mutating func readEnd(of stream: inout TokenStream) -> DeltaReader {
        stream.core.state.beginEnd(&core.work)
        return DeltaReader(stream.core, core, isFinal: true)
    }
}

final class EngineCore {
    let page: PagePlace
    var work: EngineWork

    init() {
        let page = DeltaPage()
        self.page = page.place
        work = EngineWork(page: page)
    }
}

/// What one stream keeps between reads: an unfinished event, and how far it has come.
///
/// It may move between tasks, but belongs to one at a time.
///
/// ```swift
/// var engine = Engine()
/// var stream = try TokenStream(format: .ollamaGenerate)
/// let chunk: [UInt8] = Array("{\"response\":\"Hi\",\"done\":true}\n".utf8)
/// try stream.fill(chunk.span)
/// var reader = engine.pull(&stream)
/// while let delta = try reader.next() { print(delta.string) }
/// assert(stream.end.status == .complete)
/// ```
public struct TokenStream: ~Copyable {
    let core: StreamCore

    /// A stream of one format, or with nil of whichever the first events show.
    ///
    /// - Parameter kinds: The kinds of deltas that are told, beside events that cannot be read; nil for all. What is not
    ///   wanted is passed over, and of text that is passed over the escapes are not checked.
    /// - Throws: `invalidPath` for a table of your own that cannot be compiled.
    public init(
        format: WireFormat? = nil, limits: Limits = Limits(), layout: BufferLayout = .mirrored,
        kinds: Set<DeltaKind>? = nil
    ) throws(SluiceError) {
        let compiled = try format.map { format throws(SluiceError) in try CompiledFormat.of(format) }
        core = StreamCore(
            StreamState(
                format: compiled, framing: format?.framing, limits: limits, layout: layout,
                kinds: kinds?.bits ?? .max))
    }

    /// The format's name, once it is known.
    public var formatName: String? { core.state.format?.format.name }

    /// How the stream has come so far.
    public var end: StreamEnd { core.state.end }

    /// Bytes that were looked at for delimiters; no more than have come, however they were cut.
    public var scannedBytes: UInt64 { core.state.input.scannedBytes }

    /// Bytes of memory that the stream's own buffers hold.
    public var allocatedBytes: Int { core.state.allocatedBytes }

    /// Lets `producer` write up to `bytes` bytes into the stream's ring, as `read(2)` would.
    @unsafe
    public mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        unsafe try core.state.fill(bytes, producer)
    }

    /// As ``fill(_:)-(RawSpan)``, of bytes such as `[UInt8].span`.
    public mutating func fill(_ chunk: Span<UInt8>) throws(SluiceError) { try fill(chunk.rawBytes) }

    /// Copies `chunk` into the stream's ring.
    public mutating func fill(_ chunk: RawSpan) throws(SluiceError) {
        try core.state.fill(Window(lending: chunk))
    }
}

final class StreamCore {
    var state: StreamState
    init(_ state: consuming StreamState) { self.state = state }
}

extension TokenStream: @unchecked Sendable {}
