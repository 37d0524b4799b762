import Sluice

// A JSON array of objects, or objects one after the other, cut into frames the plain way: brackets outside of strings.

struct ReferenceElements {
    private let bytes: [UInt8]
    private var position = 0
    private var isGapReported = false
    private let maxBytes: Int
    private(set) var frames: [ReferenceFrame] = []
    /// The input ended within an object.
    private(set) var endsInside = false

    /// Returns the objects of a stream. Of other bytes between two of them, only the first is reported; of an object that exceeds
    /// the limit, nothing but that.
    static func objects(_ bytes: [UInt8], _ limits: Limits) -> ReferenceElements {
        var reader = ReferenceElements(bytes, limits.maxEventBytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        while reader.position < bytes.count {
            if bytes[reader.position] == UInt8(ascii: "{") { reader.object() } else { reader.gap() }
        }
        return reader
    }

    private init(_ bytes: [UInt8], _ maxBytes: Int) {
        self.bytes = bytes
        self.maxBytes = maxBytes
    }

    private mutating func gap() {
        let element = bytes[position...].prefix { !" \t\r\n,[]{".utf8.contains($0) }
        if !isGapReported, let wrong = Self.firstWrong(Array(element)) {
            isGapReported = true
            frames.append(ReferenceFrame(offset: position + wrong, problem: "malformed-payload"))
        }
        position += max(1, element.count)
    }

    /// The first byte that elements that say nothing do not have there, or do not end with; nil for such an element.
    private static func firstWrong(_ element: [UInt8]) -> Int? {
        let quiet = ["", "null", "0", "\"\""].map { Array($0.utf8) }
        if quiet.contains(element) { return nil }
        return (0...element.count).last { count in quiet.contains { $0.starts(with: element[..<count]) } }
    }

    private mutating func object() {
        let start = position
        isGapReported = false
        var open = 0
        var isInString = false
        repeat {
            let byte = bytes[position]
            position += 1
            switch Character(Unicode.Scalar(byte)) {
            case "\"": isInString.toggle()
            case "\\" where isInString: position += 1
            case "{" where !isInString, "[" where !isInString: open += 1
            case "}" where !isInString, "]" where !isInString: open -= 1
            default: break
            }
        } while open > 0 && position < bytes.count
        position = min(position, bytes.count)
        endsInside = open > 0
        if position - start > maxBytes {
            frames.append(ReferenceFrame(offset: start, problem: "event-too-large"))
            return
        }
        let payload = Array(bytes[start..<position])
        frames.append(ReferenceFrame(offset: start, payload: payload, isUnterminated: open > 0))
    }
}
