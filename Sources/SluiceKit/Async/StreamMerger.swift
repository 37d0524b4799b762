public import Sluice

/// Reads several streams with one engine, without tasks. The caller feeds each chunk with the name of its stream.
///
/// ```swift
/// var merger = StreamMerger<String>()
/// merger.open("planner", format: .textField)
/// try merger.feed(Array("data: {\"text\":\"Hi\"}\n\n".utf8).span, of: "planner") { name, delta in print(name, delta.string) }
/// let end = try merger.finish("planner") { _, _ in }
/// assert(end.status == .truncated && merger.isEmpty)
/// ```
///
/// A stream is open from ``open(_:format:limits:kinds:)`` to ``finish(_:_:)``, or until a call for it throws.
public struct StreamMerger<ID: Hashable>: ~Copyable {
    /// Holds a noncopyable stream in a dictionary.
    private final class Box {
        var stream: TokenStream

        init(_ stream: consuming TokenStream) { self.stream = stream }
    }

    private var engine = Engine()
    private var boxes: [ID: Box] = [:]

    /// Creates a merger without streams.
    public init() {}

    /// Whether no stream is open.
    public var isEmpty: Bool { boxes.isEmpty }

    /// Whether a stream of this name is open.
    public func isOpen(_ id: ID) -> Bool { boxes[id] != nil }

    /// Opens a stream. If a custom format cannot be compiled, the first call for the stream throws `invalidPath`.
    ///
    /// - Parameters:
    ///   - id: The stream's name.
    ///   - format: The stream's format; nil to detect it from the first events.
    ///   - limits: Bounds of the stream's events and memory.
    ///   - kinds: Delta kinds to emit. `malformed` is always emitted.
    /// - Precondition: no stream with this name is open.
    public mutating func open(
        _ id: ID, format: WireFormat? = nil, limits: Limits = Limits(), kinds: DeltaKinds = .answer
    ) {
        precondition(boxes[id] == nil, "a stream with this name is already open")
        boxes[id] = Box(TokenStream(format: format, limits: limits, kinds: kinds))
    }

    /// Calls `body` with the stream's name and each delta of its next chunk.
    ///
    /// - Throws: as ``/Sluice/DeltaReader/next()``: an error that ends the stream and closes it.
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

    /// Ends and closes a stream: calls `body` with the remaining deltas, and returns how the stream ended.
    ///
    /// - Throws: `notAStream` or `unknownFormat` if nothing could be read.
    /// - Precondition: the stream is open.
    @discardableResult
    public mutating func finish(_ id: ID, _ body: (ID, borrowing Delta) -> Void) throws(SluiceError) -> StreamEnd {
        let box = box(id)
        boxes[id] = nil
        try Self.finish(&box.stream, &engine) { body(id, $0) }
        return box.stream.end
    }

    /// The status and counts of a stream so far; nil if no stream with this name is open.
    public func end(of id: ID) -> StreamEnd? { boxes[id]?.stream.end }

    private func box(_ id: ID) -> Box {
        guard let box = boxes[id] else { preconditionFailure("no stream with this name is open") }
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
        var reader = engine.finish(&stream)
        while let delta = try reader.next() { body(delta) }
    }
}
