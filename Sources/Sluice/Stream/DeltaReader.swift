internal import CSluiceSimdjson

/// The deltas of one chunk, read one by one or a batch at a time.
///
/// Ask until nil. Dropping a reader before ``next()`` returns nil ends its stream, because the rest of the chunk is lost: the next
/// read throws ``SluiceError/Code/abandoned``.
///
/// ```swift
/// var parser = try StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// while let delta = try reader.next() {
///     print(delta.kind, delta.string)
/// }
/// ```
public struct DeltaReader: ~Copyable, ~Escapable {
    private var read: OpenRead
    @usableFromInline var left: RecordsLeft

    /// The deltas of a chunk that was begun, if `hasDeltas` says that there is something to read.
    @_lifetime(immortal)
    @inline(__always)
    init(_ stream: Lent<StreamCore>, _ engine: EngineCore, hasDeltas: Bool = true) {
        read = OpenRead(stream, engine, hasDeltas: hasDeltas)
        left = RecordsLeft(noneOf: engine.work.page.place)
    }

    /// The next delta, or nil at the end of the chunk. It is gone with the next call.
    ///
    /// - Throws: what ends the stream: `unknownFormat`, `notAStream`, `outOfMemory`, a limit that was exceeded, if
    ///   ``Limits/whenExceeded`` says so, or `abandoned` if an earlier reader was dropped before it returned nil. Events that cannot be read do not throw; they are deltas of
    ///   kind ``DeltaKind/malformed``.
    /// - Complexity: amortised constant, beside the bytes of the delta's event.
    @inlinable
    @inline(__always)
    @_lifetime(&self)
    public mutating func next() throws(SluiceError) -> Delta? {
        if left.isEmpty {
            guard try refill() else { return nil }
        }
        return Delta(left.take(), left.page)
    }

    /// The deltas of the next few events at once, or nil at the end of the chunk. They are gone with the next call.
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

    /// Reads on; false at the end of the chunk.
    @inline(never)
    @usableFromInline
    mutating func refill() throws(SluiceError) -> Bool {
        left = RecordsLeft(noneOf: left.page)
        guard try read.next() else { return false }
        left = read.opened
        return true
    }
}

/// A few deltas at once, by number.
///
/// ```swift
/// var parser = try StreamParser(format: .textField)
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

    /// Deltas in the batch.
    @inlinable public var count: Int { records.count }

    /// The delta at `position`, from 0.
    @inlinable
    public subscript(_ position: Int) -> Delta {
        @_lifetime(borrow self)
        get { Delta(records[position], records.page) }
    }
}
