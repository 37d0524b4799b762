internal import CSluiceMemory

// Bytes in order of arrival: contiguous to read, written at the end and consumed at the front.
//
// Mirrored: one memory file mapped twice in a row, so bytes that wrap around the end are contiguous in the second mapping:
//
//     mapping 1              mapping 2
//     |de.........abc|de.........abc|     "abcde" is read across the seam
//       ^ write     ^ head
//
// It is mapped once: a ring that has to hold more than its first size, or than `largestMirror` bytes, becomes linear. Mapping
// again costs more than moving the unread bytes from time to time.
//
// Linear: ordinary memory. The unread bytes move to the front when the end is reached, at most once each time that the whole
// capacity was consumed, so the cost stays linear. Used if mirroring fails or the system does not support it.
//
// Contract: `base` is valid for `capacity + guardBytes` bytes (linear) or twice the capacity (mirrored);
// `head < capacity` and `count <= usable`, so `guardBytes` behind the last readable byte can always be read.

/// How a stream's own buffer is laid out in memory.
///
/// ```swift
/// var parser = StreamParser(format: .textField, layout: .linear)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
/// try parser.fill(chunk.span)
/// var reader = parser.pull()
/// while let delta = try reader.next() { print(delta.string) }
/// ```
public enum BufferLayout: Sendable {
    /// A ring mapped twice, of the size that the first `fill` requests; becomes `linear` if the mapping fails, or if it has to
    /// hold more.
    case mirrored
    /// Ordinary memory, whose unread bytes are moved to the front from time to time.
    case linear
}

@safe
struct StreamBuffer: ~Copyable {
    static var guardBytes: Int { 64 }
    // Beyond this size, a fresh page of the memory file costs more than moving the unread bytes once per turn of the buffer.
    private static var largestMirror: Int { 64 * 1024 }
    // More memory than any machine has, and small enough that sums of sizes do not overflow.
    private static var mostBytes: Int { 1 << 56 }

    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var head = 0
    private(set) var count = 0
    private(set) var isMirrored: Bool

    init(layout: BufferLayout) {
        unsafe base = nil
        isMirrored = layout == .mirrored
    }

    deinit {
        if let base = unsafe base { unsafe Self.release(base, capacity: capacity, isMirrored: isMirrored) }
    }

    /// Bytes of memory held.
    var allocatedBytes: Int { capacity }

    /// Bytes that fit without growing.
    private var usable: Int { max(0, isMirrored ? capacity - Self.guardBytes : capacity) }

    var readable: Window {
        @inline(__always) get { unsafe Window(base: base.map { unsafe UnsafeRawPointer($0 + head) }, count: count) }
    }

    /// The bytes at `offset` after the head; valid until the next write, even after they were consumed.
    func consumed(_ length: Int) -> Window {
        unsafe Window(base: base.map { unsafe UnsafeRawPointer($0 + head) }, count: length)
    }

    mutating func removeAll() {
        head = 0
        count = 0
    }

    /// Asserts the contract at the head of this file after each change.
    @inline(__always)
    private func checkContract() {
        assert(head >= 0 && count >= 0 && count <= usable, "\(count) bytes at \(head) of \(capacity)")
        assert(head < capacity || (head == 0 && capacity == 0) || (count == 0 && !isMirrored), "\(head) of \(capacity)")
        assert(isMirrored || head + count <= capacity, "\(count) bytes at \(head) reach beyond \(capacity)")
        assert(unsafe base != nil || capacity == 0, "a capacity of \(capacity) bytes without memory")
    }

    mutating func consume(_ bytes: Int) {
        precondition(bytes >= 0 && bytes <= count, "more consumed than readable")
        count -= bytes
        head += bytes
        if isMirrored {
            if head >= capacity { head -= capacity }
        } else if count == 0 {
            head = 0
        }
        checkContract()
    }

    /// Reserves memory for `bytes` more bytes; returns false if the allocation fails.
    @inline(__always)
    mutating func reserve(_ bytes: Int) -> Bool {
        if usable - count < bytes { return bytes <= Self.mostBytes - count && grow(toHold: count + bytes) }
        if !isMirrored && capacity - head - count < bytes { compact() }
        return true
    }

    /// Appends a copy of `source`; returns false if the allocation fails.
    @inline(__always)
    mutating func append(_ source: Window) -> Bool {
        guard reserve(source.count) else { return false }
        if source.count > 0 {
            unsafe source.withPointer { unsafe writePosition.copyMemory(from: $0, byteCount: source.count) }
            count += source.count
        }
        checkContract()
        return true
    }

    mutating func append(byte: UInt8) -> Bool {
        guard reserve(1) else { return false }
        unsafe writePosition.storeBytes(of: byte, as: UInt8.self)
        count += 1
        checkContract()
        return true
    }

    /// Calls `producer` with `bytes` free bytes, and appends as many as it says it wrote; nil if the allocation fails.
    mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int? {
        // Zero bytes need a valid address too.
        guard reserve(max(1, bytes)) else { return nil }
        let space = unsafe UnsafeMutableRawBufferPointer(start: writePosition, count: bytes)
        let written = unsafe try producer(space)
        precondition(written >= 0 && written <= bytes, "the producer returned \(written) of \(bytes) bytes")
        count += written
        checkContract()
        return written
    }

    /// Frees the memory. The buffer has to be empty.
    mutating func releaseMemory() {
        precondition(count == 0, "memory released while bytes are unread")
        if let base = unsafe base { unsafe Self.release(base, capacity: capacity, isMirrored: isMirrored) }
        unsafe base = nil
        capacity = 0
        head = 0
        checkContract()
    }

    /// Frees the memory if it is more than `bytes`. The buffer has to be empty.
    mutating func trim(to bytes: Int) {
        if capacity > bytes { releaseMemory() }
    }

    // In a mirrored buffer head + count may be in the second mapping, at the same byte as in the first.
    private var writePosition: UnsafeMutableRawPointer {
        unsafe base.unsafelyUnwrapped + head + count
    }

    @inline(never)
    private mutating func compact() {
        guard let base = unsafe base, head > 0 else { return }
        unsafe base.copyMemory(from: base + head, byteCount: count)
        head = 0
        checkContract()
    }

    @inline(never)
    private mutating func grow(toHold bytes: Int) -> Bool {
        var wanted = max(capacity * 2, isMirrored ? c_sluice_page_size() : 256)
        while wanted < bytes + Self.guardBytes { wanted *= 2 }
        wanted = Self.inHugePages(wanted, toHold: bytes)
        if !isMirrored && head == 0 { return stretch(to: wanted) }
        var mirrored = isMirrored && capacity == 0 && wanted <= Self.largestMirror
        var memory = mirrored ? unsafe c_sluice_mirror_map(wanted) : nil
        if unsafe memory == nil {
            mirrored = false
            unsafe memory = c_sluice_memory_resize(nil, 0, wanted + Self.guardBytes)
        }
        guard let memory = unsafe memory else { return false }
        if let base = unsafe base {
            unsafe memory.copyMemory(from: base + head, byteCount: count)
            unsafe Self.release(base, capacity: capacity, isMirrored: isMirrored)
        }
        unsafe base = memory
        capacity = wanted
        head = 0
        isMirrored = mirrored
        checkContract()
        return true
    }

    /// Rounds the capacity of a large buffer up to whole huge pages, its guard included.
    private static func inHugePages(_ capacity: Int, toHold bytes: Int) -> Int {
        let page = Int(C_SLUICE_HUGE_PAGE)
        guard capacity >= page / 4 else { return capacity }
        let pages = (bytes + guardBytes + page - 1) / page
        return max(pages, capacity / page) * page - guardBytes
    }

    /// Grows linear memory in place if the allocator can.
    private mutating func stretch(to wanted: Int) -> Bool {
        guard let memory = unsafe c_sluice_memory_resize(base, count, wanted + Self.guardBytes) else { return false }
        unsafe base = memory
        capacity = wanted
        checkContract()
        return true
    }

    private static func release(_ base: UnsafeMutableRawPointer, capacity: Int, isMirrored: Bool) {
        if isMirrored {
            unsafe c_sluice_mirror_unmap(base, capacity)
        } else {
            unsafe c_sluice_memory_free(base)
        }
    }
}
