// One look at a document from which no rule read anything: its kind, its keys, and whether it says anything new.

struct EventScan {
    /// Places of strings in the payload, without quotes.
    private(set) var type = 0..<0
    private(set) var eventType = 0..<0
    private(set) var object = 0..<0
    /// The `type` of what the event is about: its `item`, `part`, `delta`, `content_block` or `step`.
    private(set) var subtype = 0..<0
    /// The places of the first top-level keys: with commas, more do not fit in a name.
    private var keys = [40 of (start: UInt32, end: UInt32)](repeating: (0, 0))
    /// The number of all top-level keys.
    private(set) var keyCount = 0
    static var mostKeys: Int { 40 }
    /// A value that is neither empty nor bookkeeping.
    private(set) var hasNews = false
    /// A string decided that there is no news by being empty, which another event of the same form need not be.
    private(set) var dependsOnEmpty = false
    /// Keys at the top may belong to an error.
    private(set) var hasErrorKey = false
    /// Together, they may be an error.
    var mayBeError: Bool { isNamedError || hasErrorText && hasErrorCode }
    private var isNamedError = false
    private var hasErrorText = false
    private var hasErrorCode = false

    private let payload: Window
    private var at = 0
    private var depth = 0
    /// The depth of the container below a bookkeeping key; 0 for none.
    private var ignoredDepth = 0
    /// The next value belongs to a bookkeeping key.
    private var isBookkeeping = false
    private var topKey = 0..<0
    private var lastKey = 0..<0

    /// Looks at a valid JSON object. Linear in its length; allocates nothing.
    init(_ payload: Window) {
        self.payload = payload
        while at < payload.count { step() }
    }

    private mutating func step() {
        switch payload[at] {
        case 0x7B, 0x5B:
            depth += 1
            if isBookkeeping && ignoredDepth == 0 { ignoredDepth = depth }
            isBookkeeping = false
            at += 1
        case 0x7D, 0x5D:
            if ignoredDepth == depth { ignoredDepth = 0 }
            depth -= 1
            at += 1
        case 0x22: string()
        case 0x2C, 0x3A, 0x20, 0x09, 0x0A, 0x0D: at += 1
        default: literal()
        }
    }

    private mutating func string() {
        let start = at + 1
        at = start
        while at < payload.count && payload[at] != 0x22 { at += payload[at] == 0x5C ? 2 : 1 }
        let end = min(at, payload.count)
        at = end + 1
        var next = at
        while next < payload.count && isSpace(payload[next]) { next += 1 }
        if next < payload.count && payload[next] == 0x3A {
            at = next + 1
            key(start..<end)
        } else {
            value(start..<end)
        }
    }

    private mutating func key(_ place: Range<Int>) {
        if ignoredDepth > 0 { return }
        let name = payload.slice(place.lowerBound, place.count)
        isBookkeeping = BookkeepingNames.contains(name) || depth > 1 && (name.isKey("type") || name.isKey("status"))
        lastKey = place
        guard depth == 1 else { return }
        topKey = place
        // If a key is repeated, the last value counts.
        if name.isKey("type") { type = 0..<0 }
        if name.isKey("event_type") { eventType = 0..<0 }
        if name.isKey("object") { object = 0..<0 }
        if CommonErrors.isKey(name) { noteErrorKey(name) }
        if keyCount < Self.mostKeys {
            keys[keyCount] = (UInt32(clamping: place.lowerBound), UInt32(clamping: place.upperBound))
        }
        keyCount += 1
    }

    private mutating func value(_ place: Range<Int>) {
        if depth == 1 { noteKind(place) }
        if depth == 2 { noteSubtype(place) }
        let isIgnored = isBookkeeping || ignoredDepth > 0
        isBookkeeping = false
        if isIgnored { return }
        if place.isEmpty { dependsOnEmpty = true } else { hasNews = true }
    }

    private mutating func noteKind(_ place: Range<Int>) {
        let key = payload.slice(topKey.lowerBound, topKey.count)
        if key.isKey("type") { type = place }
        if key.isKey("event_type") { eventType = place }
        if key.isKey("object") { object = place }
        if key.isKey("type") || key.isKey("object") {
            if payload.slice(place.lowerBound, place.count).isKey("error") { isNamedError = true }
        }
    }

    /// A message is one of an error only beside a code or a status.
    private mutating func noteErrorKey(_ name: Window) {
        hasErrorKey = true
        if name.isKey("message") || name.isKey("msg") || name.isKey("title") {
            hasErrorText = true
        } else if name.isKey("code") || name.isKey("status") {
            hasErrorCode = true
        } else {
            isNamedError = true
        }
    }

    private mutating func noteSubtype(_ place: Range<Int>) {
        guard payload.slice(lastKey.lowerBound, lastKey.count).isKey("type") else { return }
        let parent = payload.slice(topKey.lowerBound, topKey.count)
        let parents: [StaticString] = ["item", "part", "delta", "content_block", "step"]
        if parents.contains(where: { parent.isKey($0) }) { subtype = place }
    }

    /// A number, true, false or null.
    private mutating func literal() {
        let isEmpty = payload[at] == 0x66 || payload[at] == 0x6E
        while at < payload.count, !isSpace(payload[at]), ![0x2C, 0x7D, 0x5D].contains(payload[at]) { at += 1 }
        if !isEmpty && !isBookkeeping && ignoredDepth == 0 { hasNews = true }
        isBookkeeping = false
    }

    /// Writes the event's name: its kind, a colon and its subtype, or the top-level keys joined by commas.
    func write(_ kind: Window, to name: inout UnreadName) {
        if kind.count > 0 {
            name.append(kind)
            if subtype.isEmpty { return }
            name.append(":")
            return name.append(payload.slice(subtype.lowerBound, subtype.count))
        }
        for index in 0..<min(keyCount, Self.mostKeys) {
            if index > 0 { name.append(",") }
            if key(index).count == 0 { name.append("\"\"") } else { name.append(key(index)) }
        }
    }

    /// A top-level key, as it was sent.
    func key(_ index: Int) -> Window {
        payload.slice(Int(keys[index].start), Int(keys[index].end - keys[index].start))
    }
}

/// Names whose values say nothing about an answer, at any depth.
enum BookkeepingNames {
    private static let names: [StaticString] = [
        "id", "object", "created", "created_at", "created_time", "model", "role", "index", "system_fingerprint",
        "service_tier", "provider", "obfuscation", "sequence_number", "event_id", "logprobs", "native_finish_reason",
        "timestamp", "p", "output_index", "content_index", "item_id", "response_id", "request_id", "message_id",
        "conversation_id", "session_id", "trace_id", "stop_sequence", "seed",
        "modelVersion", "responseId", "createTime", "prompt_filter_results", "content_filter_results",
        "content_filter_offsets",
    ]

    /// Whether keys with this length and first byte may be names: most keys are none.
    private static let lengths: UInt32 = names.reduce(0) { $0 | 1 << UInt32($1.utf8CodeUnitCount) }

    static func contains(_ key: Window) -> Bool {
        if (0..<key.count).contains(where: { key[$0] == 0x5C }) {
            return names.contains { equals(key, isEscaped: true, Array("\($0)".utf8)) }
        }
        guard key.count < 32, lengths >> UInt32(key.count) & 1 != 0 else { return false }
        return names.contains { key.isText($0) }
    }
}

extension Window {
    func isText(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && matches(0, count, text) }

    /// The same for a key, whose escapes are decoded.
    func isKey(_ text: StaticString) -> Bool {
        if isText(text) { return true }
        guard (0..<count).contains(where: { self[$0] == 0x5C }) else { return false }
        return equals(self, isEscaped: true, Array("\(text)".utf8))
    }
}
