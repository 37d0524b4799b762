import Foundation
import Sluice

extension HostileCase {
    /// Every case, in the order of the table.
    static func all(_ scale: HostileScale, _ corpora: URL) throws -> [HostileCase] {
        endless(scale) + lines(scale) + documents(scale) + many(scale) + undetected(scale) + random(scale)
            + wrongInput(scale) + (try sweeps(scale, corpora))
    }

    /// Also byte by byte, at a smaller size.
    static let byteByByte = HostileFeed.borrowed(1)

    // MARK: Good events

    /// An event of OpenAI's chat with one piece of text.
    static func chat(_ text: String) -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
    }

    /// A line of Ollama's.
    static func line(_ text: String, isLast: Bool = false) -> String {
        "{\"response\":\"\(text)\",\"done\":\(isLast)}\n"
    }

    /// `bad` between good events of OpenAI's chat.
    static func chatStream(_ bad: [HostileSource.Part]) -> Work {
        .stream(HostileSource([.text(chat("before"))] + bad + [.text(chat("after") + "data: [DONE]\n\n")]))
    }

    /// `bad` between good lines of Ollama's.
    static func lineStream(_ bad: [HostileSource.Part]) -> Work {
        .stream(HostileSource([.text(line("before"))] + bad + [.text(line("after", isLast: true))]))
    }

    /// Google's format as one JSON array.
    static var array: WireFormat {
        var format = WireFormat.geminiGenerate
        format.framing = .jsonArray
        return format
    }

    /// `bad` between good elements of an array.
    static func arrayStream(_ bad: [HostileSource.Part]) -> Work {
        func element(_ text: String, _ more: String = "") -> String {
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\(text)\"}]}\(more)}]}"
        }
        let last = element("after", ",\"finishReason\":\"STOP\"")
        return .stream(HostileSource([.text("[" + element("before") + ",\n")] + bad + [.text(",\n" + last + "]\n")]))
    }

    /// `bad` between good messages of Amazon's.
    static func amazonStream(_ bad: [HostileSource.Part]) -> Work {
        func text(_ text: String) -> [UInt8] {
            amazonMessage("{\"contentBlockDelta\":{\"delta\":{\"text\":\"\(text)\"}}}")
        }
        let end = amazonMessage("{\"messageStop\":{\"stopReason\":\"end_turn\"}}")
        return .stream(HostileSource([.bytes(text("before"))] + bad + [.bytes(text("after") + end)]))
    }

    // MARK: Amazon's framing

    static func amazonMessage(_ payload: String) -> [UInt8] {
        let body = amazonPrelude(total: UInt32(16 + payload.utf8.count)) + Array(payload.utf8)
        return body + bigEndian(checksum(body))
    }

    /// Lengths and their checksum; no headers.
    static func amazonPrelude(total: UInt32) -> [UInt8] {
        let lengths = bigEndian(total) + bigEndian(0)
        return lengths + bigEndian(checksum(lengths))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }

    /// CRC-32 of IEEE 802.3, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
