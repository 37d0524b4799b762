internal import CSluiceSimdjson

/// The deltas of one chunk, read one by one or in batches.
///
/// Call ``next()`` or ``nextBatch()`` until it returns nil. Dropping a reader before that ends its stream, because the rest of
/// the chunk is lost: the next read throws ``SluiceError/Code/abandoned``.
///
/// ```swift
/// var parser = StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// while let delta = try reader.next() {
///     print(delta.kind, delta.string)
/// }
/// ```
public struct DeltaReader: ~Copyable, ~Escapable {
    private var read: OpenRead
    @usableFromInline var left: RecordsLeft

    /// A reader of a chunk that the stream has begun; it reads nothing if `hasDeltas` is false.
    @_lifetime(immortal)
    @inline(__always)
    init(_ stream: Lent<StreamCore>, _ engine: EngineCore, hasDeltas: Bool = true) {
        read = OpenRead(stream, engine, hasDeltas: hasDeltas)
        left = RecordsLeft(noneOf: engine.work.page.place)
    }

    /// Returns the next delta, or nil at the end of the chunk. The delta is valid until the next call.
    ///
    /// - Throws: the errors that end the stream: `unknownFormat`, `notAStream`, `outOfMemory`, an exceeded limit if
    ///   ``Limits/whenExceeded`` is `.fail`, or `abandoned` if an earlier reader was dropped before it returned nil. Events
    ///   that cannot be read do not throw; they are deltas of kind ``DeltaKind/malformed``.
    /// - Complexity: amortised constant, apart from the bytes of the delta's event.
    @inlinable
    @inline(__always)
    @_lifetime(&self)
    public mutating func next() throws(SluiceError) -> Delta? {
        if left.isEmpty {
            guard try refill() else { return nil }
        }
        return Delta(left.take(), left.page)
    }

    /// Returns the deltas of several events at once, or nil at the end of the chunk. They are valid until the next call.
    ///
    /// - Throws: as ``next()``.
    @_lifetime(&self)
    public mutating func nextBatch() throws(SluiceError) -> DeltaBatch? {
        if left.isEmpty {
            guard try refill() else { return nil }
        }
        let batch = left
        left = RecordsLeft(noneOf: left.page)
        return DeltaBatch(batch)
    }

    /// Reads the next events; returns false at the end of the chunk.
    @inline(never)
    @usableFromInline
    mutating func refill() throws(SluiceError) -> Bool {
        left = RecordsLeft(noneOf: left.page)
        guard try read.next() else { return false }
        left = read.opened
        return true
    }
}

/// The deltas of several events, accessed by position.
///
/// ```swift
/// var parser = StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"a\"}\n\ndata: {\"text\":\"b\"}\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// while let batch = try reader.nextBatch() {
///     for position in 0..<batch.count { print(batch[position].string) }
/// }
/// ```
public struct DeltaBatch: ~Copyable, ~Escapable {
    @usableFromInline let records: RecordsLeft

    @_lifetime(immortal)
    init(_ records: RecordsLeft) { self.records = records }

    /// The number of deltas in the batch.
    @inlinable public var count: Int { records.count }

    /// The delta at `position`, from 0.
    @inlinable
    public subscript(_ position: Int) -> Delta {
        @_lifetime(borrow self)
        get { Delta(records[position], records.page) }
    }
}
