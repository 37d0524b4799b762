// Durations of callers have 128 bits. Clocks and formats use 64 bits and trap on overflow.

extension Duration {
    /// The duration limited to 0 through 100 years, so that clocks can add it to the current time and convert the sum.
    var waitable: Duration { min(max(self, .zero), .seconds(3_155_760_000)) }

    /// The duration in milliseconds, rounded to the nearest, from 0 to `most`.
    func milliseconds(upTo most: Int64) -> Int64 {
        let (seconds, attoseconds) = min(max(self, .zero), .milliseconds(most)).components
        let rest = (attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000
        return min(seconds * 1000 + rest, most)
    }
}
