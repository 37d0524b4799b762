// What a framer reads: the bytes of the unfinished frame, contiguous, and the delimiters in them.
//
// Positions are counted in the window that holds the current frame. While nothing is carried the window is the chunk (or
// all that a ring can read). When a chunk ended inside a frame, its tail was carried; the next chunk's bytes are appended
// to it, mark by mark, until that frame ends, and then the window is the chunk again:
//
//     chunk 1  …frame| tail|              tail is carried
//     carry           | tail|head of 2|   window while that frame is unfinished; offset 0 of chunk 2 is `carriedBefore`
//     chunk 2               |head of 2| frame … window afterwards
//
// So a byte is copied once at most, and only when its frame was cut.

struct Input: ~Copyable {
    private var carry = StreamBuffer(layout: .linear)
    private(set) var chunk = Window.empty
    /// Bytes of the chunk that were looked at for delimiters.
    private(set) var scanned = 0
    private var taken = 0
    /// Bytes of the chunk that were looked at for delimiters with an earlier chunk: those of a ring's unfinished frame.
    private(set) var scannedBefore = 0
    /// Bytes of the unfinished frame that come before the chunk.
    private(set) var carriedBefore = 0
    private(set) var isCarrying = false
    private var carriedLength = 0

    /// What the framer found last.
    var frame = RawFrame()
    var problem: FrameProblem?

    /// Bytes that were looked at for delimiters since the stream began.
    private(set) var scannedBytes: UInt64 = 0
    /// Offset in the stream of the chunk's first byte.
    private(set) var chunkOffset: UInt64 = 0

    /// The bytes that the current frame lies in.
    var window: Window {
        @inline(__always) get { isCarrying ? carry.readable : chunk }
    }

    /// An unfinished frame was put by.
    var holdsCarry: Bool { carry.count > 0 }

    /// The region that slices of the current frame refer to.
    var region: Region {
        @inline(__always) get { isCarrying ? .carry : .chunk }
    }

    /// The carried bytes that slices refer to, also after their frame ended.
    var carried: Window { carry.consumed(carriedLength) }

    /// Position of the end of all bytes that have arrived.
    var end: Int {
        @inline(__always) get { isCarrying ? carriedBefore + chunk.count : chunk.count }
    }

    /// Bytes of memory that the carry holds.
    var allocatedBytes: Int { carry.allocatedBytes }

    /// Offset in the stream of a position in the window.
    func streamOffset(of position: Int) -> UInt64 {
        let shift = isCarrying ? carriedBefore : 0
        return UInt64(max(0, Int64(chunkOffset) + Int64(position - shift)))
    }

    /// Starts on a chunk of which the first `scanned` bytes have been scanned before (a ring's unfinished frame).
    mutating func begin(_ chunk: Window, scanned: Int) {
        self.chunk = chunk
        self.scanned = scanned
        scannedBefore = scanned
        taken = 0
        carriedBefore = carry.count
        isCarrying = carriedBefore > 0
        carriedLength = carriedBefore
    }

    /// Bytes of the unfinished frame that was put by.
    var carriedCount: Int {
        @inline(__always) get { carry.count }
    }

    /// Starts on a chunk while a frame is carried. True if it has no delimiter, and so was carried too, and is done.
    @inline(__always)
    mutating func carryOn(_ chunk: Window, _ scanner: inout Scanner, _ delimiters: Delimiters) -> Bool {
        var scanned = 0
        let hasMarks: Bool
        if chunk.count <= Scanner.fewBytes {
            hasMarks = scanner.findMarks(inFew: chunk, delimiters)
            scanned = chunk.count
            scannedBytes &+= UInt64(chunk.count)
        } else {
            hasMarks = scanner.findMarks(in: chunk, delimiters, scanned: &scanned, total: &scannedBytes)
        }
        guard !hasMarks, chunk.count == 1 ? carry.append(byte: chunk[0]) : carry.append(chunk) else {
            begin(chunk, scanned: scanned)
            scannedBefore = 0
            return false
        }
        chunkOffset &+= UInt64(chunk.count)
        return true
    }

    /// Puts the chunk's first `bytes` behind what is carried; nil when the memory is not to be had. Nothing of either was
    /// looked at for delimiters.
    mutating func extendCarry(upTo bytes: Int) -> Window? {
        take(upTo: min(bytes, chunk.count)) ? carry.readable : nil
    }

    /// The carried event was read without asking for its delimiters, and so is what follows in the chunk.
    mutating func releaseUnframed() {
        scannedBytes &+= UInt64(carriedBefore)
        isCarrying = false
    }

    /// Shows what is carried as the chunk, so that a framer can look it over; returns the chunk, for `setCarryAside`.
    mutating func showCarry() -> Window {
        let behind = chunk
        chunk = carry.readable.slice(0, carriedBefore)
        isCarrying = false
        return behind
    }

    /// What is carried was looked over: no frame ends in it. The chunk is behind it again.
    mutating func setCarryAside(before behind: Window) {
        chunk = behind
        scanned = 0
        isCarrying = true
    }

    /// What the framer found last is a plain frame that begins at `position` of the chunk.
    @inline(__always)
    mutating func take(payload: Slice, event: Slice, at position: Int) {
        frame.payload = payload
        frame.event = event
        frame.offset = chunkOffset &+ UInt64(position)
        frame.isError = false
        frame.retryMilliseconds = -1
        frame.isUnterminated = false
    }

    /// The next chunk begins at this offset in the stream.
    mutating func resume(at offset: UInt64) { chunkOffset = offset }

    /// As `resume`, of a stream of which so many bytes were looked at.
    mutating func resume(at offset: UInt64, scanned: UInt64) {
        chunkOffset = offset
        scannedBytes = scanned
    }

    /// Gives the carry's memory back if it is more than `bytes`; nothing may be carried.
    mutating func trim(to bytes: Int) { carry.trim(to: bytes) }

    /// Position of the next delimiter, whose bytes the window does not hold yet while carrying.
    @inline(__always)
    mutating func nextMark(_ scanner: inout Scanner, _ delimiters: Delimiters) -> Int? {
        let mark = scanner.nextMark(in: chunk, delimiters, scanned: &scanned, total: &scannedBytes)
        guard let mark else { return nil }
        return isCarrying ? carriedBefore + mark : mark
    }

    /// Finds the run of plain frames from `start` of the chunk on; false where there is none.
    mutating func findPlain(
        _ frames: inout PlainFrames, from start: Int, _ delimiters: Delimiters, limit: Int, nameLimit: Int,
        _ scanner: inout Scanner, _ room: borrowing PlainFrameRoom
    ) -> Bool {
        scanner.findPlain(
            &frames, in: chunk, from: start, delimiters, limit: limit, nameLimit: nameLimit, room, scanned: &scanned,
            total: &scannedBytes)
    }

    /// Everything before `position` of the chunk was read without asking for its delimiters.
    mutating func jump(to position: Int, _ scanner: inout Scanner) {
        if position > scanned {
            scannedBytes &+= UInt64(position - scanned)
            scanned = position
        }
        scanner.skip(to: position)
    }

    /// The byte at a position that lies in the chunk.
    @inline(__always)
    func chunkByte(at position: Int) -> UInt8 {
        chunk[isCarrying ? position - carriedBefore : position]
    }

    /// Makes the window hold everything before `position`; false when the memory is not to be had.
    @inline(__always)
    mutating func hold(upTo position: Int) -> Bool {
        if !isCarrying { return true }
        return take(upTo: position - carriedBefore)
    }

    private mutating func take(upTo offset: Int) -> Bool {
        guard offset > taken else { return true }
        guard carry.append(chunk.slice(taken, offset - taken)) else { return false }
        taken = offset
        carriedLength = carry.count
        return true
    }

    /// Ends the frame before `position` and returns that position in the window that now holds the rest.
    @inline(__always)
    mutating func release(upTo position: Int) -> Int {
        guard isCarrying else { return position }
        isCarrying = false
        return position - carriedBefore
    }

    /// As `release`, if nothing before `position` lies in the carry any more.
    mutating func releaseCarried(upTo position: Int) -> Int {
        position >= carriedBefore ? release(upTo: position) : position
    }

    /// Puts the unfinished frame that begins at `start` by; false when the memory is not to be had.
    /// The framer then counts its positions from that frame's start.
    mutating func suspend(from start: Int) -> Bool {
        let isHeld: Bool
        if isCarrying {
            isHeld = hold(upTo: end)
            if isHeld && start > 0 { carry.consume(start) }
        } else {
            carry.removeAll()
            isHeld = carry.append(chunk.slice(start, chunk.count - start))
        }
        endChunk()
        return isHeld
    }

    /// Ends the chunk without keeping any of it: what is unfinished stays in the ring, or is skipped.
    mutating func leave() {
        carry.removeAll()
        endChunk()
    }

    /// Lets go of the chunk, as if it had not come, and of what was carried.
    mutating func forget() {
        carry.removeAll()
        chunk = .empty
        isCarrying = false
    }

    private mutating func endChunk() {
        chunkOffset += UInt64(chunk.count)
        chunk = .empty
        isCarrying = false
    }

    /// A ring keeps `unread` bytes, which the next chunk begins with.
    mutating func rewind(by unread: Int) {
        chunkOffset -= UInt64(unread)
    }
}

/// Where a slice's bytes lie.
enum Region: UInt8 {
    case chunk = 0
    case carry = 1  // C_SLUICE_CARRIED
    case joined  // data lines joined by the SSE framer
    case scratch  // strings with their escapes decoded
    case document  // documents that were wrapped in others
    case kept  // payloads kept until the format was known
}

/// Bytes in a region.
///
/// Sixteen bytes, because every event makes several: an event is shorter than 2 GiB, so 32 bits hold a length.
struct Slice {
    var offset = 0
    private var length32: Int32 = 0
    var region = Region.chunk

    var length: Int { Int(length32) }

    init() {}

    @inline(__always)
    init(region: Region, offset: Int, length: Int) {
        self.offset = offset
        length32 = Int32(truncatingIfNeeded: length)
        self.region = region
    }

    /// Where a record says that its bytes lie; a region that there is none of is the chunk.
    @inline(__always)
    init(_ region: UInt8, _ offset: Int, _ length: UInt32) {
        self.offset = offset
        length32 = Int32(truncatingIfNeeded: length)
        self.region = Region(rawValue: region) ?? .chunk
    }

    @inline(__always)
    func part(_ offset: Int, _ length: Int) -> Slice {
        Slice(region: region, offset: self.offset + offset, length: length)
    }
}
