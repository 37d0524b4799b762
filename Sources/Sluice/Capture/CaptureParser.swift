internal import CSluiceSimdjson

// simdjson behind the C interface, for one thread at a time.
//
// Contract: `handle` lives as long as this value; a walk's captures point into the parser's own memory and are valid until
// its next walk, which the borrow of `self` in `captures` enforces; C reads the payload only during the call.

typealias Capture = c_sluice_capture

@safe
struct CaptureParser: ~Copyable {
    private let handle: OpaquePointer
    private var found: UnsafePointer<c_sluice_capture>?
    private var foundCount = 0
    /// The shape of the last payload, or 0; see the C header.
    private(set) var shape: UInt32 = 0

    init?() {
        guard let parser = unsafe c_sluice_parser_create() else { return nil }
        unsafe handle = parser
        unsafe found = nil
    }

    deinit {
        unsafe c_sluice_parser_destroy(handle)
    }

    /// Captures of the last walk.
    var captures: Span<Capture> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeStart: found.unsafelyUnwrapped, count: foundCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    struct Failure {
        var status: Int32
        var offset: Int
    }

    /// Finds the table's paths in `payload`; nil when all went well.
    mutating func walk(_ payload: Window, _ table: CaptureTable, _ limits: Limits) -> Failure? {
        let bounds = c_sluice_limits(
            max_depth: UInt32(clamping: limits.maxNestingDepth), max_captures: UInt32(clamping: limits.maxCapturesPerEvent))
        let result = unsafe payload.withPointer { bytes in
            unsafe c_sluice_parser_walk(handle, table.handle, bytes, payload.count, bounds)
        }
        unsafe found = result.captures
        foundCount = Int(unsafe result.count)
        shape = unsafe result.shape
        let status = unsafe result.status
        return status == 0 ? nil : Failure(status: status, offset: Int(unsafe result.offset))
    }
}
