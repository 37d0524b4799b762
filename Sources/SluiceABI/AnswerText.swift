internal import Sluice

/// JSON as it is written on one line: compact, with only those escapes that JSON demands.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    /// Text that is JSON.
    mutating func write(_ text: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A number as JSON writes it.
    mutating func append(digits: ArraySlice<UInt8>) { bytes.append(contentsOf: digits) }

    mutating func append(_ number: some BinaryInteger) { bytes.append(contentsOf: String(number).utf8) }

    /// The number, or null.
    mutating func append(_ number: Int?) {
        if let number { append(number) } else { write("null") }
    }

    /// A number of seconds, without a fraction if there is none; null if it is no number of JSON.
    mutating func append(seconds: Double?) {
        guard let seconds, seconds.isFinite else { return write("null") }
        let isWhole = abs(seconds) < 1e15 && seconds == seconds.rounded()
        bytes.append(contentsOf: (isWhole ? "\(Int64(seconds))" : "\(seconds)").utf8)
    }

    /// A string in its quotes, or null.
    mutating func append(_ text: String?) {
        guard var text else { return write("null") }
        bytes.append(0x22)
        text.withUTF8 { unsafe append(escaping: $0) }
        bytes.append(0x22)
    }

    private mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
        var rest = unsafe text
        while true {
            let plain = unsafe Self.plainCount(rest)
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: rest[..<plain]))
            guard plain < rest.count else { return }
            unsafe appendEscape(rest[plain])
            unsafe rest = UnsafeBufferPointer(rebasing: rest[(plain + 1)...])
        }
    }

    /// How many bytes at the start need no escape. Eight at a time: answers are long.
    private static func plainCount(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones << 7
        var count = 0
        while count + 8 <= text.count {
            let word = unsafe UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: count, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let control = (word &- ones &* 0x20) & ~word
            if (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & tops != 0 { break }
            count += 8
        }
        while count < text.count, unsafe !mustBeEscaped(text[count]) { count += 1 }
        return count
    }

    private static func mustBeEscaped(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case 0x22: write("\\\"")
        case 0x5C: write("\\\\")
        case 0x08: write("\\b")
        case 0x09: write("\\t")
        case 0x0A: write("\\n")
        case 0x0C: write("\\f")
        case 0x0D: write("\\r")
        default:
            let digits = "0123456789abcdef".utf8.span
            write("\\u00")
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }

    /// JSON as the stream has it, or a string if readers would reject it. Its line ends are between values, and become spaces.
    mutating func append(json text: String) {
        guard EmbeddedJSON.isFit(text) else { return append(text) }
        bytes.append(contentsOf: text.utf8.lazy.map { $0 < 0x20 ? 0x20 : $0 })
    }

    /// An array or object: `opening`, the elements with commas between them, `closing`.
    mutating func append<Element>(
        _ opening: StaticString, _ elements: [Element], _ closing: StaticString,
        _ body: (inout JSONText, Element) -> Void
    ) {
        write(opening)
        for (position, element) in elements.enumerated() {
            if position > 0 { bytes.append(0x2C) }
            body(&self, element)
        }
        write(closing)
    }
}

// The members are those that `sluice collect` prints, without `file`, and `problems`.
extension JSONText {
    /// The whole answer of a stream as one object.
    init(_ answer: Accumulator, format: String?, _ end: StreamEnd) {
        // Text is there twice, in its choice and in its block; what is more than that grows the array as usual.
        bytes.reserveCapacity(2 * answer.heldBytes + answer.heldBytes / 8 + 1024)
        write("{\"format\":")
        append(format)
        write(",\"status\":")
        append(end.status.rawValue)
        append(",\"choices\":{", answer.choices.sorted { $0.key < $1.key }, "}") { json, entry in
            json.write("\"")
            json.append(entry.key)
            json.write("\":")
            json.append(entry.value)
        }
        write(",\"usage\":")
        append(answer.usage)
        write(",\"error\":")
        append(answer.error)
        append(",\"details\":{", answer.details, "}") { json, detail in
            json.append(detail.name)
            json.write(":")
            json.append(valueOf: detail)
        }
        if let partial = answer.partial {
            write(",\"partial\":")
            append(partial)
        }
        append(end)
        append(",\"problems\":[", answer.problems, "]") { $0.append($1) }
        write("}")
    }

    private mutating func append(_ choice: Accumulator.Choice) {
        write("{\"text\":")
        append(choice.text)
        write(",\"reasoning\":")
        append(choice.reasoning)
        write(",\"tool_plan\":")
        append(choice.toolPlan)
        write(",\"refusal\":")
        append(choice.refusal)
        append(",\"tool_calls\":[", choice.toolCalls, "]") { $0.append($1) }
        write(",\"finish_reason\":")
        append(choice.finishReason)
        append(",\"blocks\":[", choice.blocks, "]") { $0.append($1, of: choice) }
        write("}")
    }

    private mutating func append(_ call: Accumulator.ToolCall) {
        write("{\"index\":")
        append(call.index)
        write(",\"id\":")
        append(call.id)
        write(",\"name\":")
        append(call.name)
        write(",\"origin\":")
        append("\(call.origin)")
        write(",\"arguments\":")
        append(call.arguments)
        write("}")
    }

    private mutating func append(_ block: Accumulator.Block, of choice: Accumulator.Choice) {
        write("{\"kind\":")
        append(block.kind)
        write(",\"number\":")
        append(block.number)
        write(",\"type\":")
        append(block.type)
        if let text = choice.text(of: block) {
            write(",\"text\":")
            append(text)
        }
        if case .toolCall(let position) = block.kind {
            write(",\"tool_call\":")
            append(position)
        }
        append(",\"details\":[", block.details, "]}") { json, detail in
            json.write("{\"name\":")
            json.append(detail.name)
            json.write(",\"value\":")
            json.append(valueOf: detail)
            json.write("}")
        }
    }

    private mutating func append(_ kind: Accumulator.Block.Kind) {
        switch kind {
        case .text: write("\"text\"")
        case .reasoning: write("\"reasoning\"")
        case .toolPlan: write("\"tool_plan\"")
        case .refusal: write("\"refusal\"")
        case .toolCall: write("\"tool_call\"")
        case .other: write("\"other\"")
        }
    }

    private mutating func append(valueOf detail: Accumulator.Detail) {
        if detail.isJSON { append(json: detail.value) } else { append(detail.value) }
    }
}

extension JSONText {
    private mutating func append(_ usage: Accumulator.Usage?) {
        guard let usage else { return write("null") }
        write("{\"input\":")
        append(usage.input)
        write(",\"output\":")
        append(usage.output)
        let counts = [
            ("total", usage.total), ("cached", usage.cached), ("cache_write", usage.cacheWrite),
            ("reasoning", usage.reasoning), ("tool", usage.tool), ("audio_input", usage.audioInput),
            ("audio_output", usage.audioOutput), ("all_input", usage.allInput), ("all_output", usage.allOutput),
        ]
        for case (let name, let count?) in counts {
            write(",")
            append(name)
            write(":")
            append(count)
        }
        write("}")
    }

    private mutating func append(_ error: Accumulator.StreamError?) {
        guard let error else { return write("null") }
        let details = error.namedDetails
        func known(_ text: String) -> String? { text.isEmpty ? nil : text }
        write("{\"type\":")
        append(known(details.type))
        write(",\"code\":")
        append(known(details.code))
        write(",\"message\":")
        append(error.message)
        write(",\"param\":")
        append(known(details.parameter))
        write(",\"request_id\":")
        append(known(details.requestID))
        write(",\"retry_after\":")
        append(seconds: details.retryAfterSeconds)
        write("}")
    }

    private mutating func append(_ problem: SluiceError) {
        write("{\"code\":")
        append(problem.code.rawValue)
        write(",\"offset\":")
        append(problem.offset)
        write(",\"event\":")
        append(problem.event)
        write(",\"excerpt\":")
        append(problem.excerpt)
        write(",\"detail\":")
        append(problem.detail)
        write("}")
    }

    /// Members that say how many events were not read, and which.
    private mutating func append(_ end: StreamEnd) {
        write(",\"malformed_events\":")
        append(end.malformedEvents)
        write(",\"unread_events\":")
        append(end.unreadEvents)
        append(",\"unread_kinds\":[", end.unreadKinds, "]") { json, kind in
            json.write("{\"name\":")
            json.append(kind.name)
            json.write(",\"count\":")
            json.append(kind.count)
            json.write(",\"offset\":")
            json.append(kind.offset)
            json.write(",\"event\":")
            json.append(kind.event)
            json.write("}")
        }
    }
}
