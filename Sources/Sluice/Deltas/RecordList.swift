internal import CSluiceSimdjson

// The records of one refill, and the memory that their slices refer to. The records have separate memory, because C writes
// those of events that match templates, and deltas read them in place.
//
// Contract: `base` is memory of `capacity` records, of which the first `count` are initialised. A delta points to its record
// and to the page from the refill that made it until the next one. Readers bind its lifetime to theirs, and neither is written
// to in between.

@safe
struct RecordList: ~Copyable {
    private var base: UnsafeMutablePointer<DeltaRecord>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        unsafe base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit {
        unsafe base.deallocate()
    }

    var isEmpty: Bool {
        @inline(__always) get { count == 0 }
    }

    subscript(index: Int) -> DeltaRecord {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "no such record")
            return unsafe base[index]
        }
        @inline(__always) _modify {
            precondition(index >= 0 && index < count, "no such record")
            yield unsafe &base[index]
        }
    }

    @inline(__always)
    mutating func append(_ record: DeltaRecord) {
        if count == capacity { grow(toHold: count + 1) }
        unsafe (base + count).initialize(to: record)
        count += 1
    }

    /// Removes all records from `index` on.
    @inline(__always)
    mutating func removeAll(from index: Int = 0) {
        precondition(index >= 0 && index <= count, "no such record")
        count = index
    }

    /// Removes the records from `first` on for which the closure returns false.
    mutating func keep(from first: Int, where isWanted: (DeltaRecord) -> Bool) {
        var kept = first
        for index in first..<count where isWanted(self[index]) {
            self[kept] = self[index]
            kept += 1
        }
        count = kept
    }

    /// Sorts the records from `first` on by choice, then by the number of the tool call. Records in order stay where they are.
    mutating func sortByCall(from first: Int) {
        func isBefore(_ left: DeltaRecord, _ right: DeltaRecord) -> Bool {
            left.choice == right.choice ? left.tool < right.tool : left.choice < right.choice
        }
        precondition(first >= 0 && first <= count, "no such record")
        guard count - first > 1, !(first + 1..<count).allSatisfy({ !isBefore(self[$0], self[$0 - 1]) }) else { return }
        var found = unsafe UnsafeMutableBufferPointer(start: base + first, count: count - first)
        unsafe found.sort(by: isBefore)
    }

    /// Calls `body` to write up to `room` records, and appends as many as it returns.
    @inline(__always)
    mutating func fill<Result>(
        _ room: Int, _ body: (UnsafeMutablePointer<DeltaRecord>) -> (count: Int, result: Result)
    ) -> Result {
        if capacity - count < room { grow(toHold: count + room) }
        let (written, result) = unsafe body(base + count)
        precondition(written >= 0 && written <= room, "more records than there was room for")
        count += written
        return result
    }

    /// Lends the records from `first` on to C, which must not keep the pointer.
    mutating func lend<Result>(from first: Int, _ body: (UnsafeMutablePointer<DeltaRecord>) -> Result) -> Result {
        precondition(first >= 0 && first <= count, "no such record")
        return unsafe body(base + first)
    }

    private mutating func grow(toHold wanted: Int) {
        let larger = max(wanted, capacity * 2)
        let moved = UnsafeMutablePointer<DeltaRecord>.allocate(capacity: larger)
        unsafe moved.moveInitialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = larger
    }

    /// The records as they are now, to be read as long as the page stays.
    var places: RecordPlaces { unsafe RecordPlaces(UnsafeRawPointer(base), count) }
}

/// The address of a page's records.
@safe
struct RecordPlaces {
    private let base: UnsafeRawPointer?
    let count: Int

    @inline(__always)
    fileprivate init(_ base: UnsafeRawPointer?, _ count: Int) {
        unsafe self.base = base
        self.count = count
    }

    fileprivate var firstAddress: UnsafeRawPointer? { unsafe base }
}

// The following code is inlined into the loops of other packages, so that only the used properties of a delta are read. It
// reads a record by byte offsets, because the C type is not visible outside this package; `program.hpp` asserts
// the offsets.

/// The address of a record.
@safe
@usableFromInline
struct RecordPlace {
    @usableFromInline static let size = 48
    @usableFromInline let pointer: UnsafeRawPointer

    /// - Note: `pointer` has to be the address of a `c_sluice_record`.
    @unsafe
    @inlinable
    @inline(__always)
    init(_ pointer: UnsafeRawPointer) { unsafe self.pointer = pointer }

    var record: DeltaRecord {
        @inline(__always) get { unsafe pointer.load(as: DeltaRecord.self) }
    }

    @inlinable var offset: Int { @inline(__always) get { unsafe Int(pointer.load(as: Int64.self)) } }
    @inlinable var event: UInt64 { @inline(__always) get { unsafe pointer.load(fromByteOffset: 16, as: UInt64.self) } }
    @inlinable var length: Int {
        @inline(__always) get { unsafe Int(pointer.load(fromByteOffset: 24, as: UInt32.self)) }
    }
    @inlinable var choice: Int {
        @inline(__always) get { unsafe Int(pointer.load(fromByteOffset: 32, as: Int32.self)) }
    }
    @inlinable var tool: Int { @inline(__always) get { unsafe Int(pointer.load(fromByteOffset: 36, as: Int32.self)) } }
    @inlinable var region: Int {
        @inline(__always) get { unsafe Int(pointer.load(fromByteOffset: 42, as: UInt8.self)) }
    }

    /// Kinds are numbered without a gap. `DeltaKind.init(rawValue:)` would be a call.
    @inlinable var kind: DeltaKind {
        @inline(__always) get {
            let kind = unsafe pointer.load(fromByteOffset: 40, as: UInt8.self)
            precondition(kind <= DeltaKind.payload.rawValue, "no kind of delta")
            return unsafe unsafeBitCast(kind, to: DeltaKind.self)
        }
    }
}

/// The memory that slices refer to, from one refill to the next: windows by region number (whether a delta is in the chunk or
/// was decoded is unpredictable, so the lookup has no branch), the end of the records, and the problems.
@safe
@usableFromInline
struct PageContent {
    @usableFromInline var windows = [6 of Window](repeating: Window.empty)
    @usableFromInline var end: UnsafeRawPointer?
    fileprivate var problems: [SluiceError] = []
    /// In the order of their events.
    fileprivate var errors: [(event: UInt64, details: ErrorDetails)] = []
}

@safe
struct DeltaPage: ~Copyable {
    private let content: UnsafeMutablePointer<PageContent>

    init() {
        unsafe content = .allocate(capacity: 1)
        unsafe content.initialize(to: PageContent())
    }

    deinit {
        unsafe content.deinitialize(count: 1)
        unsafe content.deallocate()
    }

    var hasProblems: Bool { unsafe !content.pointee.problems.isEmpty }
    func hasProblem(ofEvent number: UInt64) -> Bool { unsafe content.pointee.problems.contains { $0.event == number } }

    /// Stores a problem, and returns its number.
    func add(_ problem: SluiceError) -> Int {
        unsafe content.pointee.problems.append(problem)
        return unsafe content.pointee.problems.count - 1
    }

    /// Stores the details of the error of the event at `offset`.
    func add(_ details: ErrorDetails, event offset: UInt64) {
        unsafe content.pointee.errors.append((offset, details))
    }

    func removeProblems() {
        if hasProblems { unsafe content.pointee.problems.removeAll() }
        if unsafe !content.pointee.errors.isEmpty { unsafe content.pointee.errors.removeAll() }
    }

    @inline(__always)
    func set(_ region: Region, _ window: Window) {
        unsafe content.pointee.windows[Int(region.rawValue)] = window
    }

    /// Makes all of `records` available to readers.
    @inline(__always)
    func open(_ records: RecordPlaces) -> RecordsLeft {
        let first = unsafe records.firstAddress
        unsafe content.pointee.end = first.map { unsafe $0 + records.count * RecordPlace.size }
        return unsafe RecordsLeft(next: first, page: place)
    }

    var place: PagePlace {
        @inline(__always) get { unsafe PagePlace(content) }
    }
}

/// The address of a page.
@safe
@usableFromInline
struct PagePlace {
    @usableFromInline let content: UnsafePointer<PageContent>

    @inline(__always)
    fileprivate init(_ content: UnsafePointer<PageContent>) { unsafe self.content = content }

    @_lifetime(immortal)
    @inlinable
    @inline(__always)
    func span(_ region: Int, _ offset: Int, _ length: Int) -> RawSpan {
        if length == 0 { return RawSpan() }
        return unsafe content.pointee.windows[region].filledSpan(offset, length)
    }

    func problem(_ number: Int) -> SluiceError { unsafe content.pointee.problems[number] }

    /// The details of an error; nil for number 0.
    func errorDetails(ofEvent offset: UInt64) -> ErrorDetails? {
        var range = unsafe 0..<content.pointee.errors.count
        while range.count > 1 {
            let middle = range.lowerBound + range.count / 2
            let isBehind = unsafe content.pointee.errors[middle].event > offset
            range = isBehind ? range.lowerBound..<middle : middle..<range.upperBound
        }
        guard let index = range.first, unsafe content.pointee.errors[index].event == offset else { return nil }
        return unsafe content.pointee.errors[index].details
    }

    /// As `problem`, for an unchecked number.
    func knownProblem(_ number: Int64) -> SluiceError? {
        let count = unsafe content.pointee.problems.count
        return number >= 0 && number < count ? problem(Int(number)) : nil
    }

    /// The address of the first window; each window is the address of its bytes and their count.
    fileprivate var windows: UnsafePointer<Window> {
        let first = MemoryLayout<PageContent>.offset(of: \.windows) ?? 0
        return unsafe (UnsafeRawPointer(content) + first).assumingMemoryBound(to: Window.self)
    }
}

/// The records of a page that were not read yet. One read at a time uses a page, so the page stores their end.
@safe
@usableFromInline
struct RecordsLeft {
    @usableFromInline var next: UnsafeRawPointer?
    @usableFromInline let page: PagePlace

    @unsafe
    @inline(__always)
    fileprivate init(next: UnsafeRawPointer?, page: PagePlace) {
        unsafe self.next = next
        self.page = page
    }

    /// No records of `page`.
    @inline(__always)
    init(noneOf page: PagePlace) { unsafe self.init(next: page.content.pointee.end, page: page) }

    @inlinable var isEmpty: Bool {
        @inline(__always) get { unsafe UInt(bitPattern: next) == UInt(bitPattern: page.content.pointee.end) }
    }

    @inlinable var count: Int {
        unsafe (Int(bitPattern: page.content.pointee.end) - Int(bitPattern: next)) / RecordPlace.size
    }

    /// Removes and returns the first record. There has to be one.
    @inlinable
    @inline(__always)
    mutating func take() -> RecordPlace {
        precondition(!isEmpty, "no such record")
        let first = unsafe next.unsafelyUnwrapped
        unsafe next = first + RecordPlace.size
        return unsafe RecordPlace(first)
    }

    /// The record at `index` of the remaining ones.
    @inlinable
    subscript(index: Int) -> RecordPlace {
        @inline(__always) get {
            // One comparison: as unsigned numbers, negative indices are past the end.
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such record")
            return unsafe RecordPlace(next.unsafelyUnwrapped + index * RecordPlace.size)
        }
    }
}

/// The addresses of a page, which the C ABI passes on unchanged.
///
/// They are valid until the read that made the page reads the next one, or is dropped.
@safe
package struct OpenPage {
    private let records: RecordPlaces
    private let place: PagePlace

    init(_ records: RecordPlaces, _ place: PagePlace) {
        self.records = records
        self.place = place
    }

    /// The number of regions.
    package static var regionCount: Int { 6 }
    /// The size of a region in bytes.
    package static var regionSize: Int { MemoryLayout<Window>.size }

    /// The address of the regions, which does not change for the lifetime of the engine. Each region is two words: the
    /// address of its bytes, and their count.
    @unsafe
    package var regions: UnsafeRawPointer { unsafe UnsafeRawPointer(place.windows) }

    /// The number of records.
    package var recordCount: Int { records.count }

    /// The address of the first record, each a `c_sluice_record`.
    @unsafe
    package var firstRecord: UnsafeRawPointer? { unsafe records.firstAddress }
}
