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
    private let stream: StreamCore
    private let engine: EngineCore
    private let isFinal: Bool
    private var records: [DeltaRecord]
    private var windows = RegionWindows()
    private var index = 0
    private var isDone = false

    @_lifetime(immortal)
    init(_ stream: StreamCore, _ engine: EngineCore, isFinal: Bool) {
        self.stream = stream
        self.engine = engine
        self.isFinal = isFinal
        swap(&windows, &engine.work.windows)
        records = []
        swap(&records, &engine.work.records)
        records.removeAll(keepingCapacity: true)
    }

    deinit {
        if !isDone {
            stream.state.abandon()
            engine.park(stream)
        }
        engine.work.records = records
        engine.work.windows = windows
    }

    /// The next delta, or nil at the end of the chunk. It is gone with the next call.
    ///
    /// - Throws: what ends the stream: `unknownFormat`, `notAStream`, `outOfMemory`, or `eventTooLarge` if the limits
    ///   say so. Events that cannot be read do not throw; they are deltas of kind ``DeltaKind/malformed``.
    /// - Complexity: amortised constant, beside the bytes of the delta's event.
    @_lifetime(&self)
    public mutating func next() throws(SluiceError) -> Delta? {
        while index == records.count {
            guard try refill() else { return nil }
        }
        let record = records[index]
        index += 1
        return delta(record)
    }

    /// The deltas of the next few events at once, or nil at the end of the chunk. They are gone with the next call.
    ///
    /// - Throws: as ``next()``.
    @_lifetime(&self)
    public mutating func nextBatch() throws(SluiceError) -> DeltaBatch? {
        if index == records.count {
            guard try refill() else { return nil }
        }
        let first = index
        index = records.count
        return DeltaBatch(self, first: first)
    }

    @_lifetime(immortal)
    @inline(__always)
    func delta(_ record: DeltaRecord) -> Delta {
        let problems = record.kind == DeltaKind.malformed.rawValue ? lend(engine.work.problems, record.input) : Span()
        return Delta(record, main: windows.main(of: record), other: windows.other(of: record), problems: problems)
    }

    fileprivate var count: Int { records.count }
    fileprivate subscript(record index: Int) -> DeltaRecord { records[index] }

    // The records are moved to the engine for the refill and back, so that they are never shared, and so never copied.
    @inline(never)
    private mutating func refill() throws(SluiceError) -> Bool {
        guard !isDone else { return false }
        let core = engine
        core.work.records = records
        records = []
        index = 0
        do {
            let hasMore = try stream.state.refill(&core.work, isFinal: isFinal)
            isDone = !hasMore
            windows.update(stream.state, core.work)
            records = core.work.records
            core.work.records = []
            if !hasMore { core.park(stream) }
            return hasMore
        } catch {
            isDone = true
            core.work.records.removeAll(keepingCapacity: true)
            core.park(stream)
            throw error
        }
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
    private let records: [DeltaRecord]
    private let windows: RegionWindows
    private let first: Int
    private let problems: [SluiceError]

    @_lifetime(borrow reader)
    fileprivate init(_ reader: borrowing DeltaReader, first: Int) {
        records = reader.allRecords
        windows = reader.allWindows
        problems = reader.allProblems
        self.first = first
    }

    /// Deltas in the batch.
    public var count: Int { records.count - first }

    /// The delta at `position`, from 0.
    public subscript(_ position: Int) -> Delta {
        @_lifetime(borrow self)
        get {
            precondition(position >= 0, "deltas are numbered from 0")
            let record = records[first + position]
            let problem = record.kind == DeltaKind.malformed.rawValue ? lend(problems, record.input) : Span()
            return Delta(record, main: windows.main(of: record), other: windows.other(of: record), problems: problem)
        }
    }
}

extension DeltaReader {
    fileprivate var allRecords: [DeltaRecord] { records }
    fileprivate var allWindows: RegionWindows { windows }
    fileprivate var allProblems: [SluiceError] { engine.work.problems }
}
