import Sluice

// The framing of a stream whose format is given, with the framing that it usually has: documents may come as one JSON document, or as lines of JSON, instead of the
// framing that the format has.

enum ReferenceFraming {
    static func of(_ bytes: [UInt8], _ format: WireFormat) -> Framing {
        let framing = format.framing
        let isAsked = WireFormat.named(format.name).map { $0.framing != framing } ?? false
        if isAsked || format.payload == .text || framing == .jsonArray { return framing }
        if framing == .awsEventStream && bytes.first != UInt8(ascii: "{") { return framing }
        var rest = behindKeepAlives(bytes)
        guard bytes.count - rest.count < 65_536, let first = rest.popFirst(), rest.first != 0 else { return framing }
        let spaces = rest.prefix(while: isSpace)
        let next = rest.dropFirst(spaces.count).first
        switch first {
        case UInt8(ascii: "{"):
            if spaces.contains(0x0A) || spaces.contains(0x0D) { return .jsonArray }
            return next == nil ? framing : .ndjson
        case UInt8(ascii: "["):
            if framing == .ndjson { return framing }
            guard let next else { return framing }
            return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(next) ? .ndjson : .jsonArray
        default: return framing
        }
    }

    /// Lines that carry nothing show nothing, if they are short.
    private static func behindKeepAlives(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var rest = bytes[...]
        while true {
            rest = rest.drop(while: isSpace)
            let line = rest.prefix { $0 != 0x0A && $0 != 0x0D }
            guard line.count < 64, line.endIndex < rest.endIndex, let first = line.first, !"[{:".utf8.contains(first),
                ReferenceSilence.isKeepAlive(data: Array(line))
            else { return rest }
            rest = rest[line.endIndex...]
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    /// Whether a stream of Server-Sent Events has lines of the standard.
    static func hasQuietLine(_ bytes: [UInt8]) -> Bool {
        let names = ["", "data", "event", "id", "retry"].map { Array($0.utf8) }
        return bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).contains { line in
            names.contains(Array(line.prefix { $0 != UInt8(ascii: ":") }))
        }
    }
}
