internal import CSluiceScan

// The one place that looks for delimiters. Marks are offsets into the chunk that is being read; they are found a block
// ahead and handed out one by one, so that no byte is looked at twice whatever the chunk size.
//
// Contract: `marks` has room for `capacity` offsets and C writes at most that many; the chunk is readable for the length
// that is passed, and C reads nothing beyond it.

/// Which bytes are delimiters.
enum Delimiters {
    case lineEnds  // CR and LF
    case lineFeeds  // LF
    case brackets  // { } [ ] " and the backslash
}

@safe
struct Scanner: ~Copyable {
    private static var capacity: Int { 1024 }
    // Blocks that are still in the first-level cache when their events are parsed; small ones at first where most of the
    // chunk is read without asking for marks.
    private static var largestBlock: Int { 32 * 1024 }
    private static var smallestBlock: Int { 512 }
    private var blockBytes = largestBlock

    private let marks: UnsafeMutablePointer<UInt32>
    private var next = 0
    private var count = 0
    private var origin = 0

    init() {
        unsafe marks = .allocate(capacity: Self.capacity)
    }

    deinit {
        unsafe marks.deallocate()
    }

    /// Forgets the marks of the chunk before.
    mutating func reset() {
        next = 0
        count = 0
    }

    /// Passes over the marks before `position`.
    mutating func skip(to position: Int) {
        while next < count && origin + Int(unsafe marks[next]) < position { next += 1 }
        blockBytes = Self.smallestBlock
    }

    /// The next mark's offset in `chunk`, or nil when all of it was scanned. `scanned` is how far the scan has come, and
    /// `total` counts the bytes looked at.
    @inline(__always)
    mutating func nextMark(
        in chunk: Window, _ delimiters: Delimiters, scanned: inout Int, total: inout UInt64
    ) -> Int? {
        while next == count {
            guard scanned < chunk.count else { return nil }
            let before = scanned
            scanBlock(of: chunk, delimiters, scanned: &scanned)
            total &+= UInt64(scanned - before)
        }
        let mark = origin + Int(unsafe marks[next])
        next += 1
        return mark
    }

    /// Whether all of `chunk` was scanned, and no mark is left.
    @inline(__always)
    mutating func hasNoMark(
        in chunk: Window, _ delimiters: Delimiters, scanned: inout Int, total: inout UInt64
    ) -> Bool {
        while next == count {
            guard scanned < chunk.count else { return true }
            let before = scanned
            scanBlock(of: chunk, delimiters, scanned: &scanned)
            total &+= UInt64(scanned - before)
        }
        return false
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
    }
}

/// CRC-32 as in IEEE 802.3, of `length` bytes from `start`.
func checksum(_ window: Window, _ start: Int, _ length: Int) -> UInt32 {
    unsafe window.slice(start, length).withPointer { unsafe c_sluice_crc32(0, $0, length) }
}
