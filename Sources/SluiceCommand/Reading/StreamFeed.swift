import Sluice

/// Takes the deltas of one stream.
protocol DeltaSink {
    /// The kinds of deltas to take.
    var kinds: DeltaKinds { get }
    mutating func take(_ delta: borrowing Delta, _ output: inout Output) throws(SluiceError)
    /// Whether ``know(_:)`` is to be called.
    var wantsFormat: Bool { get }
    /// The stream's format is known: called behind the deltas of a chunk.
    mutating func know(_ formatName: String)
    /// Leaves the screen fit for a message; what follows begins anew.
    mutating func pause(_ output: inout Output)
    /// Something is held back that ``release(_:)`` would show.
    var isHolding: Bool { get }
    /// No data has arrived for a while: shows what is held back.
    mutating func release(_ output: inout Output)
}

extension DeltaSink {
    var kinds: DeltaKinds { .answer }
    var wantsFormat: Bool { false }
    mutating func know(_ formatName: String) {}
    var isHolding: Bool { false }
    mutating func release(_ output: inout Output) {}
}

/// A parser with its input: bytes go in by the buffer and in the pieces that were asked for, deltas into a sink.
struct StreamFeed<Sink: DeltaSink>: ~Copyable {
    private var parser: StreamParser
    private let options: FeedOptions
    private var head = StreamHead()
    var receiver: DeltaReceiver<Sink>

    init(_ sink: Sink, format: WireFormat?, _ options: FeedOptions, name: String) throws {
        parser = StreamParser(
            format: format, limits: try options.limits(), layout: options.strategy.layout, kinds: sink.kinds)
        receiver = DeltaReceiver(sink: sink, name: name)
        self.options = options
    }

    /// How much of the stream has been read, and how it would end now.
    var end: StreamEnd { parser.end }

    /// The format's name, once it is known.
    var formatName: String? { parser.formatName }

    /// The first bytes are still looked at, so they have to be fed.
    var keepsHead: Bool { !head.hasStart || parser.formatName == nil }

    /// The stream begins as one JSON document does.
    var isDocument: Bool { head.isDocument }

    /// Paths at which the first document has strings.
    var textPaths: [String] { head.textPaths }

    /// Hands `bytes` over, piece by piece.
    mutating func feed(_ bytes: Span<UInt8>, _ session: inout Session) throws(SluiceError) {
        if keepsHead { head.add(bytes, keepsBytes: parser.formatName == nil) }
        let piece = options.pieceBytes
        var start = 0
        while start < bytes.count {
            let chunk = bytes.extracting(start..<min(start + piece, bytes.count))
            start += piece
            if options.strategy == .borrowed {
                try receiver.receive(chunk, by: &parser, &session)
            } else {
                try parser.fill(chunk)
                try receiver.receive(filled: &parser, &session)
            }
        }
    }

    /// Lets the parser's own ring be read into, and parses what was read; 0 at the end.
    mutating func fill(from file: Input, _ session: inout Session) throws -> Int {
        let count = try file.read(options.pieceBytes, into: &parser)
        receiver.form = file.form
        if count > 0 { try receiver.receive(filled: &parser, &session) }
        return count
    }

    /// Ends the input.
    mutating func finish(_ session: inout Session) throws(SluiceError) {
        try receiver.receive(endOf: &parser, &session)
    }
}

/// A sink with the problems of its stream.
struct DeltaReceiver<Sink: DeltaSink> {
    var sink: Sink
    private let name: String
    /// What messages add to the input's name.
    var form = ""
    /// What messages call the input where they name offsets in it.
    var place: String { name + form }
    private(set) var problems = StreamProblems()

    init(sink: Sink, name: String) {
        self.sink = sink
        self.name = name
    }

    mutating func receive(
        _ chunk: Span<UInt8>, by parser: inout StreamParser, _ session: inout Session
    ) throws(SluiceError) {
        try drain(parser.read(chunk), &session)
        tellFormat(parser)
    }

    mutating func receive(filled parser: inout StreamParser, _ session: inout Session) throws(SluiceError) {
        try drain(parser.pull(), &session)
        tellFormat(parser)
    }

    private mutating func tellFormat(_ parser: borrowing StreamParser) {
        if sink.wantsFormat, let name = parser.formatName { sink.know(name) }
    }

    mutating func receive(endOf parser: inout StreamParser, _ session: inout Session) throws(SluiceError) {
        try drain(parser.finish(), &session)
    }

    private mutating func drain(_ deltas: consuming DeltaReader, _ session: inout Session) throws(SluiceError) {
        var reader = deltas
        while let delta = try reader.next() {
            if delta.kind == .malformed || delta.kind == .error {
                if session.sharesTerminal { sink.pause(&session.output) }
                problems.note(delta, of: place, &session)
            }
            if !problems.hasContent { problems.look(delta) }
            if delta.kind != .malformed { try sink.take(delta, &session.output) }
        }
    }
}

/// What was wrong with one stream, apart from how it ended.
struct StreamProblems {
    private(set) var malformedEvents = 0
    /// Those of them that could not be read; the others have a wrong number.
    private(set) var unreadableEvents = 0
    private(set) var endedInsideEvent = false
    /// It had text, reasoning, a refusal or a tool call.
    private(set) var hasContent = false

    /// nil where all events could be read.
    var unreadableMessage: String? {
        unreadableEvents == 0 ? nil : "\(unreadableEvents) event\(unreadableEvents == 1 ? "" : "s") could not be read"
    }

    mutating func look(_ delta: borrowing Delta) {
        switch delta.kind {
        case .text, .reasoning, .refusal: hasContent = delta.bytes.byteCount > 0
        case .toolCall, .toolArguments: hasContent = true
        case .finish, .usage, .partial, .error, .malformed, .detail, .payload: break
        }
    }

    mutating func note(_ delta: borrowing Delta, of name: String, _ session: inout Session) {
        if let problem = delta.problem {
            if problem.code == .incompleteEvent { endedInsideEvent = true } else { malformedEvents += 1 }
            if problem.code != .incompleteEvent && problem.code != .misnumberedEvent { unreadableEvents += 1 }
            session.report(problem.description, about: name)
        } else if delta.kind == .error {
            let text = CarriedError(delta).text
            session.report("the stream carried an error" + (text.isEmpty ? "" : ": " + text), about: name)
        }
    }
}
