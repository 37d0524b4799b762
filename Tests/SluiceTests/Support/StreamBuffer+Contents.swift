import Foundation

@testable import Sluice

extension StreamBuffer {
    /// Whether the buffer holds these bytes in one piece, with readable bytes behind them.
    func matches(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard count == bytes.count, readable.count == bytes.count else { return false }
        // The bytes behind the last one must not be the buffer's first bytes mapped again: nobody may write to them.
        if isMirrored && allocatedBytes > 0 && allocatedBytes - count < Self.guardBytes { return false }
        guard allocatedBytes > 0 else { return bytes.isEmpty }
        return unsafe bytes.withUnsafeBytes { wanted in
            unsafe readable.withPointer { found in
                // They only have to be readable: otherwise the sanitizer or the system ends the process.
                var behind = UInt8(0)
                for index in 0..<Self.guardBytes { unsafe behind |= found[wanted.count + index] }
                guard let base = wanted.baseAddress, wanted.count > 0 else { return behind >= 0 }
                return unsafe memcmp(found, base, wanted.count) == 0
            }
        }
    }

    func matches(_ bytes: [UInt8]) -> Bool { matches(bytes[...]) }
}
