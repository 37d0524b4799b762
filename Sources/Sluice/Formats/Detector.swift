internal import CSluiceSimdjson

// Detects a stream's framing from its first bytes, and its format from its first payloads, by the formats' signatures.

/// The framing that the bytes show from the line at `start` on, which may be white space or a keep-alive; nil as long as
/// several are possible.
func detectFraming(_ prefix: Window, from start: Int) -> Framing? {
    let index = tellingLine(prefix, from: start)
    if index >= framingPatience { return .sse }
    guard index < prefix.count, !mayBeKeepAlive(prefix.from(index)) else { return nil }
    switch prefix[index] {
    case 0x00: return index > 0 ? .sse : beginsWide(prefix).map { $0 ? .sse : .awsEventStream }
    case 0x5B, 0x7B: break
    case 0xEF where prefix.count < 3: return nil
    default: return .sse
    }
    guard index + 1 < prefix.count else { return nil }
    // Text in UTF-16 or UTF-32 is not a document.
    if prefix[index + 1] == 0 { return .sse }
    if prefix[index] == 0x5B { return framingOfBracket(prefix.from(index + 1)) }
    // A document with a line end after its first bracket spans lines, so it is not NDJSON.
    var next = index + 1
    while next < prefix.count && isSpace(prefix[next]) {
        if prefix[next] == 0x0A || prefix[next] == 0x0D { return .jsonArray }
        next += 1
    }
    if next >= framingPatience { return .sse }
    return next < prefix.count ? .ndjson : nil
}

/// The position of the first line from `start` on that is neither white space nor a keep-alive, or not received whole.
func tellingLine(_ bytes: Window, from start: Int) -> Int {
    var index = start
    if index == 0 && bytes.count >= 3 && bytes.word(at: 0, upTo: 3) == 0xBF_BBEF { index = 3 }
    while index < bytes.count && index < framingPatience {
        if isSpace(bytes[index]) {
            index += 1
            continue
        }
        guard beginsKeepAlive(bytes[index]), let count = lineLength(bytes.from(index)),
            isKeepAlive(trimmed(bytes.slice(index, count)))
        else { break }
        index += count
    }
    return index
}

private func mayBeKeepAlive(_ line: Window) -> Bool {
    beginsKeepAlive(line[0]) && line.count < longestKeepAlive && lineLength(line) == nil
}

/// Brackets show the framing, and so do comments.
private func beginsKeepAlive(_ byte: UInt8) -> Bool { byte == 0x6E || byte == 0x22 || byte == 0x30 || byte == 0x70 }

/// The bytes until the line's end; nil if it is not among the first.
private func lineLength(_ bytes: Window) -> Int? {
    (0..<min(bytes.count, longestKeepAlive)).first { bytes[$0] == 0x0A || bytes[$0] == 0x0D }
}

/// Longer lines show that a stream has Server-Sent Events, whatever they say.
private let longestKeepAlive = 64

/// The framing of a stream after an opening bracket: `[DONE]` and `[PING]` are lines, not arrays.
private func framingOfBracket(_ rest: Window) -> Framing? {
    var index = 0
    while index < rest.count && isSpace(rest[index]) { index += 1 }
    if index >= framingPatience { return .jsonArray }
    guard index < rest.count else { return nil }
    return (0x41...0x5A).contains(rest[index]) ? .ndjson : .jsonArray
}

/// The maximum leading white space in bytes; a stream with more counts as Server-Sent Events.
let framingPatience = 65_536

/// White space of JSON.
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

/// The framing of an input that ends before its bytes have shown it: lines of keep-alives are NDJSON.
func framingOfShort(_ bytes: Window) -> Framing {
    guard bytes.count > 0 else { return .sse }
    if bytes[0] == 0 { return .awsEventStream }
    let isQuiet = trimmed(bytes).count > 0 && tellingLine(bytes, from: 0) == bytes.count
    if isQuiet && bytes[0] != 0xEF { return .ndjson }
    return bytes[bytes.count - 1] == 0x5B ? .jsonArray : .sse
}

/// Whether bytes that begin with a zero are text in big-endian UTF-16 or UTF-32, and not an AWS message: that would have
/// headers of 2 MiB, or a checksum that looks like a character. Nil as long as both are possible.
private func beginsWide(_ prefix: Window) -> Bool? {
    func isCharacter(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
    /// Whether the first `count` bytes are big-endian characters of `width` bytes, the first of which may be a byte order
    /// mark; nil if fewer bytes were received.
    func areUnits(of width: Int, _ count: Int) -> Bool? {
        for index in 0..<min(count, prefix.count) {
            let isAsExpected = index % width == width - 1 ? isCharacter(prefix[index]) : prefix[index] == 0
            if width == 4 && (index == 2 && prefix[index] == 0xFE || index == 3 && prefix[index] == 0xFF) { continue }
            if !isAsExpected { return false }
        }
        return prefix.count < count ? nil : true
    }
    switch (areUnits(of: 2, 6), areUnits(of: 4, 12)) {
    case (true, _), (_, true): return true
    case (false, false): return false
    default: return nil
    }
}

final class FormatDetector: Sendable {
    /// The detector of the built-in formats.
    static let builtIn = SharedTable { () throws(SluiceError) in try FormatDetector(WireFormat.all) }

    /// The maximum number of frames buffered until the format is known.
    static var maxFrames: Int { 32 }
    /// The maximum bytes of payloads buffered until the format is known.
    static var maxBytes: Int { 1 << 20 }

    private let formats: [WireFormat]
    private let paths: [String]
    private let table: CaptureTable

    init(_ formats: [WireFormat]) throws(SluiceError) {
        self.formats = formats
        let names = Set(formats.flatMap { $0.signature.joined().compactMap(\.path) })
        paths = names.sorted()
        table = try CaptureTable(paths: paths, containers: names)
    }

    /// The format of a payload with this framing; nil if the payload matches none.
    func detect(
        _ payload: Window, event: Window, isError: Bool, _ framing: Framing, _ parser: inout CaptureParser
    ) -> WireFormat? {
        var start = 0
        while start < payload.count && isSpace(payload[start]) { start += 1 }
        let first = start < payload.count ? payload[start] : 0
        let failure = first == 0x7B ? parser.walk(payload, length: payload.count, table) : nil
        let isDocument = first == 0x7B && failure == nil
        var captures: [Capture] = []
        if isDocument {
            let found = parser.captures
            for index in found.indices { captures.append(found[index]) }
        }
        for format in formats where fits(format, framing) && (format.payload == .text || isDocument) {
            for alternative in format.signature {
                guard alternative.allSatisfy({ holds($0, captures, payload, event, isError) }) else { continue }
                var found = format
                found.framing = framing
                return found
            }
        }
        return nil
    }

    private func fits(_ format: WireFormat, _ framing: Framing) -> Bool {
        format.framing == framing
            || (framing == .jsonArray || framing == .ndjson) && format.payload == .json
                && format.framing != .awsEventStream
    }

    private func holds(
        _ condition: Condition, _ captures: [Capture], _ payload: Window, _ event: Window, _ isError: Bool
    ) -> Bool {
        func found(_ path: String) -> Capture? {
            captures.first { paths[Int($0.path)] == path }
        }
        func text(_ path: String) -> Window? {
            found(path).map { payload.slice(Int($0.offset), Int($0.length)) }
        }
        switch condition {
        case .equals(let path, let value):
            return text(path).map { equals($0, isEscaped: false, Array(value.utf8)) } ?? false
        case .differs(let path, let value):
            return text(path).map { !equals($0, isEscaped: false, Array(value.utf8)) } ?? false
        case .present(let path): return found(path) != nil
        case .empty(let path): return (text(path)?.count ?? 0) == 0
        case .notEmpty(let path): return (text(path)?.count ?? 0) > 0
        case .isTrue(let path): return found(path).map { Int32($0.kind) == Int32(C_SLUICE_TRUE) } ?? false
        case .isNotTrue(let path): return found(path).map { Int32($0.kind) != Int32(C_SLUICE_TRUE) } ?? true
        case .hasPrefix(let path, let prefix):
            return text(path).map {
                $0.count >= prefix.utf8.count
                    && equals($0.slice(0, prefix.utf8.count), isEscaped: false, Array(prefix.utf8))
            } ?? false
        case .hasOnly(let keys):
            let scan = EventScan(payload)
            return (1...EventScan.mostKeys).contains(scan.keyCount)
                && (0..<scan.keyCount).allSatisfy { index in
                    keys.contains { equals(scan.key(index), isEscaped: false, Array($0.utf8)) }
                }
        case .event(let type): return equals(event, isEscaped: false, Array(type.utf8))
        case .block: return false
        case .errorEvent: return isError
        case .notErrorEvent: return !isError
        }
    }
}
