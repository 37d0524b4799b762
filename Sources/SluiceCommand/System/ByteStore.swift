#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Span<UInt8> {
    /// The same bytes without a type.
    var raw: RawSpan {
        // Contract: a UInt8 has no padding, so every byte of the span is initialised.
        @_lifetime(copy self) get { unsafe bytes }
    }
}

/// Consecutive bytes, in memory that only grows: appending a few of them costs a few nanoseconds.
///
/// Contract: `base` is valid for `capacity` bytes, of which the first `count` are initialised; `reserve` comes before
/// each write.
@safe
struct ByteStore: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity = 4096
    private(set) var count = 0

    init() {
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        unsafe base.deallocate()
    }

    var last: UInt8? { count == 0 ? nil : unsafe base.load(fromByteOffset: count - 1, as: UInt8.self) }

    var span: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: base, count: count)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    mutating func removeAll() { count = 0 }

    var isEmpty: Bool { count == 0 }

    var copy: [UInt8] { (0..<count).map { unsafe base.load(fromByteOffset: $0, as: UInt8.self) } }

    /// There is a line's end.
    var hasLine: Bool { unsafe memchr(base, 0x0A, count) != nil }

    /// Passes on whole lines without their ends, and with `all` what follows the last; keeps the rest.
    mutating func takeLines(all: Bool, _ body: (RawSpan) -> Void) {
        var start = 0
        while start < count {
            let end = unsafe memchr(base + start, 0x0A, count - start).map { unsafe UnsafeMutableRawPointer($0) - base }
            guard let line = end ?? (all ? count : nil) else { break }
            body(span.extracting(start..<line))
            start = line + 1
        }
        let rest = max(0, count - start)
        unsafe base.copyMemory(from: base + min(start, count), byteCount: rest)
        count = rest
    }

    @inline(__always)
    mutating func append(byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        unsafe (base + count).copyMemory(from: text.utf8Start, byteCount: length)
        count += length
    }

    @inline(__always)
    mutating func append(_ bytes: RawSpan) {
        let length = bytes.byteCount
        guard length > 0 else { return }
        reserve(length)
        unsafe bytes.withUnsafeBytes { source in
            unsafe (base + count).copyMemory(from: source.baseAddress.unsafelyUnwrapped, byteCount: length)
        }
        count += length
    }

    @inline(__always)
    private mutating func reserve(_ bytes: Int) {
        if capacity - count < bytes { grow(by: bytes) }
    }

    @inline(never)
    private mutating func grow(by bytes: Int) {
        var wanted = capacity
        while wanted - count < bytes { wanted *= 2 }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        unsafe larger.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity = wanted
    }
}
