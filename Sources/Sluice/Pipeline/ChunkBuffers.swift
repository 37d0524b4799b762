// Who owns the bytes that a read sees: the caller, who lends a chunk, or the stream, whose ring `fill` writes to. The framers and
// both lanes see a window of bytes and what is carried (Input.swift), and do not know who owns them.

struct ChunkBuffers: ~Copyable {
    /// The owner of the chunk that is read.
    enum Owner {
        /// The caller, who lends it. Its unfinished event is carried.
        case caller
        /// The stream's ring, where an unfinished event stays.
        case ring
        /// The ring, but an unfinished event before it was borrowed and is carried.
        case ringBehindCarry
    }

    var owner = Owner.caller
    /// The bytes that `fill` wrote, from the unfinished event on.
    var ring: StreamBuffer
    /// The number of its leading bytes that were scanned for delimiters.
    var ringScanned = 0
    /// The first bytes of the stream, while they do not show the framing; then the bytes of the first read.
    var prefix = StreamBuffer(layout: .linear)

    init(layout: BufferLayout) { ring = StreamBuffer(layout: layout) }

    var allocatedBytes: Int { ring.allocatedBytes + prefix.allocatedBytes }

    /// Whether the chunk is in the ring.
    var isInRing: Bool { owner != .caller }

    /// The chunk was read, if it is in the ring behind carried bytes.
    mutating func releaseRingBehindCarry() {
        guard owner == .ringBehindCarry else { return }
        ring.removeAll()
        owner = .caller
    }

    mutating func removeAll() {
        ring.removeAll()
        prefix.removeAll()
        ringScanned = 0
        owner = .caller
    }

    mutating func trim(to bytes: Int) {
        ring.trim(to: bytes)
        prefix.trim(to: bytes)
    }
}
