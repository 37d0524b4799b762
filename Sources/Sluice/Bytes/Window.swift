// Contiguous bytes owned by another value.
//
// Contract: a Window is made from a chunk that the caller lends for one read, or from a buffer that the stream owns. It is used
// only during that read, and never after its buffer was written to. Every access is checked against `count`, so only the
// lender's lifetime is unchecked.

@safe
@usableFromInline
struct Window {
    @usableFromInline let base: UnsafeRawPointer?
    @usableFromInline let count: Int

    static var empty: Window { unsafe Window(base: nil, count: 0) }

    /// - Note: `base` must stay readable for `count` bytes as long as the window is used.
    @unsafe
    init(base: UnsafeRawPointer?, count: Int) {
        unsafe self.base = base
        self.count = count
    }

    subscript(index: Int) -> UInt8 {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "byte outside the window")
            return unsafe base.unsafelyUnwrapped.load(fromByteOffset: index, as: UInt8.self)
        }
    }

    /// The first eight bytes of `start..<end`, little-endian, filled with zeros if there are fewer.
    @inline(__always)
    func word(at start: Int, upTo end: Int) -> UInt64 {
        precondition(start >= 0 && start <= end && end <= count, "word outside the window")
        if count - start >= 8 {
            let loaded = unsafe base.unsafelyUnwrapped.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            let word = UInt64(littleEndian: loaded)
            let length = end - start
            return length >= 8 ? word : word & ((1 << UInt64(length &* 8)) &- 1)
        }
        var word: UInt64 = 0
        for index in 0..<min(8, end - start) {
            word |= UInt64(self[start + index]) << UInt64(index * 8)
        }
        return word
    }

    /// The bytes of `range` as a window.
    @inline(__always)
    func slice(_ start: Int, _ length: Int) -> Window {
        precondition(start >= 0 && length >= 0 && start <= count - length, "slice outside the window")
        return unsafe Window(base: base.map { unsafe $0 + start }, count: length)
    }

    /// A view whose lifetime the caller binds by returning it from a function that depends on the lender.
    @_lifetime(immortal)
    @inlinable
    @inline(__always)
    func span(_ start: Int, _ length: Int) -> RawSpan {
        precondition(start >= 0 && length >= 0 && start <= count - length, "span outside the window")
        guard let base = unsafe base else { return RawSpan() }
        let span = unsafe RawSpan(_unsafeStart: base + start, byteCount: length)
        return unsafe _overrideLifetime(span, borrowing: ())
    }

    /// As `span`, for at least one byte, so that the span has an address.
    @_lifetime(immortal)
    @inlinable
    @inline(__always)
    func filledSpan(_ start: Int, _ length: Int) -> RawSpan {
        // Compared as unsigned numbers, negative positions are past the end.
        let isWithin =
            length > 0 && UInt(bitPattern: start) <= UInt(bitPattern: count)
            && length <= count &- start
        precondition(isWithin, "span outside the window")
        let span = unsafe RawSpan(_unsafeStart: base.unsafelyUnwrapped + start, byteCount: length)
        return unsafe _overrideLifetime(span, borrowing: ())
    }

    /// Lends the bytes to C, which must not keep the pointer.
    @inline(__always)
    func withPointer<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        guard let base = unsafe base else {
            var none: UInt8 = 0
            return unsafe withUnsafePointer(to: &none, body)
        }
        return unsafe body(base.assumingMemoryBound(to: UInt8.self))
    }

    /// The address of the bytes for C, which must not keep the pointer; nil if there are none.
    var firstAddress: UnsafePointer<UInt8>? {
        @inline(__always) get { unsafe base.map { unsafe $0.assumingMemoryBound(to: UInt8.self) } }
    }

    /// Whether the bytes of `start..<end` are exactly `text`.
    func matches(_ start: Int, _ end: Int, _ text: StaticString) -> Bool {
        guard end - start == text.utf8CodeUnitCount, start >= 0, end <= count else { return false }
        for index in 0..<(end - start) where unsafe self[start + index] != text.utf8Start[index] { return false }
        return true
    }

    /// The bytes from `start` on.
    func from(_ start: Int) -> Window { slice(start, count - start) }

    /// A copy of the bytes.
    func copy() -> [UInt8] {
        // Creating an empty array with a capacity would write to storage that all empty arrays share.
        if count == 0 { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { target, written in
            if let base = unsafe base, count > 0 {
                unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
                    from: UnsafeRawBufferPointer(start: base, count: count))
            }
            written = count
        }
    }
}

extension [UInt8] {
    /// Lends the array's bytes as a window.
    func withWindow<Result>(_ body: (Window) -> Result) -> Result {
        unsafe withUnsafeBytes { unsafe body(Window(base: $0.baseAddress, count: $0.count)) }
    }
}

extension Window {
    /// A chunk that a caller lends. The compiler ensures that the reader made from it does not outlive the span.
    init(lending span: RawSpan) {
        let bytes = unsafe span.withUnsafeBytes { unsafe $0 }
        unsafe self.init(base: bytes.baseAddress, count: bytes.count)
    }
}

extension Window {
    /// Appends a copy of the bytes to `array`.
    func append(to array: inout [UInt8]) {
        unsafe withPointer { unsafe array.append(contentsOf: UnsafeBufferPointer(start: $0, count: count)) }
    }
}

extension Span<UInt8> {
    /// The same bytes, untyped. Reading them as bytes is always valid, which is what `bytes` requires of its caller.
    var rawBytes: RawSpan {
        @_lifetime(copy self) get { unsafe bytes }
    }
}

/// A view of one element, whose lifetime the caller binds as with ``Window/span(_:_:)``: the array has to stay alive and
/// unchanged as long as the view is used.
@_lifetime(immortal)
func lend<Element>(_ array: [Element], _ index: Int) -> Span<Element> {
    let span = array.span.extracting(index..<index + 1)
    return unsafe _overrideLifetime(span, borrowing: ())
}
