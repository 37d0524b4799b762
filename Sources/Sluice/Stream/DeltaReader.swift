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
    private var index = 0
    // Looked up once a refill, so that a delta is made of its record and the page alone.
    private var records = RecordPlaces.none
    private let page: PagePlace

    /// The deltas of a chunk that was begun, if `hasDeltas` says that there is something to read.
    @_lifetime(immortal)
    @inline(__always)
    init(_ stream: StreamCore, _ engine: EngineCore, isFinal: Bool, hasDeltas: Bool = true) {
        read = OpenRead(stream, engine, isFinal: isFinal, hasDeltas: hasDeltas)
        page = engine.work.page.place
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
        while index == records.count {
            guard !read.isDone, try refill() else { return nil }
        }
        defer { index += 1 }
        return Delta(records[index], page)
    }

    /// The deltas of the next few events at once, or nil at the end of the chunk. They are gone with the next call.
    ///
    /// - Throws: as ``next()``.
    @_lifetime(&self)
    public mutating func nextBatch() throws(SluiceError) -> DeltaBatch? {
        if index == records.count {
            guard !read.isDone, try refill() else { return nil }
        }
        let first = index
        index = records.count
        return DeltaBatch(records, page, first: first)
    }

    @inline(never)
    private mutating func refill() throws(SluiceError) -> Bool {
        index = 0
        records = .none
        guard try read.next() else { return false }
        records = read.places
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
    private let first: Int

    @_lifetime(immortal)
    init(_ records: RecordPlaces, _ page: PagePlace, first: Int) {
        self.records = records
        self.page = page
        self.first = first
    }

    /// Deltas in the batch.
    public var count: Int { records.count - first }

    /// The delta at `position`, from 0.
    public subscript(_ position: Int) -> Delta {
        @_lifetime(borrow self)
        get {
            precondition(position >= 0, "deltas are numbered from 0")
            return Delta(records[first + position], page)
        }
    }
}
