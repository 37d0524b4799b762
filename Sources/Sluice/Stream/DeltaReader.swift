internal import CSluiceSimdjson

/// The deltas of one chunk, read one by one or a batch at a time.
///
/// Ask until nil. A reader that is given up earlier ends its stream, because the rest of its chunk is gone with it.
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
    /// Records that are to be handed out.
    private var left = RecordPlaces.none

    /// The deltas of a chunk that was begun, if `hasDeltas` says that there is something to read.
    @_lifetime(immortal)
    @inline(__always)
    init(_ stream: Lent<StreamCore>, _ engine: EngineCore, hasDeltas: Bool = true) {
        read = OpenRead(stream, engine, hasDeltas: hasDeltas)
    }

    // Ends the read. With a deinit of its own a reader is given up by a call; without, other modules would look up how.
    deinit {}

    /// The next delta, or nil at the end of the chunk. It is gone with the next call.
    ///
    /// - Throws: what ends the stream: `unknownFormat`, `notAStream`, `outOfMemory`, or a limit that was passed, if
    ///   ``Limits/whenExceeded`` says so. Events that cannot be read do not throw; they are deltas of
    ///   kind ``DeltaKind/malformed``.
    /// - Complexity: amortised constant, beside the bytes of the delta's event.
    @_lifetime(&self)
    public mutating func next() throws(SluiceError) -> Delta? {
        while left.isEmpty {
            guard !read.isDone, try refill() else { return nil }
        }
        return Delta(left.take(), read.page)
    }

    /// The deltas of the next few events at once, or nil at the end of the chunk. They are gone with the next call.
    ///
    /// - Throws: as ``next()``.
    @_lifetime(&self)
    public mutating func nextBatch() throws(SluiceError) -> DeltaBatch? {
        if left.isEmpty {
            guard !read.isDone, try refill() else { return nil }
        }
        defer { left = .none }
        return DeltaBatch(left, read.page)
    }

    @inline(never)
    private mutating func refill() throws(SluiceError) -> Bool {
        left = .none
        guard try read.next() else { return false }
        left = read.places
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
    private let records: RecordPlaces
    private let page: PagePlace

    @_lifetime(immortal)
    init(_ records: RecordPlaces, _ page: PagePlace) {
        self.records = records
        self.page = page
    }

    /// Deltas in the batch.
    public var count: Int { records.count }

    /// The delta at `position`, from 0.
    public subscript(_ position: Int) -> Delta {
        @_lifetime(borrow self)
        get { Delta(records[position], page) }
    }
}
