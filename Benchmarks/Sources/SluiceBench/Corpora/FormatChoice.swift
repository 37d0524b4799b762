import Sluice

/// The format and framing of recordings: named by the user, or detected by Sluice.
struct FormatChoice {
    private var format: WireFormat?
    private var framing: Framing?

    /// - Throws: ``BenchError`` for a name that is none, with the names that are.
    init(format: String? = nil, framing: String? = nil) throws {
        if let format {
            let names = WireFormat.all.map(\.name).joined(separator: ", ")
            guard let named = WireFormat.named(format) else {
                throw BenchError("there is no format '\(printable(format))' (--format); known are: \(names)")
            }
            self.format = named
        }
        if let framing {
            let names = Framing.allCases.map(\.rawValue).joined(separator: ", ")
            guard let named = Framing(rawValue: framing) else {
                throw BenchError("there is no framing '\(printable(framing))' (--framing); known are: \(names)")
            }
            self.framing = named
        }
    }

    /// The format was not named.
    var detectsFormat: Bool { format == nil }

    /// The format of a stream, with its framing.
    ///
    /// - Throws: ``BenchError`` where Sluice detects none.
    func format(of bytes: [UInt8], _ path: String) throws -> WireFormat {
        var found = try format ?? Self.detectedFormat(of: bytes, printable(path))
        found.framing = framing ?? Self.detectedFraming(of: bytes) ?? found.framing
        return found
    }

    private static func detectedFormat(of bytes: [UInt8], _ path: String) throws -> WireFormat {
        do {
            var parser = StreamParser()
            var start = 0
            while start < bytes.count, parser.formatName == nil {
                let end = min(bytes.count, start + 65_536)
                try parser.parse(bytes.span.extracting(start..<end)) { _ in }
                start = end
            }
            if parser.formatName == nil { try parser.finish { _ in } }
            if let name = parser.formatName, let format = WireFormat.named(name) { return format }
        } catch {
            guard error.code == .unknownFormat else { throw BenchError("'\(path)' cannot be read: \(error)") }
            throw BenchError(
                "'\(path)' has events of no format that is known, the first being \(error.excerpt); give its format with "
                    + "--format NAME")
        }
        throw BenchError("'\(path)' has no event that shows its format; give it with --format NAME")
    }

    private static func detectedFraming(of bytes: [UInt8]) -> Framing? {
        var parser = FrameParser(framing: nil)
        var reader = parser.read(bytes.span.extracting(0..<min(bytes.count, 65_536)))
        while let found = try? reader.next() != nil, found {}
        return parser.framing
    }
}

extension Framing {
    /// As a person calls it.
    var words: String {
        switch self {
        case .sse: "Server-Sent Events"
        case .ndjson: "NDJSON"
        case .jsonArray: "JSON array"
        case .awsEventStream: "AWS event stream"
        }
    }

    /// Line feeds delimit the events.
    var isLines: Bool { self == .sse || self == .ndjson }
}
