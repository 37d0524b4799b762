internal import CSluiceScan

// The one place that searches for delimiters. Marks are offsets in the current chunk. They are found block by block and
// returned one by one, so that no byte is scanned twice for any chunk size.
//
// Contract: `marks` is memory of `capacity` offsets, and C writes at most that many. The chunk is readable for the length that
// is passed, and C reads nothing beyond it. Runs of plain frames are found among the marks: see `PlainFrameRoom` and
// `PlainFrames` below.

/// Which bytes are delimiters.
enum Delimiters {
    case lineEnds  // CR and LF
    case lineFeeds  // LF
    case brackets  // { } [ ] " and the backslash
}

@safe
struct Scanner: ~Copyable {
    private static var capacity: Int { 1024 }
    // The size of a block that is still in the first-level cache when its events are parsed. The first block is small if
    // most of the chunk is read without marks.
    private static var largestBlock: Int { 32 * 1024 }
    private static var smallestBlock: Int { 512 }
    private var blockBytes = largestBlock

    private let marks: UnsafeMutablePointer<UInt32>
    private var next = 0
    private var count = 0
    private var origin = 0
    /// Bytes that were searched for delimiters in all scans.
    private(set) var looks: UInt64 = 0

    init() {
        unsafe marks = .allocate(capacity: Self.capacity)
    }

    deinit {
        unsafe marks.deallocate()
    }

    /// Drops the marks of the previous chunk.
    mutating func reset() {
        next = 0
        count = 0
    }

    /// Skips the marks before `position`.
    mutating func skip(to position: Int) {
        while next < count && origin + Int(unsafe marks[next]) < position { next += 1 }
        blockBytes = Self.smallestBlock
    }

    /// The offset of the next mark in `chunk`, or nil after all of it was scanned. `scanned` is the position of the scan, and
    /// `total` counts the scanned bytes.
    @inline(__always)
    mutating func nextMark(
        in chunk: Window, _ delimiters: Delimiters, scanned: inout Int, total: inout UInt64
    ) -> Int? {
        guard findMarks(in: chunk, delimiters, scanned: &scanned, total: &total) else { return nil }
        let mark = origin + Int(unsafe marks[next])
        next += 1
        return mark
    }

    /// Whether there is an unread mark.
    @inline(__always)
    mutating func findMarks(
        in chunk: Window, _ delimiters: Delimiters, scanned: inout Int, total: inout UInt64
    ) -> Bool {
        while next == count {
            guard scanned < chunk.count else { return false }
            let before = scanned
            scanBlock(of: chunk, delimiters, scanned: &scanned)
            total &+= UInt64(scanned - before)
        }
        return true
    }

    /// For chunks of at most this size, a loop in Swift is faster than the call of C.
    static var fewBytes: Int { 8 }

    /// Finds the marks of an unscanned chunk of a few bytes; returns whether there are any.
    @inline(__always)
    mutating func findMarks(inFew chunk: Window, _ delimiters: Delimiters) -> Bool {
        precondition(chunk.count <= Self.fewBytes, "more bytes than a few")
        next = 0
        count = 0
        origin = 0
        looks &+= UInt64(chunk.count)
        for index in 0..<chunk.count where Self.isMark(chunk[index], delimiters) {
            unsafe marks[count] = UInt32(truncatingIfNeeded: index)
            count += 1
        }
        return count > 0
    }

    @inline(__always)
    private static func isMark(_ byte: UInt8, _ delimiters: Delimiters) -> Bool {
        switch delimiters {
        case .lineEnds: byte == 0x0A || byte == 0x0D
        case .lineFeeds: byte == 0x0A
        case .brackets: byte == 0x22 || byte == 0x5C || byte | 0x20 == 0x7B || byte | 0x20 == 0x7D
        }
    }

    /// Consumes the marks of the run of plain frames at `start`, where a frame begins; unread marks before it are skipped.
    /// Returns false if the first frame is not plain, or not complete in the block.
    mutating func findPlain(
        _ frames: inout PlainFrames, in chunk: Window, from start: Int, _ delimiters: Delimiters, limit: Int,
        nameLimit: Int, _ room: borrowing PlainFrameRoom, scanned: inout Int, total: inout UInt64
    ) -> Bool {
        guard findMarks(in: chunk, delimiters, scanned: &scanned, total: &total) else { return false }
        // Positions count from `start`, in 32 bits: they are less than this and a block.
        guard origin - start < Int(Int32.max) else { return false }
        let bytes = chunk.from(start)
        let limit = max(0, limit)
        let run = unsafe bytes.withPointer { pointer in
            let marks = unsafe UnsafePointer(self.marks + next)
            let room = unsafe room.frames
            switch delimiters {
            case .lineEnds:
                return unsafe c_sluice_plain_events(
                    pointer, bytes.count, marks, count - next, origin - start, limit, nameLimit, room,
                    PlainFrameRoom.capacity)
            case .lineFeeds:
                return unsafe c_sluice_plain_lines(
                    pointer, marks, count - next, origin - start, limit, room, PlainFrameRoom.capacity)
            case .brackets: return c_sluice_plain_run()
            }
        }
        guard run.frames > 0 else { return false }
        next += run.marks
        unsafe frames.set(UnsafeRawPointer(room.frames), count: run.frames, bytes, length: run.length)
        return true
    }

    private mutating func scanBlock(of chunk: Window, _ delimiters: Delimiters, scanned: inout Int) {
        let length = min(chunk.count - scanned, blockBytes)
        blockBytes = min(blockBytes * 2, Self.largestBlock)
        let result = unsafe chunk.slice(scanned, length).withPointer { bytes in
            switch delimiters {
            case .lineEnds: unsafe c_sluice_scan_line_ends(bytes, length, marks, Self.capacity)
            case .lineFeeds: unsafe c_sluice_scan_line_feeds(bytes, length, marks, Self.capacity)
            case .brackets: unsafe c_sluice_scan_brackets(bytes, length, marks, Self.capacity)
            }
        }
        next = 0
        count = result.count
        origin = scanned
        scanned += result.scanned
        looks &+= UInt64(result.scanned)
    }
}

/// CRC-32 as in IEEE 802.3, of `length` bytes from `start`.
func checksum(_ window: Window, _ start: Int, _ length: Int) -> UInt32 {
    unsafe window.slice(start, length).withPointer { unsafe c_sluice_crc32(0, $0, length) }
}

/// The memory in which C writes the frames of a run.
///
/// Contract: C writes at most `capacity` frames. The value that reads them retains this object, and is dropped before the next
/// run is written.
@safe
struct PlainFrameRoom: ~Copyable {
    static var capacity: Int { 256 }
    fileprivate let frames: UnsafeMutablePointer<c_sluice_plain_frame>

    init() {
        unsafe frames = .allocate(capacity: Self.capacity)
    }

    deinit {
        unsafe frames.deallocate()
    }
}

/// The frames of a run that were not returned yet.
@safe
@usableFromInline
struct PlainFrames {
    @usableFromInline var next: UnsafeRawPointer?
    @usableFromInline var left = 0
    /// The chunk, from the run's first frame.
    @usableFromInline var bytes = Window.empty
    /// Bytes of the whole run.
    private(set) var length = 0

    /// - Note: `first` has to be the address of `count` frames of four 32-bit words, which do not change until the next `set`.
    @unsafe
    fileprivate mutating func set(_ first: UnsafeRawPointer, count: Int, _ bytes: Window, length: Int) {
        unsafe next = first
        left = count
        self.bytes = bytes
        self.length = length
    }

    /// The position of the next frame, or the end of the run.
    var nextStart: Int {
        guard left > 0, let next = unsafe next else { return length }
        return Int(unsafe next.load(as: UInt32.self))
    }

    /// Lends the frames, four 32-bit words each, to C, which must not keep the pointer.
    @inline(__always)
    func withFrames<Result>(_ body: (UnsafeRawPointer, Int) -> Result) -> Result {
        guard let next = unsafe next else { preconditionFailure("no frame is left in the run") }
        return unsafe body(next, left)
    }

    /// The number of frames that begin before `position` of the run.
    func count(before position: Int) -> Int {
        unsafe withFrames { first, count in
            (0..<count).first { unsafe Int(first.load(fromByteOffset: $0 * 16, as: UInt32.self)) >= position } ?? count
        }
    }

    /// The frame at `index` of the remaining ones, and where the one after it begins.
    func frame(at index: Int) -> (frame: PlainFrame, next: Int) {
        var frames = self
        frames.drop(index)
        let frame = frames.take()
        return (frame, frames.nextStart)
    }

    /// Removes the next frames.
    mutating func drop(_ count: Int) {
        precondition(count >= 0 && count <= left, "no such frames in the run")
        left -= count
        unsafe next = next.map { unsafe $0 + count * 16 }
    }

    /// Removes and returns the next frame. There has to be one.
    @inlinable
    @inline(__always)
    mutating func take() -> PlainFrame {
        precondition(left > 0, "no frame is left in the run")
        left &-= 1
        let words = unsafe next.unsafelyUnwrapped
        unsafe next = words + 16
        return unsafe PlainFrame(
            start: words.load(as: UInt32.self), payloadStart: words.load(fromByteOffset: 4, as: UInt32.self),
            payloadLength: words.load(fromByteOffset: 8, as: UInt32.self),
            event: words.load(fromByteOffset: 12, as: UInt32.self))
    }
}
