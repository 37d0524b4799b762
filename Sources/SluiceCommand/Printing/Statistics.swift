import Sluice

/// What all streams of a run have come to, and how long that took.
struct Statistics {
    private let start = ContinuousClock.now
    private var frames: UInt64 = 0
    private var deltas: UInt64 = 0
    private var bytes: UInt64 = 0

    mutating func add(_ end: StreamEnd) {
        frames += end.frames
        deltas += end.deltas
        bytes += end.bytes
    }

    /// One line of figures; a megabyte is a million bytes.
    var line: String {
        let elapsed = ContinuousClock.now - start
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        let rate = seconds > 0 ? 1 / seconds : 0
        return "\(frames) frames, \(deltas) deltas, \(bytes) bytes in \(Self.fixed(seconds, digits: 6)) s: "
            + "\(Self.fixed(Double(bytes) * rate / 1e6, digits: 1)) MB/s, \(Int(Double(deltas) * rate)) deltas/s"
    }

    private static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int((value * scale).rounded())
        let unit = Int(scale)
        let fraction = String(whole % unit)
        return "\(whole / unit)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
