import Foundation
import SluiceKit

/// A tool call's arguments as a model streams them, and readers that have a value after each piece.
enum StreamedArguments {
    /// What was seen in all values together.
    struct Seen: Equatable {
        var values = 0
        var members = 0
        var stringBytes = 0
    }

    typealias Reader = @Sendable ([String]) throws -> Seen

    static let contenders: [(name: String, run: Reader)] = [
        ("IncrementalJSON", incremental),
        ("IncrementalJSON, parsing anew at each piece", anew),
        ("JSONSerialization, closing brackets at each piece", foundation),
    ]

    /// Pieces of a few bytes, as tokens are: a list of objects that never ends.
    static func pieces(_ count: Int, seed: UInt64) -> [String] {
        var generator = SeededGenerator(seed: seed)
        let words = [
            "look", "for", "the", "cheapest", "flight", "from", "Zürich", "to", "São Paulo", "\\n", "\\\"now\\\"",
        ]
        var pieces = ["{\"steps\":["]
        var number = 0
        while pieces.count < count {
            pieces.append(number == 0 ? "{\"id\":" : ",{\"id\":")
            pieces.append("\(number),")
            pieces.append("\"done\":\(Bool.random(using: &generator)),")
            pieces.append("\"title\":\"")
            for _ in 0..<Int.random(in: 4...16, using: &generator) {
                pieces.append(words[Int.random(in: 0..<words.count, using: &generator)] + " ")
            }
            pieces.append("\"}")
            number += 1
        }
        return Array(pieces[..<count])
    }

    // MARK: Readers

    static func incremental(_ pieces: [String]) throws -> Seen {
        var seen = Seen()
        var json = IncrementalJSON()
        for piece in pieces {
            try json.append(piece)
            look(json, &seen)
        }
        return seen
    }

    private static func anew(_ pieces: [String]) throws -> Seen {
        var seen = Seen()
        var text = ""
        for piece in pieces {
            text += piece
            var json = IncrementalJSON()
            try json.append(text)
            look(json, &seen)
        }
        return seen
    }

    private static func look(_ json: borrowing IncrementalJSON, _ seen: inout Seen) {
        guard let steps = json.root?["steps"] else { return }
        seen.values += steps.count
        if let last = steps.lastChild {
            seen.members += last.count
            if let title = last["title"] { seen.stringBytes += title.utf8.count }
        }
    }

    /// What people write: brackets and quotes that are open are closed, and the whole is parsed.
    private static func foundation(_ pieces: [String]) throws -> Seen {
        var seen = Seen()
        var text = ""
        for piece in pieces {
            text += piece
            guard let root = try object(text) as? [String: Any], let steps = root["steps"] as? [Any] else { continue }
            seen.values += steps.count
            guard let last = steps.last as? [String: Any] else { continue }
            seen.members += last.count
            if let title = last["title"] as? String { seen.stringBytes += title.utf8.count }
        }
        return seen
    }

    /// The value of a text that was cut anywhere: cut back until it can be closed.
    private static func object(_ text: String) throws -> Any? {
        var closers: [UInt8] = []
        var isInString = false
        var isEscaped = false
        for byte in text.utf8 {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isInString = false
                }
            } else if byte == 0x22 {
                isInString = true
            } else if byte == 0x7B || byte == 0x5B {
                closers.append(byte + 2)
            } else if byte == 0x7D || byte == 0x5D {
                closers.removeLast()
            }
        }
        var body = Array(text.utf8)
        if isEscaped { body.removeLast() }
        if isInString { body.append(0x22) }
        if body.last == 0x2C { body.removeLast() }
        if body.last == 0x3A {
            // A key without a value yet: it is left out, and the comma before it.
            body.removeLast()
            while let last = body.last, last != 0x2C && last != 0x7B { body.removeLast() }
            if body.last == 0x2C { body.removeLast() }
        }
        return try JSONSerialization.jsonObject(with: Data(body + closers.reversed()))
    }
}
