/// Why nothing more can be written.
enum OutputFailure: Equatable {
    /// Whoever read the other end has gone: nothing is wrong.
    case closed
    /// The user has asked to stop.
    case interrupted
    /// The system refused; the reason is its own.
    case refused(String)
}

/// Bytes on their way to a descriptor, or kept in memory until they are wanted.
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

    init(to descriptor: Int32?) {
        self.descriptor = descriptor
        isTerminal = descriptor.map(System.isTerminal) ?? false
    }

    /// What comes next stands at the beginning of a line.
    var endsLine: Bool { (bytes.last ?? lastWritten) == 0x0A }

    /// Nothing has gathered.
    var isEmpty: Bool { bytes.count == 0 }

    /// A copy of what has gathered.
    var text: String { String(decoding: bytes.copy, as: UTF8.self) }

    /// Hands over the lines that have gathered, without their ends; with `all`, also the last that has none.
    mutating func takeLines(all: Bool, _ body: (RawSpan) -> Void) {
        guard !bytes.isEmpty, all || bytes.hasLine else { return }
        bytes.takeLines(all: all, body)
    }

    mutating func append(byte: UInt8) {
        bytes.append(byte: byte)
    }

    mutating func append(_ text: StaticString) {
        bytes.append(text)
    }

    mutating func append(_ text: String) {
        bytes.append(text.utf8.span.raw)
    }

    @inline(__always)
    mutating func append(_ span: RawSpan) {
        bytes.append(span)
        if bytes.count > Self.capacity && descriptor != nil { flush() }
    }

    /// Appends all that `other` has kept in memory.
    mutating func append(_ other: borrowing Output) {
        append(other.bytes.span)
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
