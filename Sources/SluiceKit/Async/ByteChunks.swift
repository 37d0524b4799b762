internal import Sluice

// A sequence of single bytes does not say whether its next byte is there already, so a chunk cannot be what is at hand. It ends
// where a format's events end instead, because an event whose last byte has come must not wait for the next one:
//
//      begins with    is                    a chunk ends at
//      a zero byte    AWS messages          the end of a message, which its first four bytes give
//      [              a JSON array          } and ]
//      anything else  SSE, NDJSON           LF, or a second CR
//
// and after 16 KiB. A blank line ends an event of SSE; where it is CR CR, no LF comes. The first byte is a chunk by itself, so
// that it ends the time until the first byte.

/// The chunks of a sequence of single bytes.
struct ByteChunks<Base: AsyncSequence>: AsyncSequence where Base.Element == UInt8 {
    typealias Element = [UInt8]
    typealias Failure = any Error

    let base: Base

    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        private var end = ChunkEnd()
        /// What the source has thrown after bytes that were not returned yet.
        private var failure: (any Error)?
        private var isOver = false

        init(base: Base.AsyncIterator) { self.base = base }

        mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            if let failure {
                self.failure = nil
                throw failure
            }
            var chunk: [UInt8] = []
            while !isOver {
                do {
                    guard let byte = try await base.next(isolation: actor) else {
                        isOver = true
                        break
                    }
                    chunk.append(byte)
                    if end.isAt(byte) || chunk.count == Self.mostBytes { return chunk }
                } catch {
                    isOver = true
                    if chunk.isEmpty { throw error }
                    failure = error
                }
            }
            return chunk.isEmpty ? nil : chunk
        }

        private static var mostBytes: Int { 16 * 1024 }
    }
}

extension ByteChunks: Sendable where Base: Sendable {}

/// Where the chunks of single bytes end.
struct ChunkEnd {
    private enum Form {
        case lines, array
        /// Bytes of the message's length that have come, its value, and the bytes of the message that have not.
        case messages(lengthBytes: Int, length: Int, rest: Int)
    }

    /// Nil before the first byte that is no white space.
    private var form: Form?
    private var isFirst = true
    private var last: UInt8 = 0

    /// Takes the next byte, and returns whether a chunk ends behind it.
    mutating func isAt(_ byte: UInt8) -> Bool {
        defer {
            isFirst = false
            last = byte
        }
        if form == nil, ![0x20, 0x09, 0x0A, 0x0D].contains(byte) {
            form =
                byte == 0 ? .messages(lengthBytes: 0, length: 0, rest: 0) : byte == UInt8(ascii: "[") ? .array : .lines
        }
        let isEnd = isEnd(byte)
        return isEnd || isFirst
    }

    private mutating func isEnd(_ byte: UInt8) -> Bool {
        switch form {
        case .array: return byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
        case .messages(let lengthBytes, let length, let rest):
            if lengthBytes < 4 {
                let length = length << 8 | Int(byte)
                form = .messages(lengthBytes: lengthBytes + 1, length: length, rest: length - 4)
                // A length that cannot be is the parser's to report.
                guard lengthBytes == 3, length <= 4 else { return false }
            } else if rest > 1 {
                form = .messages(lengthBytes: 4, length: length, rest: rest - 1)
                return false
            }
            form = .messages(lengthBytes: 0, length: 0, rest: 0)
            return true
        default: return byte == 0x0A || byte == 0x0D && last == 0x0D
        }
    }
}
