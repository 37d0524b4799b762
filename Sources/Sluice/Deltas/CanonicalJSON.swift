// The canonical form of a JSON document, which equal documents share: keys sorted by code point, no white space, strings with
// only the escapes that JSON requires. Numbers are not changed.
//
// Two passes, each of which copies a byte once, for any nesting:
//
//     text    {"b": [1, {"d":2,"c":3}], "a": 4}
//     flat    {"b":[1,{"d":2,"c":3}],"a":4}       written in the order of the text
//     result  {"a":4,"b":[1,{"c":3,"d":2}]}       copied from `flat`, members in the order of their keys
//
// Objects with sorted keys skip the second pass, and so do documents of such objects. Neither pass is recursive: open
// containers, and ranges to copy, are in arrays.

enum CanonicalJSON {
    /// The canonical form of a valid document, or nil if it is not valid.
    ///
    /// - Complexity: linear in the bytes of `text`, whatever its nesting; sorting compares `n` keys of an object in `n·log n`
    ///   comparisons.
    static func form(of text: [UInt8]) -> [UInt8]? { countedForm(of: text)?.form }

    /// The same, with the number of bytes that were read, copied or compared.
    static func countedForm(of text: [UInt8]) -> (form: [UInt8], workBytes: Int)? {
        var reader = CanonicalReader(text: text)
        guard reader.readDocument() else { return nil }
        if reader.unsorted.isEmpty { return (reader.flat, reader.workBytes) }
        // Objects were appended when they ended, so inner ones come first. Sorted by their beginnings, a binary search
        // finds the first one after a position.
        reader.unsorted.sort { $0.start < $1.start }
        var writer = CanonicalWriter(
            flat: reader.flat, unsorted: reader.unsorted, members: reader.sortedMembers)
        writer.write()
        return (writer.result, reader.workBytes + writer.workBytes)
    }
}

/// A member of an object in `flat`, from its key's quote to its value's end.
private struct CanonicalMember {
    var start: Int
    var end: Int
}

/// An object in `flat` with unsorted members, and the range of its sorted members.
private struct CanonicalObject {
    var start: Int
    var end: Int
    var members: Range<Int>
}

// MARK: The first pass

private struct CanonicalReader {
    /// An object or array that has begun and not ended.
    private struct Container {
        var isObject: Bool
        var start: Int
        /// The beginnings of the object's members and keys in their arrays.
        var firstMember: Int
        var firstKeyByte: Int
    }

    /// A member of an open object, and the range of its decoded key in `keys`.
    private struct OpenMember {
        var span: CanonicalMember
        var key: Range<Int>
    }

    private let text: [UInt8]
    private var at = 0
    private(set) var flat: [UInt8] = []
    private(set) var workBytes = 0
    private var open: [Container] = []
    /// Members of all open objects, the innermost last, and their keys.
    private var members: [OpenMember] = []
    private var keys: [UInt8] = []
    var unsorted: [CanonicalObject] = []
    private(set) var sortedMembers: [CanonicalMember] = []

    init(text: [UInt8]) {
        self.text = text
        flat.reserveCapacity(text.count)
    }

    private var byte: UInt8 { at < text.count ? text[at] : 0 }

    private mutating func skipSpace() {
        while at < text.count, Self.isSpace(text[at]) { at += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    mutating func readDocument() -> Bool {
        repeat {
            guard let isWhole = beginValue(), endValues(isWhole: isWhole) else { return false }
        } while !open.isEmpty
        skipSpace()
        return at == text.count
    }

    /// Reads a scalar, or the opening bracket of a container; returns whether the value is complete, nil if it is invalid.
    private mutating func beginValue() -> Bool? {
        skipSpace()
        switch byte {
        case 0x7B, 0x5B:
            open.append(
                Container(
                    isObject: byte == 0x7B, start: flat.count, firstMember: members.count,
                    firstKeyByte: keys.count))
            flat.append(byte)
            at += 1
            return false
        case 0x22:
            guard let string = string() else { return nil }
            write(string)
            return true
        default:
            let start = at
            while at < text.count, !Self.endsScalar(text[at]) { at += 1 }
            flat.append(contentsOf: text[start..<at])
            workBytes += at - start
            return at > start ? true : nil
        }
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte == 0x2C || byte == 0x5D || byte == 0x7D || isSpace(byte)
    }

    /// Continues after a bracket or a complete value, to the beginning of the next value or the end of the document.
    private mutating func endValues(isWhole: Bool) -> Bool {
        var isWhole = isWhole
        while let container = open.last {
            let bracket: UInt8 = container.isObject ? 0x7D : 0x5D
            skipSpace()
            if isWhole {
                if container.isObject { members[members.count - 1].span.end = flat.count }
                if byte == 0x2C {
                    if !container.isObject { flat.append(0x2C) }
                    at += 1
                } else if byte != bracket {
                    return false
                }
                skipSpace()
            }
            if byte != bracket { return container.isObject ? readKey(of: container) : true }
            at += 1
            flat.append(bracket)
            open.removeLast()
            if container.isObject { end(container) }
            isWhole = true
        }
        return true
    }

    private mutating func readKey(of container: Container) -> Bool {
        guard byte == 0x22, let key = string() else { return false }
        skipSpace()
        guard byte == 0x3A else { return false }
        at += 1
        if members.count > container.firstMember { flat.append(0x2C) }
        let start = flat.count
        write(key)
        flat.append(0x3A)
        let firstByte = keys.count
        keys.append(contentsOf: key)
        members.append(
            OpenMember(span: CanonicalMember(start: start, end: start), key: firstByte..<keys.count))
        return true
    }

    // MARK: Objects

    /// Records the sorted order of an object's members if they are not sorted.
    private mutating func end(_ object: Container) {
        defer {
            members.removeSubrange(object.firstMember...)
            keys.removeSubrange(object.firstKeyByte...)
        }
        let positions = object.firstMember..<members.count
        let isSorted = positions.dropFirst().allSatisfy {
            order(members[$0 - 1].key, members[$0].key) < 0
        }
        if isSorted { return }
        let sorted = positions.sorted {
            let order = order(members[$0].key, members[$1].key)
            return order == 0 ? $0 < $1 : order < 0
        }
        let first = sortedMembers.count
        for (number, position) in sorted.enumerated() {
            // If a key is repeated, the last value counts.
            let isRepeated =
                number + 1 < sorted.count
                && order(members[position].key, members[sorted[number + 1]].key) == 0
            if !isRepeated { sortedMembers.append(members[position].span) }
        }
        unsorted.append(
            CanonicalObject(start: object.start, end: flat.count, members: first..<sortedMembers.count))
    }

    /// Less than 0 if the first key is before the second by code point, which is the order of UTF-8 bytes; 0 if they are equal.
    /// Keys are bytes, because Swift treats strings with different compositions as equal, and JSON does not.
    private mutating func order(_ first: Range<Int>, _ second: Range<Int>) -> Int {
        let shared = min(first.count, second.count)
        var index = 0
        while index < shared, keys[first.lowerBound + index] == keys[second.lowerBound + index] {
            index += 1
        }
        workBytes += index + 1
        if index == shared { return first.count - second.count }
        return keys[first.lowerBound + index] < keys[second.lowerBound + index] ? -1 : 1
    }

    // MARK: Strings

    /// A string's text, with U+FFFD for invalid UTF-8.
    private mutating func string() -> [UInt8]? {
        at += 1
        let start = at
        var isPlain = true
        while byte != 0x22 {
            guard at < text.count else { return nil }
            if byte == 0x5C || byte >= 0x80 { isPlain = false }
            at += byte == 0x5C ? 2 : 1
        }
        let raw = Array(text[start..<min(at, text.count)])
        at += 1
        workBytes += raw.count
        if isPlain { return raw }
        return unescaped(raw).map { Array($0.utf8) }
    }

    private mutating func write(_ string: [UInt8]) {
        workBytes += string.count
        flat.append(0x22)
        for byte in string {
            switch byte {
            case 0x22, 0x5C:
                flat.append(0x5C)
                flat.append(byte)
            case 0x08: flat.append(contentsOf: Array("\\b".utf8))
            case 0x09: flat.append(contentsOf: Array("\\t".utf8))
            case 0x0A: flat.append(contentsOf: Array("\\n".utf8))
            case 0x0C: flat.append(contentsOf: Array("\\f".utf8))
            case 0x0D: flat.append(contentsOf: Array("\\r".utf8))
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                flat.append(contentsOf: Array("\\u00\(digits.count < 2 ? "0" : "")\(digits)".utf8))
            default: flat.append(byte)
            }
        }
        flat.append(0x22)
    }
}

// MARK: The second pass

private struct CanonicalWriter {
    /// A range of `flat` to copy, after a comma unless it is an object's first member.
    private struct Piece {
        var start: Int
        var end: Int
        var hasComma = false
    }

    private let flat: [UInt8]
    /// By their beginnings.
    private let unsorted: [CanonicalObject]
    private let members: [CanonicalMember]
    private(set) var result: [UInt8] = []
    private(set) var workBytes = 0

    init(flat: [UInt8], unsorted: [CanonicalObject], members: [CanonicalMember]) {
        self.flat = flat
        self.unsorted = unsorted
        self.members = members
        result.reserveCapacity(flat.count)
    }

    mutating func write() {
        var pieces = [Piece(start: 0, end: flat.count)]
        while let piece = pieces.popLast() {
            if piece.hasComma { result.append(0x2C) }
            guard let object = firstUnsorted(from: piece.start), object.start < piece.end else {
                copy(piece.start, piece.end)
                continue
            }
            // First up to its bracket, then its members in order, then the rest from its closing bracket.
            copy(piece.start, object.start + 1)
            pieces.append(Piece(start: object.end - 1, end: piece.end))
            for number in object.members.reversed() {
                let member = members[number]
                pieces.append(
                    Piece(start: member.start, end: member.end, hasComma: number > object.members.lowerBound))
            }
        }
    }

    private mutating func copy(_ start: Int, _ end: Int) {
        result.append(contentsOf: flat[start..<end])
        workBytes += end - start
    }

    /// The first object that begins at or after `place`.
    private mutating func firstUnsorted(from place: Int) -> CanonicalObject? {
        var low = 0
        var high = unsorted.count
        while low < high {
            let middle = (low + high) / 2
            if unsorted[middle].start < place { low = middle + 1 } else { high = middle }
            workBytes += 1
        }
        return low < unsorted.count ? unsorted[low] : nil
    }
}
