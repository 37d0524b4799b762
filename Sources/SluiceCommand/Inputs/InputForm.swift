/// What the first bytes of an input show.
enum InputForm: Equatable {
    case gzip
    case zstd
    case http
    case plain

    /// The form of an input that begins with `head`; nil while more bytes are needed.
    ///
    /// No stream begins like one of these: gzip and zstd begin with bytes that no text and no AWS message has there, and
    /// `HTTP/1` is no JSON and no field of an event.
    ///
    /// - Parameter isWhole: No more bytes follow.
    init?(of head: some Collection<UInt8>, isWhole: Bool) {
        var isPossible = false
        for (magic, form) in Self.magics {
            let matches = zip(head, magic).allSatisfy { $1.contains($0) }
            if matches && head.count >= magic.count {
                self = form
                return
            }
            isPossible = isPossible || matches
        }
        if isPossible && !isWhole { return nil }
        self = .plain
    }

    /// Each byte of a beginning as the values that it may have.
    private static let magics: [(magic: [ClosedRange<UInt8>], form: InputForm)] = [
        ([0x1F...0x1F, 0x8B...0x8B, 0x08...0x08], .gzip),
        ([0x28...0x28, 0xB5...0xB5, 0x2F...0x2F, 0xFD...0xFD], .zstd),
        // A zstd file may begin with a frame that decoders skip.
        ([0x50...0x5F, 0x2A...0x2A, 0x4D...0x4D, 0x18...0x18], .zstd),
        ("HTTP/".utf8.map { $0...$0 } + [0x30...0x39], .http),
    ]
}

/// Recognises the form of the bytes below it, and decodes them.
final class DetectingSource: ByteSource {
    /// Where in the chain it is, and so which forms can follow.
    enum Place {
        case file
        case decompressed
        case body
        case decompressedBody
    }

    private let below: any ByteSource
    private let place: Place
    private let notes: InputNotes
    private var head: [UInt8] = []
    private var decided: (any ByteSource)?
    /// The bytes are those of the source below.
    private(set) var isPlain = false

    init(_ below: any ByteSource, _ place: Place, _ notes: InputNotes) {
        self.below = below
        self.place = place
        self.notes = notes
    }

    func take(into buffer: inout [UInt8]) throws(InputProblem) -> Taken {
        if let decided { return try decided.take(into: &buffer) }
        while true {
            var isWhole = false
            switch try below.take(into: &buffer) {
            case .nothing: return .nothing
            case .end: isWhole = true
            case .bytes(let count):
                if head.isEmpty && form(of: buffer[..<count], isWhole: false) == .plain
                    && (place != .body || unsupportedEncoding == nil)
                {
                    decided = below
                    isPlain = true
                    return .bytes(count)
                }
                head += buffer[..<count]
            }
            guard let form = form(of: head[...], isWhole: isWhole) else { continue }
            let source = PrefixedSource(head, below, isWhole: isWhole)
            head = []
            let next = try decoder(of: form, source)
            decided = next
            return try next.take(into: &buffer)
        }
    }

    func addWaits(to waits: inout [Wait]) { (decided ?? below).addWaits(to: &waits) }

    var form: [String] { (decided ?? below).form }

    /// The form where it is possible in this place; nil while more bytes are needed.
    private func form(of head: ArraySlice<UInt8>, isWhole: Bool) -> InputForm? {
        guard place != .decompressedBody else { return .plain }
        guard let form = InputForm(of: head, isWhole: isWhole) else { return nil }
        switch (form, place) {
        case (.gzip, .decompressed), (.zstd, .decompressed), (.http, .body): return .plain
        case (.plain, .body) where unsupportedEncoding != nil:
            return head.count < HTTPEncoding.sampleBytes && !isWhole ? nil : .plain
        default: return form
        }
    }

    /// A Content-Encoding that the response's headers name and that cannot be decoded here.
    private var unsupportedEncoding: String? {
        (below as? HTTPSource).flatMap { HTTPEncoding.unsupported($0.head.encodings) }
    }

    private func decoder(of form: InputForm, _ source: PrefixedSource) throws(InputProblem) -> any ByteSource {
        switch form {
        case .gzip, .zstd:
            let next: Place = place == .file ? .decompressed : .decompressedBody
            return DetectingSource(
                try Decompressor(form == .gzip ? .gzip : .zstd, source, notes), next, notes)
        case .http: return DetectingSource(HTTPSource(source, notes), .body, notes)
        case .plain:
            if place == .body, let name = unsupportedEncoding, !HTTPEncoding.isDecoded(source.sample) {
                throw InputProblem(
                    message:
                        "the body of the HTTP response has the Content-Encoding '\(name)', which is not decoded here; "
                        + "request it again with 'curl --compressed', or without the header Accept-Encoding")
            }
            return source
        }
    }
}
