// The input of a framer: the bytes of the unfinished frame, contiguous, and their delimiters.
//
// Positions count in the window that holds the current frame. While nothing is carried, the window is the chunk (or all
// readable bytes of a ring). If a chunk ends inside a frame, its tail is carried; the next chunk's bytes are appended to it,
// mark by mark, until that frame ends, and then the window is the chunk again:
//
//     chunk 1  …frame| tail|              tail is carried
//     carry           | tail|head of 2|   window while that frame is unfinished; offset 0 of chunk 2 is `carriedBefore`
//     chunk 2               |head of 2| frame … window afterwards
//
// So a byte is copied at most once, and only if its frame was cut.

struct Input: ~Copyable {
    private var carry = StreamBuffer(layout: .linear)
    private(set) var chunk = Window.empty
    /// Bytes of the chunk that were searched for delimiters.
    private(set) var scanned = 0
    private var taken = 0
    /// Bytes of the chunk that were searched for delimiters with an earlier chunk: those of a ring's unfinished frame.
    private(set) var scannedBefore = 0
    /// Bytes of the unfinished frame before the chunk.
    private(set) var carriedBefore = 0
    private(set) var isCarrying = false
    private var carriedLength = 0
    /// No chunk follows: the end of the input is being read.
    var isLast = false

    /// The latest result of the framer.
    var frame = RawFrame()
    var problem: FrameProblem?

    /// Bytes of the stream that were searched for delimiters.
    private(set) var scannedBytes: UInt64 = 0
    /// Offset in the stream of the chunk's first byte.
    private(set) var chunkOffset: UInt64 = 0

    /// The bytes that contain the current frame.
    var window: Window {
        @inline(__always) get { isCarrying ? carry.readable : chunk }
    }

    /// Whether an unfinished frame is carried.
    var holdsCarry: Bool { carry.count > 0 }

    /// The region that slices of the current frame refer to.
    var region: Region {
        @inline(__always) get { isCarrying ? .carry : .chunk }
    }

    /// The carried bytes that slices refer to, even after their frame has ended.
    var carried: Window { carry.consumed(carriedLength) }

    /// Position of the end of all bytes that have arrived.
    var end: Int {
        @inline(__always) get { isCarrying ? carriedBefore + chunk.count : chunk.count }
    }

    /// Bytes of memory of the carry.
    var allocatedBytes: Int { carry.allocatedBytes }

    /// Offset in the stream of a position in the window.
    func streamOffset(of position: Int) -> UInt64 {
        let shift = isCarrying ? carriedBefore : 0
        return UInt64(max(0, Int64(chunkOffset) + Int64(position - shift)))
    }

    /// Begins a chunk whose first `scanned` bytes were scanned before (a ring's unfinished frame).
    mutating func begin(_ chunk: Window, scanned: Int) {
        self.chunk = chunk
        self.scanned = scanned
        scannedBefore = scanned
        taken = 0
        carriedBefore = carry.count
        isCarrying = carriedBefore > 0
        carriedLength = carriedBefore
    }

    /// Bytes of the unfinished frame that is carried.
    var carriedCount: Int {
        @inline(__always) get { carry.count }
    }

    /// Begins a chunk while a frame is carried. Returns true if the chunk has no delimiter and was carried completely.
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

    /// Appends the chunk's first `bytes` to the carried bytes; nil if the allocation fails. None of these bytes were
    /// searched for delimiters.
    mutating func extendCarry(upTo bytes: Int) -> Window? {
        take(upTo: min(bytes, chunk.count)) ? carry.readable : nil
    }

    /// The carried event was read without its delimiters, and so is the following part of the chunk.
    mutating func releaseUnframed() {
        scannedBytes &+= UInt64(carriedBefore)
        isCarrying = false
    }

    /// Makes the carried bytes the chunk, so that a framer can scan them; returns the chunk, for `setCarryAside`.
    mutating func showCarry() -> Window {
        let behind = chunk
        chunk = carry.readable.slice(0, carriedBefore)
        isCarrying = false
        return behind
    }

    /// The carried bytes were scanned, and no frame ends in them. The chunk follows them again.
    mutating func setCarryAside(before behind: Window) {
        chunk = behind
        scanned = 0
        isCarrying = true
    }

    /// Sets the framer's latest result to a plain frame that begins at `position` of the chunk.
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

    /// As `resume`, for a stream of which this many bytes were scanned.
    mutating func resume(at offset: UInt64, scanned: UInt64) {
        chunkOffset = offset
        scannedBytes = scanned
    }

    /// Frees the carry's memory if it is more than `bytes`. Nothing may be carried.
    mutating func trim(to bytes: Int) { carry.trim(to: bytes) }

    /// Position of the next delimiter. While carrying, the window does not contain its byte yet.
    @inline(__always)
    mutating func nextMark(_ scanner: inout Scanner, _ delimiters: Delimiters) -> Int? {
        let mark = scanner.nextMark(in: chunk, delimiters, scanned: &scanned, total: &scannedBytes)
        guard let mark else { return nil }
        return isCarrying ? carriedBefore + mark : mark
    }

    /// Finds the run of plain frames at `start` of the chunk; false if there is none.
    mutating func findPlain(
        _ frames: inout PlainFrames, from start: Int, _ delimiters: Delimiters, limit: Int, nameLimit: Int,
        _ scanner: inout Scanner, _ room: borrowing PlainFrameRoom
    ) -> Bool {
        scanner.findPlain(
            &frames, in: chunk, from: start, delimiters, limit: limit, nameLimit: nameLimit, room, scanned: &scanned,
            total: &scannedBytes)
    }

    /// Everything before `position` of the chunk was read without its delimiters.
    mutating func jump(to position: Int, _ scanner: inout Scanner) {
        if position > scanned {
            scannedBytes &+= UInt64(position - scanned)
            scanned = position
        }
        scanner.skip(to: position)
    }

    /// The byte at a position of the chunk.
    @inline(__always)
    func chunkByte(at position: Int) -> UInt8 {
        chunk[isCarrying ? position - carriedBefore : position]
    }

    /// Extends the window to contain everything before `position`; false if the allocation fails.
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

    /// Ends the frame at `position`, and returns that position in the window with the rest.
    @inline(__always)
    mutating func release(upTo position: Int) -> Int {
        guard isCarrying else { return position }
        isCarrying = false
        return position - carriedBefore
    }

    /// As `release`, if nothing before `position` is in the carry any more.
    mutating func releaseCarried(upTo position: Int) -> Int {
        position >= carriedBefore ? release(upTo: position) : position
    }

    /// Carries the unfinished frame that begins at `start`; false if the allocation fails. The framer then counts its positions
    /// from that frame's start.
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

    /// Ends the chunk without carrying any of it: an unfinished frame stays in the ring, or is skipped.
    mutating func leave() {
        carry.removeAll()
        endChunk()
    }

    /// Begins anew, with the carry's memory.
    mutating func reset() {
        var next = Input()
        swap(&next.carry, &carry)
        next.carry.removeAll()
        self = next
    }

    /// Drops the chunk, as if it had not been received, and the carried bytes.
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

    /// A ring keeps `unread` bytes, with which the next chunk begins.
    mutating func rewind(by unread: Int) {
        chunkOffset -= UInt64(unread)
    }
}

/// The memory that a slice's bytes are in.
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

    /// The slice that a record's numbers describe; an undefined region number stands for the chunk.
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
