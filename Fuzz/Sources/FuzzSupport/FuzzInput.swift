// A fuzzer's input: choices first, a byte each, then the stream. Missing bytes read as 0, so every input is valid, and a
// recorded stream becomes an input with a few bytes in front of it.

struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    /// A copy of libFuzzer's bytes.
    @unsafe
    init(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
        rest = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))[...]
    }

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> Int { Int(rest.popFirst() ?? 0) }
    mutating func word() -> Int { byte() | byte() << 8 }
    mutating func flag() -> Bool { byte() & 1 == 1 }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[byte() % elements.count] }

    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return taken
    }

    mutating func takeRest() -> [UInt8] { take(rest.count) }
}

/// A way of feeding a stream to a parser.
struct Way {
    var feeding: Feeding
    var chunks: Chunks
}

/// How a stream is cut: at two places, and into chunks of one size. Six bytes of the input.
struct Cutting {
    private var places: (Int, Int)
    private var size: Int
    private var first: Int

    init(_ input: inout FuzzInput) {
        places = (input.word(), input.word())
        size = input.byte()
        first = input.byte()
    }

    /// The offsets at which a stream of `count` bytes is cut in three.
    func cuts(_ count: Int) -> [Int] { [places.0 % (count + 1), places.1 % (count + 1)].sorted() }

    /// The stream in chunks of the size, but in no more than 512 of them.
    func pieces(_ bytes: [UInt8]) -> Chunks { Chunks(bytes, of: max(size, bytes.count / 512, 1)) }

    /// The stream in three chunks with one way of feeding, and in many with another; all ways occur.
    func ways(_ bytes: [UInt8]) -> [Way] {
        let all = Feeding.allCases
        return [
            Way(feeding: all[first % 4], chunks: Chunks(bytes, at: cuts(bytes.count))),
            Way(feeding: all[first / 4 % 4], chunks: pieces(bytes)),
        ]
    }
}

/// Ends the fuzzer with a message; libFuzzer stores the input.
func report(_ difference: @autoclosure () -> String, in bytes: [UInt8]) {
    fatalError("\(difference()) in \"\(VisibleBytes.write(bytes))\"")
}
