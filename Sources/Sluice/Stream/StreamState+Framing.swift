// The framing of a stream, told by its first bytes.

extension StreamState {
    /// Tells the framing by all bytes that have come. Behind the first few, white space is not looked at again with each
    /// chunk: that would cost its square.
    mutating func findFraming(in bytes: Window) {
        var next = undecidedBytes
        while next > 16 && next < bytes.count && isSpace(bytes[next]) { next += 1 }
        if next > 16 && next == bytes.count && next < framingPatience {
            undecidedBytes = next
            return
        }
        framing = detectFraming(bytes)
        undecidedBytes = framing == nil ? bytes.count : 0
    }

    /// The input has ended before its bytes told the framing.
    mutating func endFraming(_ bytes: Window) {
        framing = detectFraming(bytes) ?? framingOfShort(bytes)
        undecidedBytes = 0
    }
}
