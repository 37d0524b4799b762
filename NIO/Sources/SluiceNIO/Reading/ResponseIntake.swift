internal import NIOCore
internal import NIOHTTP1
internal import Sluice

// What becomes of a response's body, by its head:
//
//      status 200 to 299, the content type of a stream     parsed as it comes
//      the same, JSON that begins with {                   collected, and parsed as one event; lines of JSON as they come
//      the same, other JSON                                parsed as it comes
//      the same, a page or the like; any other status      collected up to a limit: the error's body

/// Takes the body of one response, and returns what of it is to be parsed.
struct ResponseIntake {
    private enum Form {
        case stream
        /// JSON of which nothing but white space has come.
        case json
        case document
        case failure(ResponseError.Cause)
    }

    private let status: HTTPResponseStatus
    private let headers: HTTPHeaders
    private let framing: Framing?
    private let errorBodyLimit: Int
    private let documentLimit: Int
    private var form: Form
    private var collected = ByteBuffer()
    private var isBehindBrace = false
    private var isBehindFeed = false

    /// - Parameters:
    ///   - framing: That of the format; nil if it is not known.
    ///   - errorBodyLimit: Bytes of an error's body that are kept.
    ///   - documentLimit: Bytes of a JSON document that are collected; a longer one is parsed as it comes.
    init(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ framing: Framing?, errorBodyLimit: Int,
        documentLimit: Int
    ) {
        self.status = status
        self.headers = headers
        self.framing = framing
        self.errorBodyLimit = max(0, errorBodyLimit)
        self.documentLimit = documentLimit
        let type = MediaType(headers)
        if !(200...299).contains(status.code) {
            form = .failure(.status)
        } else if type.isJSON {
            form = framing == .ndjson ? .stream : .json
        } else {
            form = type.isStream ? .stream : .failure(.contentType)
        }
    }

    /// Takes the next part of the body, and returns what is to be parsed now.
    mutating func take(_ buffer: ByteBuffer) -> ByteBuffer? {
        var buffer = buffer
        switch form {
        case .stream: return buffer
        case .json:
            guard let first = buffer.readableBytesView.first(where: { $0 > 0x20 }) else { return buffer }
            form = first == UInt8(ascii: "{") ? .document : .stream
            return take(buffer)
        case .document:
            let hasLines = hasLines(buffer)
            collected.writeBuffer(&buffer)
            guard collected.readableBytes > documentLimit || hasLines else { return nil }
            form = .stream
            return takeCollected()
        case .failure:
            // One byte more than is kept shows that the body is longer.
            let room = errorBodyLimit + 1 - collected.readableBytes
            if room > 0, var part = buffer.readSlice(length: min(room, buffer.readableBytes)) {
                collected.writeBuffer(&part)
            }
            return nil
        }
    }

    /// Whether the response is no stream.
    var isFailure: Bool { if case .failure = form { true } else { false } }

    /// Whether the rest of the body changes nothing.
    var isFull: Bool {
        if case .failure = form { return collected.readableBytes > errorBodyLimit }
        return false
    }

    /// Ends the body, and returns what is to be parsed last.
    ///
    /// - Throws: the error that the response is.
    mutating func finish() throws(ResponseError) -> ByteBuffer? {
        switch form {
        case .stream, .json: return nil
        case .document: return document
        case .failure(let cause):
            let isCut = isFull
            var body = takeCollected()
            let kept = body.readSlice(length: min(errorBodyLimit, body.readableBytes)) ?? ByteBuffer()
            throw ResponseError(cause, status, headers, kept, isCut: isCut)
        }
    }

    private mutating func takeCollected() -> ByteBuffer {
        defer { collected = ByteBuffer() }
        return collected
    }

    /// Whether another document follows the first on a line of its own: inside of a document no `{` follows a `}`.
    private mutating func hasLines(_ buffer: ByteBuffer) -> Bool {
        for byte in buffer.readableBytesView {
            switch byte {
            case UInt8(ascii: "{") where isBehindBrace && isBehindFeed: return true
            case UInt8(ascii: "}"): (isBehindBrace, isBehindFeed) = (true, false)
            case 0x0A: isBehindFeed = true
            case 0x20, 0x09, 0x0D: break
            default: isBehindBrace = false
            }
        }
        return false
    }

    /// The collected document as the one event of a stream.
    private var document: ByteBuffer {
        let bytes = ResponseError.onOneLine(collected)
        switch framing {
        case .jsonArray: return ByteBuffer(bytes: [UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")])
        case .awsEventStream: return collected
        default: return ByteBuffer(bytes: Array("data: ".utf8) + bytes + [0x0A, 0x0A])
        }
    }
}
