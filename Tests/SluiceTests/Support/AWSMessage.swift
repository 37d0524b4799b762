// Amazon's event stream messages, built byte by byte, with a checksum of the tests' own.

struct AWSMessage {
    var headers: [UInt8] = []
    var payload: [UInt8] = []

    init(payload: String, event: String? = nil) {
        self.payload = Array(payload.utf8)
        if let event {
            headers += Self.header(":event-type", event) + Self.header(":message-type", "event")
        }
    }

    /// A header of type 7, a string.
    static func header(_ name: String, _ value: String) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [7] + big(UInt32(value.utf8.count)).suffix(2) + Array(value.utf8)
    }

    var bytes: [UInt8] {
        let total = UInt32(16 + headers.count + payload.count)
        let lengths = Self.big(total) + Self.big(UInt32(headers.count))
        let body = lengths + Self.big(Self.checksum(lengths)) + headers + payload
        return body + Self.big(Self.checksum(body))
    }

    static func big(_ value: UInt32) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: value >> 24), UInt8(truncatingIfNeeded: value >> 16),
            UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value),
        ]
    }

    /// CRC-32 of IEEE 802.3, bit by bit.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
