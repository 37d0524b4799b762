import Foundation

/// Numbers that a seed determines: SplitMix64, whose every seed is a good one.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True once in `count` times.
    mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements.randomElement(using: &self)! }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }

    /// Up to `most` ascending places to cut `bytes` at, empty chunks among them.
    mutating func cuts(of bytes: [UInt8], most: Int) -> Chunks {
        let count = Int.random(in: 0...most, using: &self)
        return Chunks(bytes, at: (0..<count).map { _ in Int.random(in: 0...bytes.count, using: &self) }.sorted())
    }
}

/// Seeds for tests that draw their input. `SLUICE_TEST_SEED=n` runs the one that failed; `SLUICE_TEST_ROUNDS=n` runs more.
enum Seeds {
    static func rounds(_ count: Int) -> [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SLUICE_TEST_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        let rounds = environment["SLUICE_TEST_ROUNDS"].flatMap { Int($0) } ?? count
        return (0..<UInt64(rounds)).map { 0x51_0CE0 &+ $0 }
    }
}
