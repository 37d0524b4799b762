internal import CSluiceSimdjson

// Strings with escapes, and documents in base64, are decoded into a scratch buffer; all others are read in place.
//
// Contract: C writes no more than the reserved bytes, and keeps neither pointer.

struct StringDecoder: ~Copyable {
    private var scratch = StreamBuffer(layout: .linear)

    /// The bytes that slices of the scratch region refer to.
    var bytes: Window { scratch.readable }
    var allocatedBytes: Int { scratch.allocatedBytes }

    /// Empties the scratch; no slice may refer to it any more.
    mutating func reclaim() {
        scratch.removeAll()
    }

    /// Appends bytes unchanged; nil if the allocation fails.
    mutating func append(_ source: Window) -> Slice? {
        let offset = scratch.count
        return scratch.append(source) ? Slice(region: .scratch, offset: offset, length: source.count) : nil
    }

    /// Appends `bytes`; nil if the allocation fails.
    mutating func append(_ bytes: some Sequence<UInt8>) -> Slice? {
        let offset = scratch.count
        for byte in bytes { guard scratch.append(byte: byte) else { return nil } }
        return Slice(region: .scratch, offset: offset, length: scratch.count - offset)
    }

    /// Reserves scratch memory. This may move the scratch and so invalidates windows into it.
    mutating func reserve(_ bytes: Int) -> Bool {
        scratch.reserve(bytes)
    }

    /// Decodes a string's escapes into the scratch, where its length + 3 bytes were reserved; nil for an invalid escape.
    mutating func unescape(_ string: Window, pendingHigh: inout UInt16) -> Slice? {
        var high = pendingHigh
        let written = unsafe decode(string, room: string.count + 3) { source, target in
            var errorOffset: UInt32 = 0
            return unsafe c_sluice_unescape(source, string.count, target, &high, &errorOffset)
        }
        pendingHigh = written == nil ? pendingHigh : high
        return written
    }

    /// Decodes base64 into the scratch, where its length was reserved; nil if it is not base64.
    mutating func decodeBase64(_ text: Window) -> Slice? {
        unsafe decode(text, room: text.count) { source, target in
            unsafe c_sluice_base64_decode(source, text.count, target)
        }
    }

    /// Calls `body` to write at most `room` bytes at a position of the scratch, and appends as many as it returns; nil if the
    /// allocation fails.
    mutating func fill<Result>(
        _ room: Int, _ body: (UnsafeMutablePointer<UInt8>, Int) -> (written: Int, result: Result)
    ) -> Result? {
        let position = scratch.count
        var result: Result?
        _ = unsafe scratch.fill(room) { space in
            guard let base = space.baseAddress else { return 0 }
            let outcome = unsafe body(base.assumingMemoryBound(to: UInt8.self), position)
            result = outcome.result
            return outcome.written
        }
        return result
    }

    private mutating func decode(
        _ source: Window, room: Int, _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Int
    ) -> Slice? {
        let offset = scratch.count
        var isValid = false
        let written = unsafe scratch.fill(room) { space in
            guard let base = space.baseAddress else { return 0 }
            let target = unsafe base.assumingMemoryBound(to: UInt8.self)
            let count = unsafe source.withPointer { unsafe body($0, target) }
            isValid = count >= 0
            return max(0, count)
        }
        guard isValid, let written else { return nil }
        return Slice(region: .scratch, offset: offset, length: written)
    }
}

/// Whether a captured string, escapes decoded, is `value`.
func equals(_ string: Window, isEscaped: Bool, _ value: [UInt8]) -> Bool {
    if !isEscaped && string.count != value.count { return false }
    return unsafe string.withPointer { bytes in
        unsafe value.withUnsafeBufferPointer { wanted in
            guard let base = wanted.baseAddress else { return string.count == 0 }
            return unsafe c_sluice_string_equals(bytes, string.count, isEscaped, base, wanted.count)
        }
    }
}

/// Whether the first `length` bytes are UTF-8. The bytes after them are ignored, but their presence makes it faster.
func isUTF8(_ bytes: Window, _ length: Int) -> Bool {
    precondition(length >= 0 && length <= bytes.count, "text outside the window")
    return unsafe bytes.withPointer { unsafe c_sluice_is_utf8($0, length, bytes.count) }
}

/// A JSON string's text with decoded escapes; nil for an invalid escape.
func unescaped(_ raw: [UInt8]) -> String? {
    guard raw.contains(0x5C) else { return String(decoding: raw, as: UTF8.self) }
    var decoder = StringDecoder()
    var high: UInt16 = 0
    guard decoder.reserve(raw.count + 3) else { return nil }
    guard raw.withWindow({ decoder.unescape($0, pendingHigh: &high) }) != nil else { return nil }
    return String(decoding: decoder.bytes.copy(), as: UTF8.self) + (high == 0 ? "" : "\u{FFFD}")
}
