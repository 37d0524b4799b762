// Plain frames: the forms that most streams consist of (one data line, optionally an event line before it; one line of
// NDJSON). They are found in runs and returned one by one.
//
// The stream's state does not change between two frames of a run, so a reader only loads four numbers for each frame. The code
// for this is inlined into the loops of other packages.

/// A plain frame, as offsets from the beginning of its run.
@usableFromInline
struct PlainFrame {
    @usableFromInline let start: Int
    @usableFromInline let payloadStart: Int
    @usableFromInline let payloadLength: Int
    @usableFromInline let eventStart: Int
    @usableFromInline let eventLength: Int

    @inlinable
    @inline(__always)
    init(start: UInt32, payloadStart: UInt32, payloadLength: UInt32, event: UInt32) {
        self.start = Int(start)
        self.payloadStart = Int(payloadStart)
        self.payloadLength = Int(payloadLength)
        eventStart = Int(start) &+ Int(event &>> 16)
        eventLength = Int(event & 0xFFFF)
    }
}
