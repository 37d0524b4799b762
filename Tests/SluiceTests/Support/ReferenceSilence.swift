import Sluice

// Events that carry nothing: keep-alives, terminal payloads, silent events; and the names of those that no rule reads.
// docs/READING.md, sections 1, 2, 5 and 6.

enum ReferenceSilence {
    // MARK: Keep-alives

    private static let keepAlives = ["null", "\"\"", "{}", "[]", "0", "ping", "[PING]"]
    private static let keepAliveTypes = ["ping", "heartbeat", "keepalive", "keep-alive", "keep_alive", "connected"]

    /// Without JSON's white space at either end.
    static func trimmed(_ payload: [UInt8]) -> [UInt8] {
        func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
        return Array(payload.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }

    /// Data of a format of documents that says nothing; another format's end too.
    static func isKeepAlive(data: [UInt8]) -> Bool {
        let data = trimmed(data)
        return data.isEmpty || data.first == UInt8(ascii: ":")
            || (keepAlives + ["[DONE]"]).contains { Array($0.utf8) == data }
    }

    static func isKeepAlive(type: [UInt8]) -> Bool { keepAliveTypes.contains { Array($0.utf8) == type } }

    static func isKeepAlive(_ document: ReferenceValue, in payload: [UInt8]) -> Bool {
        if document.members.isEmpty { return true }
        guard let type = document.member("type"), type.kind == .string else { return false }
        return ReferenceText.whole(payload[type.range]).map { isKeepAlive(type: $0) } ?? false
    }

    /// Whether the data is one of the format's terminal payloads. In formats of documents, what begins like a document is none.
    static func isTerminal(_ payload: [UInt8], _ format: WireFormat) -> Bool {
        // Spaces belong to a text.
        if format.payload == .text { return format.terminalPayloads.contains { Array($0.utf8) == payload } }
        let data = trimmed(payload)
        if data.first == UInt8(ascii: "{") { return false }
        return format.terminalPayloads.contains { trimmed(Array($0.utf8)) == data }
    }

    // MARK: Silent events

    /// Names of values that say nothing of the answer.
    static let bookkeeping: Set<String> = [
        "id", "object", "created", "created_at", "created_time", "model", "role", "index", "system_fingerprint",
        "service_tier", "provider", "obfuscation", "sequence_number", "event_id", "logprobs", "native_finish_reason",
        "timestamp", "p", "output_index", "content_index", "item_id", "response_id", "request_id", "message_id",
        "conversation_id", "session_id", "trace_id", "stop_sequence", "seed",
        "modelVersion", "responseId", "createTime", "prompt_filter_results", "content_filter_results",
        "content_filter_offsets",
    ]

    /// Whether a document has nothing but empty values and bookkeeping: null, false, empty strings, and what has only such in it.
    static func saysNothing(_ value: ReferenceValue, isTop: Bool = true) -> Bool {
        switch value.kind {
        case .null, .no: true
        case .yes, .number: false
        case .string: value.range.isEmpty
        case .array: value.elements.allSatisfy { saysNothing($0, isTop: false) }
        case .object:
            value.members.allSatisfy {
                let name = String(decoding: $0.key, as: UTF8.self)
                return bookkeeping.contains(name) || !isTop && ["type", "status"].contains(name)
                    || saysNothing($0.value, isTop: false)
            }
        }
    }

    static func isSilent(_ document: ReferenceValue, _ frame: ReferenceFrame, _ format: WireFormat) -> Bool {
        if saysNothing(document) { return true }
        guard let kind = kind(document, frame) else { return false }
        let text = kind.isEscaped ? ReferenceText.whole(kind.bytes[...]) : kind.bytes
        return format.silentEvents.contains { Array($0.utf8) == text }
    }

    // MARK: Names

    /// An event's kind, as it was sent.
    private static func kind(
        _ document: ReferenceValue, _ frame: ReferenceFrame
    ) -> (bytes: [UInt8], isEscaped: Bool)? {
        func text(_ name: String) -> (bytes: [UInt8], isEscaped: Bool)? {
            guard let value = document.member(name), value.kind == .string, !value.range.isEmpty else { return nil }
            return (Array(frame.payload[value.range]), true)
        }
        let event = frame.event.isEmpty ? nil : (bytes: frame.event, isEscaped: false)
        return text("type") ?? text("event_type") ?? event ?? text("object")
    }

    /// The name of an unread document: its kind, or else its keys, each as they were sent.
    static func name(_ document: ReferenceValue, _ frame: ReferenceFrame) -> String {
        let keys = document.names.map { Array($0.isEmpty ? Array("\"\"".utf8)[...] : frame.payload[$0]) }
            .joined(separator: Array(",".utf8))
        guard let kind = kind(document, frame)?.bytes else { return printable(Array(keys)) }
        return printable(kind + (subtype(document, frame).map { Array(":".utf8) + $0 } ?? []))
    }

    /// The type of what the event is about; of several the last.
    private static func subtype(_ document: ReferenceValue, _ frame: ReferenceFrame) -> [UInt8]? {
        var found: [UInt8]?
        for member in document.members {
            guard
                ["item", "part", "delta", "content_block", "step"].contains(String(decoding: member.key, as: UTF8.self))
            else { continue }
            for inner in member.value.members where inner.key == Array("type".utf8) && inner.value.kind == .string {
                found = Array(frame.payload[inner.value.range])
            }
        }
        return found.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The name of an unread text: its SSE event type, which is `message` where none is sent.
    static func name(ofText frame: ReferenceFrame) -> String {
        printable(frame.event.isEmpty ? Array("message".utf8) : frame.event)
    }

    /// The first 64 bytes of a text in which what does not show is escaped; an escape may be cut.
    static func printable(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            switch byte {
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x09: text += "\\t"
            case 0x20...0x7E: text += String(UnicodeScalar(byte))
            default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return String(decoding: text.utf8.prefix(64), as: UTF8.self)
    }
}

extension ReferenceValue {
    func member(_ name: String) -> ReferenceValue? { kind == .object ? member(Array(name.utf8)) : nil }
}
