import Sluice

@testable import SluiceTestSupport

// Server-Sent Events and lines as servers write them, and as the standard lets them.

struct LineStyle: Sendable {
    private var ends: [[UInt8]] = [[0x0A]]
    /// What stands behind a field's name.
    private var separators = [": "]
    /// Of so many events one has lines that say nothing; 0 for none.
    private var noise = 0

    static func drawn(_ framing: Framing, _ random: inout SeededGenerator) -> LineStyle {
        var style = LineStyle()
        let all: [[UInt8]] = framing == .sse ? [[0x0A], [0x0D, 0x0A], [0x0D]] : [[0x0A], [0x0D, 0x0A]]
        style.ends = random.oneIn(3) ? all : [random.pick([[0x0A], [0x0A]] + all)]
        style.separators = random.pick([[": "], [": "], [":"], [": ", ":"]])
        style.noise = random.pick([0, 0, 1, 3])
        return style
    }

    // MARK: Server-Sent Events

    private static let nothing = [
        ":", ": ping", ": \u{1F642}", "::", "id: 7", "id", "id:", "id: a\0b", "id: é", "retry: 10", "retry: x", "retry",
        "retry: 007",
        "foo: bar", "foo", "Data: no", "data : no", " data: no", "dat: no", "\u{FEFF}foo: no", " ", "\t",
    ].map { Array($0.utf8) }

    /// One event, its data in as many lines as the payload has.
    func event(_ payload: [UInt8], type: String?, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        let isNoisy = noise > 0 && random.oneIn(noise)
        func add(_ text: [UInt8]) {
            // A line feed behind a carriage return would be part of that line's end.
            var end = random.pick(ends)
            if text.isEmpty && bytes.last == 0x0D && end == [0x0A] { end = [0x0D, 0x0A] }
            bytes += text + end
        }
        func addNoise() {
            while isNoisy && random.oneIn(2) {
                let line = random.pick(Self.nothing)
                // What the first line of a stream begins with would be its mark.
                add(bytes.isEmpty && line.first == 0xEF ? [0x3A] : line)
            }
        }
        if isNoisy && random.oneIn(3) {
            // Blank lines, and an event without data, which is none.
            for _ in 0..<Int.random(in: 1...3, using: &random) { add([]) }
            add(Array("event: error".utf8))
            add([])
        }
        let hasType = type.map { !$0.isEmpty } ?? (isNoisy && random.oneIn(2))
        let typeLine = Array("event\(random.pick(separators))\(type ?? "message")".utf8)
        let isTypeLast = random.oneIn(4)
        addNoise()
        // Of two types the last counts, unless the end of the stream cuts it off.
        if hasType && !isTypeLast && isNoisy && random.oneIn(3) { add(Array("event: error".utf8)) }
        if hasType && !isTypeLast { add(typeLine) }
        for line in payload.split(separator: 0x0A, omittingEmptySubsequences: false) {
            addNoise()
            if line.isEmpty && random.oneIn(3) {
                add(Array("data".utf8))
            } else {
                let separator = line.first == 0x20 ? ": " : random.pick(separators)
                add(Array("data\(separator)".utf8) + line)
            }
        }
        if hasType && isTypeLast { add(typeLine) }
        addNoise()
        add([])
        return bytes
    }

    /// A line beside the framing that looks like an error, or a field that a byte order mark has made none.
    func stray(_ random: inout SeededGenerator) -> [UInt8] {
        let end = random.pick(ends)
        // Behind a comment, because the first line of a stream may have a mark.
        if random.oneIn(4) { return ":".utf8 + end + "\u{FEFF}data: no".utf8 + end + end }
        return random.pick(["error: {\"detail\":\"x\"}", "error:no room", "{\"error\":\"x\"}"]).utf8 + end + end
    }

    // MARK: Lines

    func line(_ payload: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        let isNoisy = noise > 0 && random.oneIn(noise)
        let blank: [UInt8] = isNoisy ? Array(random.pick(["\n", " \n", "\t \r\n", "\r\n\n"]).utf8) : []
        return blank + payload + random.pick(ends)
    }
}
