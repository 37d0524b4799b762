// What counts as a keep-alive, in every format: docs/READING.md.

/// The bytes without JSON white space at both ends.
@inline(__always)
func trimmed(_ payload: Window) -> Window {
    let isBare = payload.count == 0 || !isSpace(payload[0]) && !isSpace(payload[payload.count - 1])
    return isBare ? payload : withoutSpace(payload)
}

private func withoutSpace(_ payload: Window) -> Window {
    var start = 0
    var end = payload.count
    while start < end && isSpace(payload[start]) { start += 1 }
    while end > start && isSpace(payload[end - 1]) { end -= 1 }
    return payload.slice(start, end - start)
}

/// Whether trimmed data carries nothing.
func isKeepAlive(_ payload: Window) -> Bool {
    if payload.count == 0 || payload[0] == 0x3A { return true }
    guard payload.count <= 6 else { return false }
    let known: [StaticString] = ["null", "\"\"", "{}", "[]", "0", "ping", "[PING]", "[DONE]"]
    return known.contains { payload.isText($0) }
}

/// Whether events of this kind carry nothing.
@inline(__always)
func isKeepAliveKind(_ kind: Window) -> Bool {
    mayBeKeepAliveKind(kind.count) && isKeepAliveName(kind)
}

private func isKeepAliveName(_ kind: Window) -> Bool {
    let first = kind[0]
    guard first == 0x70 || first == 0x68 || first == 0x6B || first == 0x63 else { return false }
    return keepAliveKinds.contains { kind.isText($0) }
}

/// Whether a kind of this length may be one: most are longer.
@inline(__always)
func mayBeKeepAliveKind(_ length: Int) -> Bool { length >= 4 && length <= 10 }

/// A bit for each length that such a kind may have.
let keepAliveLengths: UInt64 = 0b111_1111_0000

/// The same for the `type` of a document, whose escapes are decoded.
func isKeepAliveType(_ type: Window) -> Bool {
    if isKeepAliveKind(type) { return true }
    guard (0..<type.count).contains(where: { type[$0] == 0x5C }) else { return false }
    return keepAliveKinds.contains { equals(type, isEscaped: true, Array("\($0)".utf8)) }
}

/// The kinds of events that say nothing but that the stream lives.
package let keepAliveKinds: [StaticString] = [
    "ping", "heartbeat", "keepalive", "keep-alive", "keep_alive", "connected",
]

/// Whether a payload in NDJSON is a line of Server-Sent Events without data.
func isFieldLine(_ payload: Window) -> Bool {
    payload.begins("event:") || payload.begins("id:") || payload.begins("retry:")
}
