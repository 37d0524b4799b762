// What callers give as a duration may be any of 128 bits. Clocks and formats count in 64, and trap on what does not fit.

extension Duration {
    /// Between nothing and 100 years, which no program waits for: clocks can add it to the present and convert the sum.
    var waitable: Duration { min(max(self, .zero), .seconds(3_155_760_000)) }

    /// Milliseconds to the nearest one, from 0 to `most`.
    func milliseconds(upTo most: Int64) -> Int64 {
        let (seconds, attoseconds) = min(max(self, .zero), .milliseconds(most)).components
        let rest = (attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000
        return min(seconds * 1000 + rest, most)
    }
}
