import Sluice

/// Totals of all streams of a run, and the time that it took.
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

    /// One line of figures: counts, time, and rates where there are any.
    var line: String {
        let elapsed = ContinuousClock.now - start
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        let rates = [
            Self.rate(Double(bytes) / seconds, ["B/s", "kB/s", "MB/s", "GB/s"]),
            Self.rate(Double(deltas) / seconds, ["deltas/s"]),
        ].compactMap(\.self)
        return "\(frames) frames, \(deltas) deltas, \(bytes) bytes in \(Self.fixed(seconds, digits: 6)) s"
            + (rates.isEmpty ? "" : ": " + rates.joined(separator: ", "))
    }

    /// Three digits and the unit that suits them, each a thousand of the one before; nil for a rate that would read as 0.
    private static func rate(_ value: Double, _ units: [String]) -> String? {
        guard value.isFinite, value >= 0.01 else { return nil }
        var value = value
        var unit = 0
        // 999.5 would be shown as 1000.
        while value >= 999.5 && unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
        let text = digits == 0 ? String(Int(value.rounded())) : fixed(value, digits: digits)
        return "\(text) \(units[unit])"
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
