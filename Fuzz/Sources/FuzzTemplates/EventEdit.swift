@testable import FuzzSupport
@testable import Sluice

// An event made from another by a small change. The place is found by structure: the value behind a colon, a string's ends.
// So most changed events are close to what was learned, which is where a match could be wrong.

struct EventEdit {
    /// Bytes that describe one.
    static let size = 5

    private var kind: Int
    private var source: Int
    private var place: Int
    private var choice: Int

    private init(_ input: inout FuzzInput) {
        kind = input.byte()
        source = input.byte()
        place = input.word()
        choice = input.byte()
    }

    /// The events of a stream: blank lines end them, or lines. No more than 16, each at most 4 KiB long.
    static func events(_ bytes: [UInt8], _ framing: Framing) -> [[UInt8]] {
        var events: [[UInt8]] = []
        var event: [UInt8] = []
        for byte in bytes {
            event.append(byte)
            guard byte == 0x0A, framing == .ndjson || event.endsInBlankLine else { continue }
            events.append(event)
            event = []
        }
        if !event.isEmpty { events.append(event) }
        return events.prefix(16).map { Array($0.prefix(4096)) }
    }

    /// Unchanged and changed events, in the order of the edits; at most 64 KiB.
    static func stream(_ input: inout FuzzInput, of events: [[UInt8]]) -> [UInt8] {
        guard !events.isEmpty else { return [] }
        var events = events
        var stream: [UInt8] = []
        while !input.isEmpty && stream.count < 65_536 {
            let edit = EventEdit(&input)
            let index = edit.source % events.count
            var event = events[index]
            if edit.kind & 0x0F != 0 { edit.change(&event, events) }
            // Some changes stay, so that the next events are learned again.
            if edit.kind & 0x80 != 0 && !event.isEmpty { events[index] = event }
            for _ in 0...(edit.kind >> 4 & 7) { stream += event }
        }
        return stream
    }

    private static let texts: [[UInt8]] =
        [
            "x", "\\\\", "\\\"", "\"", "\\", "\\n", "\\u0041", "\\ud83d", "\\ude00", "\\ud83d\\ude00", "\\q", "\\u12",
            "\u{7F}", "é", "€", "🙂", "\u{0}", "\u{1F}", "\n", "\r", "\r\n", "\n\n", "data: ", ",", ":", "{", "}", " ",
        ].map { Array($0.utf8) } + [
            [0x80], [0xC3], [0xFF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        ]

    private static let values: [[UInt8]] = [
        "0", "7", "10", "007", "-1", "12.5", "1e3", "-", "1.", "99999999999", "18446744073709551616", "null", "true",
        "false", "\"\"", "\"v\"", "\"\\u0041\"", "{}", "[]", "[{}]", "nul", "",
    ].map { Array($0.utf8) }

    private func change(_ event: inout [UInt8], _ events: [[UInt8]]) {
        guard !event.isEmpty else { return }
        let at = place % event.count
        switch kind & 0x0F {
        case 1: event[at] = UInt8(choice)
        case 2: event[at] ^= 1 << UInt8(choice % 8)
        case 3: event.insert(contentsOf: Self.texts[choice % Self.texts.count], at: at)
        case 4: event.removeSubrange(at..<min(event.count, at + 1 + choice % 16))
        case 5:
            let other = events[choice % events.count]
            event.replaceSubrange(at..., with: other.suffix(max(0, other.count - at)))
        case 6: event.insert(contentsOf: event[max(0, at - choice)..<at], at: at)
        case 7: event = Array(event.prefix(at))
        case 8: event.replaceValue(place, by: Self.values[choice % Self.values.count])
        case 9: event.editString(place) { $0 = [UInt8](repeating: 0x79, count: choice) }
        case 10: event.editString(place) { $0 += Self.texts[choice % Self.texts.count] }
        case 11: event.editString(place) { $0.insert(contentsOf: Self.texts[choice % Self.texts.count], at: 0) }
        case 12:
            event.editString(place) { text in
                // Any length up to a few vectors, with a special byte at any position.
                text = [UInt8](repeating: 0x7A, count: choice)
                text.insert(contentsOf: Self.texts[place >> 8 % Self.texts.count], at: place % (choice + 1))
            }
        case 13: event.editString(place) { $0 = Self.digits(choice) }
        case 14: event.replaceValue(place, by: Self.digits(choice))
        default: event.replaceLineEnds(choice)
        }
    }

    private static func digits(_ choice: Int) -> [UInt8] {
        (0...choice % 24).map { UInt8(ascii: "0") + UInt8(($0 + choice) % 10) }
    }
}

extension [UInt8] {
    fileprivate var endsInBlankLine: Bool {
        count == 1 || self[count - 2] == 0x0A || (count >= 3 && self[count - 2] == 0x0D && self[count - 3] == 0x0A)
    }

    /// Positions behind the colons that end a member's name.
    private var valueStarts: [Int] {
        indices.dropFirst().filter { self[$0 - 1] == 0x22 && self[$0] == 0x3A }.map { $0 + 1 }
    }

    fileprivate mutating func replaceValue(_ number: Int, by value: [UInt8]) {
        let starts = valueStarts
        guard !starts.isEmpty else { return }
        let start = starts[number % starts.count]
        let end = self[start...].firstIndex { $0 == 0x2C || $0 == 0x7D || $0 == 0x5D } ?? endIndex
        replaceSubrange(start..<end, with: value)
    }

    fileprivate mutating func editString(_ number: Int, _ body: (inout [UInt8]) -> Void) {
        let starts = valueStarts.compactMap { start in
            self[start...].firstIndex { $0 != 0x20 }.flatMap { self[$0] == 0x22 ? $0 + 1 : nil }
        }
        guard !starts.isEmpty else { return }
        let start = starts[number % starts.count]
        let end = self[start...].firstIndex(of: 0x22) ?? endIndex
        var text = Array(self[start..<end])
        body(&text)
        replaceSubrange(start..<end, with: text)
    }

    fileprivate mutating func replaceLineEnds(_ choice: Int) {
        let lineEnd: [UInt8] = choice % 3 == 0 ? [0x0D, 0x0A] : choice % 3 == 1 ? [0x0D] : [0x0A, 0x0A]
        self = flatMap { $0 == 0x0A ? lineEnd : [$0] }
    }
}
