// Frames of the shapes that nearly all streams are made of (one data line, maybe an event line before it; one line of
// NDJSON), found a run at a time and handed out one by one.
//
// Nothing of a stream's state stands between two frames of a run, so what a reader does for each is a load of four numbers.
// The code for it is inlined into the loops of users, across the package's border.

/// A plain frame, as offsets from the begin of its run.
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
