internal import CSluiceSimdjson

// The records of one refill, and what their slices refer to; in memory of their own, because known events are written down
// by C and deltas are read from where they were written.
//
// Contract: `base` has room for `capacity` records, of which the first `count` are initialised. A delta points to its record
// and to the page from the refill that made it until the next one; readers bind its lifetime to theirs, and nothing is
// written to either in between.

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

    /// Forgets all records from `index` on.
    @inline(__always)
    mutating func removeAll(from index: Int = 0) {
        precondition(index >= 0 && index <= count, "no such record")
        count = index
    }

    /// Forgets those from `first` on that are not wanted.
    mutating func keep(from first: Int, where isWanted: (DeltaRecord) -> Bool) {
        var kept = first
        for index in first..<count where isWanted(self[index]) {
            self[kept] = self[index]
            kept += 1
        }
        count = kept
    }

    /// Lets `body` write up to `room` more records, and takes as many as it says.
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

/// Where the records of a page stand.
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

// What is inlined into the loops of users, across the package's border, makes a delta there: only what is used of it is read.
// It knows a record by its bytes, because the C type does not leave the package; `skeleton_records.hpp` holds it to them.

/// Where a record stands.
@safe
@usableFromInline
struct RecordPlace {
    @usableFromInline static let size = 48
    @usableFromInline let pointer: UnsafeRawPointer

    /// - Note: a `c_sluice_record` stands at `pointer`.
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

    /// Kinds are numbered without a gap, as `DeltaKind.init(rawValue:)` knows too, but finds out by a call.
    @inlinable var kind: DeltaKind {
        @inline(__always) get {
            let kind = unsafe pointer.load(fromByteOffset: 40, as: UInt8.self)
            precondition(kind <= DeltaKind.malformed.rawValue, "no kind of delta")
            return unsafe unsafeBitCast(kind, to: DeltaKind.self)
        }
    }
}

/// What slices refer to, as it is after a refill and until the next: windows by the regions' numbers (whether a delta lies
/// in the chunk or was decoded is nothing that a processor could foresee, so there is no branch on it), where the records
/// end, and problems.
@safe
@usableFromInline
struct PageContent {
    @usableFromInline var windows = [6 of Window](repeating: Window.empty)
    @usableFromInline var end: UnsafeRawPointer?
    fileprivate var problems: [SluiceError] = []
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

    /// Keeps a problem, and returns its number.
    func add(_ problem: SluiceError) -> Int {
        unsafe content.pointee.problems.append(problem)
        return unsafe content.pointee.problems.count - 1
    }

    func removeProblems() {
        if hasProblems { unsafe content.pointee.problems.removeAll() }
    }

    @inline(__always)
    func set(_ region: Region, _ window: Window) {
        unsafe content.pointee.windows[Int(region.rawValue)] = window
    }

    /// Hands out all of `records`.
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

/// Where a page stands.
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

    /// As `problem`, of a number that somebody says.
    func knownProblem(_ number: Int64) -> SluiceError? {
        let count = unsafe content.pointee.problems.count
        return number >= 0 && number < count ? problem(Int(number)) : nil
    }

    /// The first of the windows, each the address of its bytes and their count.
    fileprivate var windows: UnsafePointer<Window> {
        let first = MemoryLayout<PageContent>.offset(of: \.windows) ?? 0
        return unsafe (UnsafeRawPointer(content) + first).assumingMemoryBound(to: Window.self)
    }
}

/// The records of a page that were not handed out yet. One read at a time uses a page, so where they end stands there.
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

    /// None of the records that `page` has.
    @inline(__always)
    init(noneOf page: PagePlace) { unsafe self.init(next: page.content.pointee.end, page: page) }

    @inlinable var isEmpty: Bool {
        @inline(__always) get { unsafe UInt(bitPattern: next) == UInt(bitPattern: page.content.pointee.end) }
    }

    @inlinable var count: Int {
        unsafe (Int(bitPattern: page.content.pointee.end) - Int(bitPattern: next)) / RecordPlace.size
    }

    /// Takes the first, of which there is one.
    @inlinable
    @inline(__always)
    mutating func take() -> RecordPlace {
        precondition(!isEmpty, "no such record")
        let first = unsafe next.unsafelyUnwrapped
        unsafe next = first + RecordPlace.size
        return unsafe RecordPlace(first)
    }

    /// The record at `index`, of those that are left.
    @inlinable
    subscript(index: Int) -> RecordPlace {
        @inline(__always) get {
            // One comparison: as unsigned numbers, negative ones are past the end.
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such record")
            return unsafe RecordPlace(next.unsafelyUnwrapped + index * RecordPlace.size)
        }
    }
}

/// A page by its addresses, for the C ABI, which lends it on as it is.
///
/// All that is reached by it is there until the read that made it reads on, or is given up.
@safe
package struct OpenPage {
    private let records: RecordPlaces
    private let place: PagePlace

    init(_ records: RecordPlaces, _ place: PagePlace) {
        self.records = records
        self.place = place
    }

    /// How many regions a record's numbers of regions tell apart.
    package static var regionCount: Int { 6 }
    /// Bytes that one takes.
    package static var regionSize: Int { MemoryLayout<Window>.size }

    /// Where the regions stand, the same as long as the engine is there: each is two words, where the bytes are that a region's
    /// offsets count in, and how many there are.
    @unsafe
    package var regions: UnsafeRawPointer { unsafe UnsafeRawPointer(place.windows) }

    /// How many records there are.
    package var recordCount: Int { records.count }

    /// The first of them, each a `c_sluice_record`.
    @unsafe
    package var firstRecord: UnsafeRawPointer? { unsafe records.firstAddress }
}
