public import Sluice

/// Reads several streams through one engine without tasks: whoever has bytes of a stream feeds them under its name.
///
/// ```swift
/// var merger = StreamMerger<String>()
/// try merger.open("planner", format: .textField)
/// try merger.feed(Array("data: {\"text\":\"Hi\"}\n\n".utf8).span, of: "planner") { name, delta in print(name, delta.string) }
/// let end = try merger.finish("planner") { _, _ in }
/// assert(end.status == .truncated && merger.isEmpty)
/// ```
///
/// A stream belongs to the merger from ``open(_:format:limits:kinds:)`` to ``finish(_:_:)``, or until it throws.
public struct StreamMerger<ID: Hashable>: ~Copyable {
    /// In a box, so that a stream that cannot be copied can stand in a dictionary.
    private final class Box {
        var stream: TokenStream

        init(_ stream: consuming TokenStream) { self.stream = stream }
    }

    private var engine = Engine()
    private var boxes: [ID: Box] = [:]

    /// A merger without streams.
    public init() {}

    /// No stream is open.
    public var isEmpty: Bool { boxes.isEmpty }

    /// Whether a stream of this name is open.
    public func isOpen(_ id: ID) -> Bool { boxes[id] != nil }

    /// Opens a stream.
    ///
    /// - Parameters:
    ///   - id: Its name.
    ///   - format: Its format; nil for whichever the first events show.
    ///   - limits: What it may take.
    ///   - kinds: The kinds of deltas that are told, beside events that cannot be read; nil for all.
    /// - Throws: `invalidPath` for a table of your own that cannot be compiled.
    /// - Precondition: no stream of this name is open.
    public mutating func open(
        _ id: ID, format: WireFormat? = nil, limits: Limits = Limits(), kinds: Set<DeltaKind>? = nil
    ) throws(SluiceError) {
        precondition(boxes[id] == nil, "a stream of this name is open")
        boxes[id] = Box(try TokenStream(format: format, limits: limits, kinds: kinds))
    }

    /// Hands every delta of a chunk of a stream to `body`, with the stream's name.
    ///
    /// - Throws: what ends the stream, as ``/Sluice/StreamParser/parse(_:_:)-(RawSpan,_)``; it is closed then.
    /// - Precondition: the stream is open.
    public mutating func feed(
        _ chunk: Span<UInt8>, of id: ID, _ body: (ID, borrowing Delta) -> Void
    ) throws(SluiceError) {
        let box = box(id)
        do {
            try Self.feed(chunk, of: &box.stream, &engine) { body(id, $0) }
        } catch {
            boxes[id] = nil
            throw error
        }
    }

    /// Ends a stream: hands what is left to `body`, says whether it was complete, truncated, failed or empty, and closes it.
    ///
    /// - Throws: `notAStream` or `unknownFormat`, where nothing could be read.
    /// - Precondition: the stream is open.
    @discardableResult
    public mutating func finish(_ id: ID, _ body: (ID, borrowing Delta) -> Void) throws(SluiceError) -> StreamEnd {
        let box = box(id)
        boxes[id] = nil
        try Self.finish(&box.stream, &engine) { body(id, $0) }
        return box.stream.end
    }

    /// How a stream has come so far; nil where none of this name is open.
    public func end(of id: ID) -> StreamEnd? { boxes[id]?.stream.end }

    private func box(_ id: ID) -> Box {
        guard let box = boxes[id] else { preconditionFailure("no stream of this name is open") }
        return box
    }

    private static func feed(
        _ chunk: Span<UInt8>, of stream: inout TokenStream, _ engine: inout Engine, _ body: (borrowing Delta) -> Void
    ) throws(SluiceError) {
        var reader = engine.read(chunk, of: &stream)
        while let delta = try reader.next() { body(delta) }
    }

    private static func finish(
        _ stream: inout TokenStream, _ engine: inout Engine, _ body: (borrowing Delta) -> Void
    ) throws(SluiceError) {
        var reader = engine.readEnd(of: &stream)
        while let delta = try reader.next() { body(delta) }
    }
}
