// Values of any number in bounded memory. As long as there are few, each is kept, and percentiles are exact. From then on they
// are counted in buckets of a log-linear histogram, as HdrHistogram has it: a power of two is divided into 128 buckets of equal
// width, and a percentile is the middle of its bucket, so it is wrong by at most half a width:
//
//     width / lower end ≤ 1 / 128,   half of that: 0.4 %
//
// Count, sum, least and greatest are exact in both.

/// Durations in nanoseconds: their count, sum, greatest, percentiles, and how they are spread.
struct Distribution: Sendable {
    /// Values that are kept one by one.
    static var exactCount: Int { 1 << 16 }

    private var values: [UInt64] = []
    /// Counts of the log-linear histogram; empty while ``values`` has all.
    private var buckets: [UInt64] = []
    /// Counts of the bars that people see.
    private(set) var bars = DurationBars()
    private(set) var count: UInt64 = 0
    private(set) var sum: UInt64 = 0
    private(set) var greatest: UInt64 = 0

    /// Percentiles are not rounded to the middle of a bucket.
    var isExact: Bool { buckets.isEmpty }

    mutating func add(_ value: UInt64) {
        count += 1
        sum = sum.addingReportingOverflow(value).overflow ? .max : sum + value
        greatest = max(greatest, value)
        bars.add(value)
        if isExact && values.count < Self.exactCount { return values.append(value) }
        countInBuckets()
        buckets[Self.bucket(of: value)] += 1
    }

    mutating func add(_ other: Distribution) {
        count += other.count
        sum = sum.addingReportingOverflow(other.sum).overflow ? .max : sum + other.sum
        greatest = max(greatest, other.greatest)
        bars.add(other.bars)
        if isExact && other.isExact && values.count + other.values.count <= Self.exactCount {
            values += other.values
            return
        }
        countInBuckets()
        for value in other.values { buckets[Self.bucket(of: value)] += 1 }
        for (index, more) in other.buckets.enumerated() { buckets[index] += more }
    }

    /// The least value that at least `percent` of all values do not exceed (nearest rank); nil without values.
    func percentiles(_ percents: [UInt64]) -> [UInt64?] {
        guard count > 0 else { return percents.map { _ in nil } }
        let sorted = values.sorted()
        return percents.map { percent in
            let (high, low) = count.multipliedFullWidth(by: percent)
            let (whole, rest) = UInt64(100).dividingFullWidth((high, low))
            let rank = max(1, whole + (rest > 0 ? 1 : 0))
            return isExact ? sorted[Int(rank) - 1] : valueInBuckets(rank: rank)
        }
    }

    private func valueInBuckets(rank: UInt64) -> UInt64 {
        var seen: UInt64 = 0
        for (index, number) in buckets.enumerated() {
            seen += number
            if seen >= rank { return min(greatest, Self.middle(of: index)) }
        }
        return greatest
    }

    private mutating func countInBuckets() {
        guard isExact else { return }
        buckets = [UInt64](repeating: 0, count: Self.bucket(of: .max) + 1)
        for value in values { buckets[Self.bucket(of: value)] += 1 }
        values = []
    }

    /// Below 256 a bucket a value; above, 128 for each power of two.
    private static func bucket(of value: UInt64) -> Int {
        if value < 256 { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        return 256 + (exponent - 8) * 128 + Int(value >> UInt64(exponent - 7)) - 128
    }

    private static func middle(of bucket: Int) -> UInt64 {
        if bucket < 256 { return UInt64(bucket) }
        let shift = UInt64((bucket - 256) / 128 + 1)
        let lower = UInt64((bucket - 256) % 128 + 128) << shift
        return lower + (1 << shift) / 2
    }
}

/// How durations are spread over steps of 1, 2 and 5 times a power of ten, from 1 µs to 1000 s.
struct DurationBars: Sendable {
    /// Lower ends, in nanoseconds: 0 is a bar of its own, the last has no upper end.
    static let edges: [UInt64] = {
        var edges: [UInt64] = [0, 1]
        var power: UInt64 = 1000
        while power < 1_000_000_000_000 {
            edges += [power, 2 * power, 5 * power]
            power *= 10
        }
        return edges + [power]
    }()

    private(set) var counts = [UInt64](repeating: 0, count: edges.count)

    mutating func add(_ value: UInt64) { counts[(Self.edges.lastIndex { $0 <= value } ?? 0)] += 1 }

    mutating func add(_ other: DurationBars) { for index in counts.indices { counts[index] += other.counts[index] } }

    /// The bars from the first that has a count to the last.
    var shown: Range<Int> {
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
            return 0..<0
        }
        return first..<last + 1
    }
}
