// An HTTP response saved with its headers, as `curl -i` prints it. What precedes the last header block is skipped:
// 100 Continue, 103 Early Hints, a proxy's 200 Connection established, redirects. The body ends with its last chunk, with
// its Content-Length or with the input; a response that follows it is read on.

/// The bodies of HTTP responses.
final class HTTPSource: ByteSource {
    private enum Phase {
        /// Inside a header block.
        case head
        /// After a header block: a body, or another block.
        case begin
        case sized(UInt64)
        /// A body that ends with the input.
        case open
        case chunkSize
        case chunk(UInt64)
        case chunkEnd
        case trailers
        /// After a body whose end is known.
        case after
        case ended
    }

    private let below: any ByteSource
    private let notes: InputNotes
    private var phase = Phase.head
    private(set) var head = HTTPHead()

    /// Bytes that were taken and are not decoded yet: from `position` to `count`.
    private var input = [UInt8](repeating: 0, count: FeedOptions.defaultBytes)
    private var position = 0
    private var count = 0
    private var isAtEnd = false
    /// The place of `position` in the response, headers included.
    private var offset: UInt64 = 0

    /// The start of a line, or the bytes that decide what follows a header block.
    private var line: [UInt8] = []
    private var blockBytes = 0
    private var bodyBytes: UInt64 = 0
    private var ignoredBytes: UInt64 = 0
    private var failure: InputProblem?

    /// Bytes that a header block, or all trailers of a response, may have.
    private static var maxBlockBytes: Int { 256 << 10 }

    init(_ below: any ByteSource, _ notes: InputNotes) {
        self.below = below
        self.notes = notes
    }

    var form: [String] { below.form + ["HTTP body"] }

    func addWaits(to waits: inout [Wait]) { below.addWaits(to: &waits) }

    func take(into buffer: inout [UInt8]) throws(InputProblem) -> Taken {
        if let failure { throw failure }
        var produced = 0
        do {
            while produced < buffer.count {
                if position < count {
                    try step(&buffer, &produced)
                    continue
                }
                if produced > 0 { break }
                if case .ended = phase { return .end }
                switch isAtEnd ? .end : try below.take(into: &input) {
                case .nothing: return .nothing
                case .bytes(let new): (position, count) = (0, new)
                case .end:
                    isAtEnd = true
                    try endInput()
                }
            }
        } catch {
            // The bytes before the error are returned first.
            if produced == 0 { throw error }
            failure = error
        }
        return .bytes(produced)
    }

    /// Decodes some of what was taken.
    private func step(_ buffer: inout [UInt8], _ produced: inout Int) throws(InputProblem) {
        switch phase {
        case .head: try readHead()
        case .begin: try begin()
        case .sized(let left):
            let rest = left - move(left, &buffer, &produced)
            phase = rest == 0 ? .after : .sized(rest)
        case .open: _ = move(.max, &buffer, &produced)
        case .chunkSize: try readChunkSize()
        case .chunk(let left):
            let rest = left - move(left, &buffer, &produced)
            phase = rest == 0 ? .chunkEnd : .chunk(rest)
        case .chunkEnd:
            let start = offset
            guard let line = try readLine(most: 2, "a chunk is not followed by a line end") else { return }
            guard line.isEmpty else { throw .http("a chunk is not followed by a line end", at: start) }
            phase = .chunkSize
        case .trailers:
            guard let line = try readLine(most: Self.maxBlockBytes, "the trailers exceed \(Self.maxBlockBytes) bytes")
            else { return }
            if line.isEmpty { phase = .after }
        case .after: readAfter()
        case .ended: position = count
        }
    }

    /// Passes on up to `most` bytes of the body; drops those of a redirect.
    private func move(_ most: UInt64, _ buffer: inout [UInt8], _ produced: inout Int) -> UInt64 {
        let isWanted = !isRedirect
        let room = isWanted ? buffer.count - produced : .max
        let size = min(count - position, room, Int(clamping: most))
        if isWanted {
            buffer.replaceSubrange(produced..<produced + size, with: input[position..<position + size])
            produced += size
        }
        bodyBytes += UInt64(size)
        advance(size)
        return UInt64(size)
    }

    /// The body of a redirect is a page for people, not a stream.
    private var isRedirect: Bool { (300...399).contains(head.status) }

    private func advance(_ size: Int) {
        position += size
        offset += UInt64(size)
    }

    /// The rest of a line, without its end; nil where it goes on.
    private func readLine(most: Int, _ problem: String) throws(InputProblem) -> [UInt8]? {
        let end = input[position..<count].firstIndex(of: 0x0A)
        let size = (end.map { $0 + 1 } ?? count) - position
        blockBytes += size
        guard blockBytes <= most else { throw .http(problem, at: offset - UInt64(line.count)) }
        line += input[position..<position + size]
        advance(size)
        guard end != nil else { return nil }
        line.removeLast()
        if line.last == 0x0D { line.removeLast() }
        defer { line = [] }
        if case .head = phase {} else if case .trailers = phase {} else { blockBytes = 0 }
        return line
    }

    private func readHead() throws(InputProblem) {
        let start = offset - UInt64(line.count)
        guard
            let line = try readLine(
                most: Self.maxBlockBytes, "the header block exceeds \(Self.maxBlockBytes) bytes")
        else { return }
        if !line.isEmpty { return try head.read(line, at: start) }
        phase = .begin
        blockBytes = 0
    }

    private func readChunkSize() throws(InputProblem) {
        let start = offset - UInt64(line.count)
        guard
            let line = try readLine(
                most: HTTPChunk.maxLineBytes, "the line of a chunk's size exceeds \(HTTPChunk.maxLineBytes) bytes")
        else { return }
        guard let size = HTTPChunk.size(line) else {
            let text = String(decoding: line.prefix(40), as: UTF8.self)
            throw .http("the chunk size '\(text)' is not a hexadecimal number", at: start)
        }
        phase = size == 0 ? .trailers : .chunk(size)
    }

    /// Reads the bytes after a header block until they show what they are.
    private func begin() throws(InputProblem) {
        line.append(input[position])
        advance(1)
        if let next = content(isWhole: false) { enter(next) }
    }

    /// What the bytes after a header block are; nil while more are needed.
    private func content(isWhole: Bool) -> Phase? {
        guard let form = InputForm(of: line, isWhole: isWhole) else { return nil }
        if form == .http { return .head }
        if head.isChunked {
            return HTTPEncoding.isChunked(line, isWhole: isWhole).map { $0 ? .chunkSize : .open }
        }
        guard let length = head.length else { return .open }
        if head.encodings.isEmpty { return length == 0 ? .after : .sized(length) }
        // A body that curl has decompressed is not as long as the header says.
        return HTTPEncoding.isEncoded(line, head.encodings, isWhole: isWhole).map { $0 ? .sized(length) : .open }
    }

    /// Continues with the bytes that have decided it.
    private func enter(_ next: Phase) {
        input.replaceSubrange(..<position, with: line)
        count += line.count - position
        input += repeatElement(0, count: max(0, FeedOptions.defaultBytes - input.count))
        position = 0
        offset -= UInt64(line.count)
        line = []
        if case .head = next {
            head = HTTPHead()
        } else if head.status >= 400 {
            notes.add("the server answered \(head.answer)")
        }
        bodyBytes = 0
        phase = next
    }

    /// After a body: another response, or bytes that belong to none.
    private func readAfter() {
        guard ignoredBytes == 0 else {
            ignoredBytes += UInt64(count - position)
            return advance(count - position)
        }
        line.append(input[position])
        advance(1)
        let isHTTP = InputForm(of: line, isWhole: false)
        if isHTTP == .http { return enter(.head) }
        if isHTTP != nil {
            ignoredBytes = UInt64(line.count)
            line = []
        }
    }

    /// The input has ended: nothing is missing, or an error says what.
    private func endInput() throws(InputProblem) {
        switch phase {
        case .head: throw .cutHTTP("its header block has no empty line at its end")
        case .begin:
            if let next = line.isEmpty ? nil : content(isWhole: true) { return enter(next) }
            if head.length ?? 0 > 0 && !isRedirect { throw .cutHTTP("it has no byte of its body") }
            if head.status >= 400 { notes.add("the server answered \(head.answer)") }
        case .sized(let left):
            throw .cutHTTP("it has \(bodyBytes) of the \(bodyBytes + left) bytes of its body (Content-Length)")
        case .chunkSize, .chunk, .chunkEnd: throw .cutHTTP("its body has no last chunk")
        case .after:
            ignoredBytes += UInt64(line.count)
            if ignoredBytes > 0 {
                notes.add("\(ignoredBytes) bytes after the end of the HTTP response are ignored", .malformed)
            }
        case .open, .trailers, .ended: break
        }
        if isRedirect { notes.add("the server answered \(head.answer), a redirect; follow it with 'curl -L'") }
        phase = .ended
    }
}
