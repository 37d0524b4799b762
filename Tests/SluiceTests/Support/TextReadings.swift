import Sluice

/// What was read of many short texts, and what should have been: by Swift's own validation.
struct TextReadings {
    private var found: [[UInt8]?] = []
    private var wanted: [[UInt8]?] = []

    /// Reads each text as that of an event whose template is known: it comes out if it is valid, and is an error if it is not.
    init(_ texts: [[UInt8]], maxTemplates: Int) throws {
        let begin = Array("data: {\"text\":\"".utf8)
        let end = Array("\"}\n\n".utf8)
        var stream: [UInt8] = []
        for _ in 0..<8 { stream += begin + Array("known".utf8) + end }
        let known = stream.count
        for text in texts {
            let isValid = String(validating: text, as: UTF8.self) != nil
            wanted.append(isValid ? text : nil)
            stream += begin + text + end
            // Templates are asked for ever more seldom where nothing matches.
            if !isValid { for _ in 0..<2 { stream += begin + Array("known".utf8) + end } }
        }
        var limits = Limits()
        limits.maxTemplates = maxTemplates
        var parser = StreamParser(format: .textField, limits: limits)
        try parser.parse(stream.span) { delta in
            if delta.eventOffset < UInt64(known) { return }
            if delta.kind == .malformed { return found.append(nil) }
            if delta.string != "known" { found.append(delta.bytes.copied) }
        }
    }

    /// Reads raw texts, which are repaired, each behind enough that are known, and followed by another that is not ASCII.
    init(raw texts: [[UInt8]], _ ending: String) throws {
        let known = Array("data: known\(ending)data: 水\(ending)".utf8)
        let between: [[UInt8]] = [Array("known".utf8), Array("水".utf8)]
        var stream: [UInt8] = []
        for text in texts {
            stream += known + Array("data: ".utf8) + text + Array(ending.utf8) + known
            wanted += between + [Array(String(decoding: text, as: UTF8.self).utf8)] + between
        }
        var parser = StreamParser(format: .rawText)
        try parser.parse(stream.span) { found.append($0.bytes.copied) }
    }

    /// The first that was read otherwise than it should have been.
    var difference: String? {
        for (found, wanted) in zip(found, wanted) where found != wanted {
            return "\(found as Any) instead of \(wanted as Any)"
        }
        return found.count == wanted.count ? nil : "\(found.count) readings instead of \(wanted.count)"
    }
}
