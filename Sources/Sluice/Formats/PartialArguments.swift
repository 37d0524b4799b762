// Arguments of a tool call that come value by value, each with a JSON path: Gemini's `partialArgs`. docs/READING.md has the
// rules. What is emitted adds up to one JSON object, whose strings stand as they were sent.

struct PartialArguments {
    /// A step of a path: a member's name, as it was sent, or an element's number.
    private struct Step: Equatable {
        var isMember: Bool
        var text: [UInt8]
    }

    /// Where the last value stands; empty before the first.
    private var place: [Step] = []
    /// The path of the last value, as it was sent.
    private var path: [UInt8] = []
    /// The last value is a string that goes on.
    private var isInString = false

    static var mostSteps: Int { 64 }
    static var mostPathBytes: Int { 1024 }

    var heldBytes: Int { path.count * 2 }

    /// The JSON text of a list of values, behind that of those before.
    ///
    /// - Parameter list: A valid JSON array of objects with a `jsonPath`, a value, and `willContinue` for a string of which more
    ///   follows.
    /// - Returns: nil if a path cannot be read, is too long, or leads to where an object or array of another kind stands.
    mutating func add(_ list: Window) -> [UInt8]? {
        var text: [UInt8] = []
        var scan = PartialArgumentsScan(list)
        while let value = scan.next() {
            guard let path = value.path else { continue }
            guard let bytes = value.bytes else {
                // An empty piece that ends a string.
                if !value.continues && isInString && matches(path) { endString(&text) }
                continue
            }
            if isInString && value.isString && matches(path) {
                text += bytes
                if !value.continues { endString(&text) }
                continue
            }
            guard let steps = Self.steps(path), move(to: steps, &text) else { return nil }
            self.path = path.copy()
            if value.isString { text.append(0x22) }
            text += bytes
            isInString = value.isString && value.continues
            if value.isString && !value.continues { text.append(0x22) }
        }
        return text
    }

    /// What ends the object; empty if nothing has begun it.
    mutating func end() -> [UInt8] {
        var text: [UInt8] = []
        if place.isEmpty { return text }
        if isInString { endString(&text) }
        close(downTo: 0, &text)
        text.append(0x7D)
        place = []
        return text
    }

    private mutating func endString(_ text: inout [UInt8]) {
        text.append(0x22)
        isInString = false
    }

    private func matches(_ other: Window) -> Bool {
        path.count == other.count && path.indices.allSatisfy { path[$0] == other[$0] }
    }

    /// Ends and begins objects and arrays until a value may stand at `steps`.
    private mutating func move(to steps: [Step], _ text: inout [UInt8]) -> Bool {
        if isInString { endString(&text) }
        var shared = 0
        while shared < min(steps.count, place.count) - 1 && steps[shared] == place[shared] {
            shared += 1
        }
        if shared < place.count && steps[shared].isMember != place[shared].isMember { return false }
        if place.isEmpty {
            guard steps[0].isMember else { return false }
            text.append(0x7B)
        } else {
            close(downTo: shared, &text)
            text.append(0x2C)
        }
        for level in shared..<steps.count {
            if level > shared { text.append(steps[level].isMember ? 0x7B : 0x5B) }
            if steps[level].isMember { text += [0x22] + steps[level].text + [0x22, 0x3A] }
        }
        place = steps
        return true
    }

    private func close(downTo level: Int, _ text: inout [UInt8]) {
        for step in place.dropFirst(level + 1).reversed() { text.append(step.isMember ? 0x7D : 0x5D) }
    }

    // MARK: Paths

    /// The steps of a path such as `$.a.b[0]['c d']`; nil for another, or one that is too long.
    private static func steps(_ path: Window) -> [Step]? {
        guard path.count <= mostPathBytes, path.begins("$") else { return nil }
        var steps: [Step] = []
        var at = 1
        while at < path.count {
            guard steps.count < mostSteps, let step = step(path, &at) else { return nil }
            steps.append(step)
        }
        return steps.isEmpty ? nil : steps
    }

    private static func step(_ path: Window, _ at: inout Int) -> Step? {
        let rest = path.from(at)
        if rest[0] == 0x2E {
            let name = rest.from(1).prefix { $0 != 0x2E && $0 != 0x5B }
            at += 1 + name.count
            return name.count > 0 ? Step(isMember: true, text: name.copy()) : nil
        }
        guard rest[0] == 0x5B else { return nil }
        for quote: StaticString in ["'", "\"", "\\\""] where rest.from(1).begins(quote) {
            let inner = rest.from(1 + quote.utf8CodeUnitCount)
            guard let end = (0..<inner.count).first(where: { inner.from($0).begins(quote, then: 0x5D) }) else {
                return nil
            }
            at += 2 + 2 * quote.utf8CodeUnitCount + end
            return Step(isMember: true, text: inner.slice(0, end).copy())
        }
        let number = rest.from(1).prefix { (0x30...0x39).contains($0) }
        guard number.count > 0, number.count + 1 < rest.count, rest[number.count + 1] == 0x5D else { return nil }
        at += number.count + 2
        return Step(isMember: false, text: number.copy())
    }
}

extension Window {
    /// The first bytes that are all as `isWanted` says.
    fileprivate func prefix(while isWanted: (UInt8) -> Bool) -> Window {
        slice(0, (0..<count).first { !isWanted(self[$0]) } ?? count)
    }

    fileprivate func begins(_ text: StaticString, then byte: UInt8) -> Bool {
        let length = text.utf8CodeUnitCount
        return count > length && begins(text) && self[length] == byte
    }
}

/// The values of a list: a valid JSON array of objects, looked at once.
private struct PartialArgumentsScan {
    struct Value {
        var path: Window?
        /// JSON, of a string without its quotes.
        var bytes: [UInt8]?
        var isString = false
        var continues = false
    }

    private let list: Window
    private var at = 0
    private var depth = 0

    init(_ list: Window) { self.list = list }

    /// The next value; nil at the end.
    mutating func next() -> Value? {
        var value = Value()
        var key = Window.empty
        var isKey = true
        while at < list.count {
            let byte = list[at]
            switch byte {
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D:
                depth -= 1
                if depth == 1 {
                    at += 1
                    return value
                }
            case 0x2C: isKey = true
            case 0x3A: isKey = false
            case 0x20, 0x09, 0x0A, 0x0D: break
            default:
                let token = token()
                if depth != 2 { continue }
                if isKey { key = token } else { note(token, under: key, &value) }
                continue
            }
            at += 1
        }
        return nil
    }

    /// A string without its quotes, a number or a literal, which begins here.
    private mutating func token() -> Window {
        let isString = list[at] == 0x22
        let start = isString ? at + 1 : at
        at = start
        if isString {
            while at < list.count && list[at] != 0x22 { at += list[at] == 0x5C ? 2 : 1 }
        } else {
            at += 1
            while at < list.count && !",]} \t\r\n:".utf8.contains(list[at]) { at += 1 }
        }
        let end = min(at, list.count)
        at = isString ? end + 1 : end
        return list.slice(start, end - start)
    }

    /// The last of several values counts.
    private func note(_ token: Window, under key: Window, _ value: inout Value) {
        if key.isKey("jsonPath") { value.path = token }
        if key.isKey("willContinue") { value.continues = token.isText("true") }
        value.isString = key.isKey("stringValue") || value.isString && !isValue(key)
        if isValue(key) { value.bytes = key.isKey("nullValue") ? Array("null".utf8) : token.copy() }
    }

    private func isValue(_ key: Window) -> Bool {
        key.isKey("stringValue") || key.isKey("numberValue") || key.isKey("boolValue") || key.isKey("nullValue")
    }
}
