/// Why nothing more can be written.
enum OutputFailure: Equatable {
    /// The reader has closed the pipe: no error.
    case closed
    /// The user has asked to stop, or the reader takes too long.
    case interrupted
    /// The system refused, with its reason.
    case refused(String)
}

/// Bytes on their way to a descriptor, or kept in memory until they are wanted.
///
/// On a terminal, control characters in what is appended are shown and not sent (``TerminalText``), except in static strings
/// and single bytes, which are the command's own.
///
/// What is appended leaves with ``flush()``, or when more has gathered than is worth keeping. After a failure everything
/// is dropped, so that loops need not ask after each append; ask ``failure`` once a chunk.
struct Output: ~Copyable {
    private var bytes = ByteStore()
    private let descriptor: Int32?
    private(set) var failure: OutputFailure?
    private var lastWritten: UInt8 = 0x0A

    /// Bytes kept at most before they are written unasked.
    private static var capacity: Int { 256 << 10 }

    /// Whether a person may be looking.
    let isTerminal: Bool

    /// Control characters are shown and not sent.
    let showsControls: Bool
    private var shown = TerminalText()

    /// - Parameter sendsControls: Control characters are sent to a terminal too.
    init(to descriptor: Int32, sendsControls: Bool = false) {
        self.descriptor = descriptor
        isTerminal = System.isTerminal(descriptor)
        showsControls = isTerminal && !sendsControls
    }

    /// Keeps in memory what another output gets later.
    init(keptForShowingControls showsControls: Bool) {
        descriptor = nil
        isTerminal = false
        self.showsControls = showsControls
    }

    /// The next byte is the first of a line.
    var endsLine: Bool { (bytes.last ?? lastWritten) == 0x0A }

    /// Nothing has gathered.
    var isEmpty: Bool { bytes.count == 0 }

    /// A copy of what has gathered.
    var text: String { String(decoding: bytes.copy, as: UTF8.self) }

    /// Hands over the lines that have gathered, without their ends; with `all`, also the last that has none.
    mutating func takeLines(all: Bool, _ body: (RawSpan) -> Void) {
        if all { endShown() }
        guard !bytes.isEmpty, all || bytes.hasLine else { return }
        bytes.takeLines(all: all, body)
    }

    mutating func append(byte: UInt8) {
        endShown()
        bytes.append(byte: byte)
    }

    mutating func append(_ text: StaticString) {
        endShown()
        bytes.append(text)
    }

    mutating func append(_ text: String) {
        append(text.utf8.span.raw)
    }

    @inline(__always)
    mutating func append(_ span: RawSpan) {
        if showsControls { shown.append(span, to: &bytes) } else { bytes.append(span) }
        if bytes.count > Self.capacity && descriptor != nil { flush() }
    }

    /// Appends what an output of the same kind has kept in memory.
    mutating func append(kept span: RawSpan) {
        endShown()
        bytes.append(span)
        if bytes.count > Self.capacity && descriptor != nil { flush() }
    }

    /// Appends all that `other`, of the same kind, has kept in memory.
    mutating func append(_ other: borrowing Output) {
        append(kept: other.bytes.span)
    }

    /// Ends a character that is incomplete.
    @inline(__always)
    mutating func endShown() {
        if showsControls { shown.end(&bytes) }
    }

    mutating func beginLine() {
        if !endsLine { append(byte: 0x0A) }
    }

    /// Writes what has gathered, with one write(2) where the system takes it at once.
    mutating func flush() {
        guard let descriptor, let last = bytes.last else { return }
        lastWritten = last
        if failure == nil { failure = System.write(bytes.span, to: descriptor) }
        bytes.removeAll()
    }
}
