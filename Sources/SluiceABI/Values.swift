internal import CSluice
internal import Sluice

// Options, errors and names in their C representation.

/// The maximum size of a struct of any header version. Larger sizes are rejected before a byte is read or written.
let mostStructBytes = 4096

/// Writes the first `size` bytes of `value`, and zeros after it if `size` is larger.
func write<Value: BitwiseCopyable>(_ value: Value, to target: UnsafeMutablePointer<Value>, _ size: Int) {
    guard size > 0 else { return }
    let room = unsafe UnsafeMutableRawBufferPointer(start: target, count: size)
    unsafe withUnsafeBytes(of: value) { bytes in
        let known = min(size, bytes.count)
        unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<known]))
        for index in known..<size { unsafe room[index] = 0 }
    }
}

// MARK: Options

extension sluice_options {
    /// The byte offsets at which its fields end; layout.c checks the same numbers with a C compiler.
    fileprivate static let ends: Set<Int> = [8, 16, 24, 28, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112]

    init(_ limits: Limits) {
        unsafe self.init()
        unsafe kinds = UInt64(DeltaKinds.answer.rawValue)
        unsafe when_exceeded = UInt32(SLUICE_SKIP_EVENT)
        unsafe buffer_layout = UInt32(SLUICE_MIRRORED)
        unsafe max_event_bytes = UInt64(limits.maxEventBytes)
        unsafe max_data_lines_per_event = UInt64(limits.maxDataLinesPerEvent)
        unsafe max_event_name_bytes = UInt64(limits.maxEventNameBytes)
        unsafe max_id_bytes = UInt64(limits.maxIDBytes)
        unsafe max_nesting_depth = UInt64(limits.maxNestingDepth)
        unsafe max_captures_per_event = UInt64(limits.maxCapturesPerEvent)
        unsafe max_choices = UInt64(limits.maxChoices)
        unsafe max_tool_calls = UInt64(limits.maxToolCalls)
        unsafe max_templates = UInt64(limits.maxTemplates)
    }

    fileprivate var limits: Limits {
        func number(_ value: UInt64) -> Int { Int(clamping: value) }
        var limits = Limits()
        limits.maxEventBytes = unsafe number(max_event_bytes)
        limits.maxDataLinesPerEvent = unsafe number(max_data_lines_per_event)
        limits.maxEventNameBytes = unsafe number(max_event_name_bytes)
        limits.maxIDBytes = unsafe number(max_id_bytes)
        limits.maxNestingDepth = unsafe number(max_nesting_depth)
        limits.maxCapturesPerEvent = unsafe number(max_captures_per_event)
        limits.maxChoices = unsafe number(max_choices)
        limits.maxToolCalls = unsafe number(max_tool_calls)
        limits.maxTemplates = unsafe number(max_templates)
        limits.whenExceeded = unsafe when_exceeded == UInt32(SLUICE_FAIL_STREAM) ? .fail : .skip
        return limits
    }
}

/// The options of a C caller, validated.
struct StreamOptions {
    private(set) var status = sluice_status.ok
    private(set) var format: WireFormat?
    private(set) var limits = Limits()
    private(set) var layout = BufferLayout.mirrored
    private(set) var kinds = DeltaKinds.answer

    init(_ options: UnsafePointer<sluice_options>?) {
        guard let options = unsafe options else { return }
        // The fields that a shorter, older struct lacks have their defaults. Its size has to be the end of a field.
        let size = unsafe UnsafeRawPointer(options).loadUnaligned(as: Int.self)
        let isWhole = unsafe size >= MemoryLayout<sluice_options>.size || sluice_options.ends.contains(size)
        guard isWhole, size <= mostStructBytes else {
            status = .misuse
            return
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: options, count: size)
        var known = unsafe sluice_options(Limits())
        let read = unsafe min(size, MemoryLayout<sluice_options>.size)
        unsafe withUnsafeMutableBytes(of: &known) {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<read]))
        }
        // The fields of a newer header have to be unset.
        guard unsafe bytes[read...].allSatisfy({ $0 == 0 }) else {
            status = .unsupported
            return
        }
        unsafe adopt(known)
    }

    private mutating func adopt(_ options: sluice_options) {
        guard unsafe options.when_exceeded <= UInt32(SLUICE_FAIL_STREAM),
            unsafe options.buffer_layout <= UInt32(SLUICE_LINEAR)
        else {
            status = .misuse
            return
        }
        if let name = unsafe options.format {
            format = unsafe WireFormat.named(String(cString: name))
            if format == nil { status = .unknownFormat }
        }
        if let table = unsafe options.table {
            guard format == nil else {
                status = .misuse
                return
            }
            do throws(SluiceError) {
                format = unsafe try WireFormat(json: String(cString: table))
            } catch {
                status = .invalidTable
            }
        }
        limits = unsafe options.limits
        layout = unsafe options.buffer_layout == UInt32(SLUICE_LINEAR) ? .linear : .mirrored
        kinds = unsafe DeltaKinds(rawValue: UInt32(truncatingIfNeeded: options.kinds))
    }
}

// MARK: Errors

extension sluice_error {
    init(_ error: SluiceError) {
        self.init()
        offset = error.offset
        event = error.event
        unsafe withUnsafeMutableBytes(of: &code) { unsafe copy(error.code.rawValue, to: $0) }
        unsafe withUnsafeMutableBytes(of: &excerpt) { unsafe copy(error.excerpt, to: $0) }
        unsafe withUnsafeMutableBytes(of: &detail) { unsafe copy(error.detail, to: $0) }
    }
}

extension sluice_error_details {
    init(_ details: ErrorDetails) {
        self.init()
        unsafe withUnsafeMutableBytes(of: &type) { unsafe copy(details.type, to: $0) }
        unsafe withUnsafeMutableBytes(of: &code) { unsafe copy(details.code, to: $0) }
        unsafe withUnsafeMutableBytes(of: &parameter) { unsafe copy(details.parameter, to: $0) }
        unsafe withUnsafeMutableBytes(of: &request_id) { unsafe copy(details.requestID, to: $0) }
        retry_after_seconds = details.retryAfterSeconds ?? -1
    }
}

extension sluice_unread_kind {
    init(_ kind: UnreadKind) {
        self.init()
        count = kind.count
        offset = kind.offset
        event = kind.event
        unsafe withUnsafeMutableBytes(of: &name) { unsafe copy(kind.name, to: $0) }
    }
}

/// Writes a text and a zero byte; a text that does not fit is cut after a whole character and ends with "...".
private func copy(_ text: String, to room: UnsafeMutableRawBufferPointer) {
    let bytes = Array(text.utf8)
    var length = bytes.count
    let isCut = length >= room.count
    if isCut {
        length = room.count - 4
        while length > 0 && bytes[length] & 0xC0 == 0x80 { length -= 1 }
    }
    let shown = bytes[..<length] + (isCut ? Array("...".utf8) : []) + [0]
    unsafe room.copyBytes(from: shown)
}

// MARK: Names

/// The names of formats as C strings, which are never freed.
@safe
struct FormatNames: @unchecked Sendable {
    private let names: [(name: String, address: UnsafePointer<CChar>)]

    static let all = FormatNames()

    private init() {
        unsafe names = WireFormat.all.map { format in
            unsafe (format.name, UnsafePointer(Self.copy(format.name)))
        }
    }

    static func copy(_ name: String) -> UnsafeMutablePointer<CChar> {
        let bytes = Array(name.utf8CString)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        unsafe copy.initialize(from: bytes, count: bytes.count)
        return unsafe copy
    }

    var count: Int { unsafe names.count }

    func name(at index: Int) -> UnsafePointer<CChar>? {
        unsafe names.indices.contains(index) ? names[index].address : nil
    }

    func name(_ name: String) -> UnsafePointer<CChar>? { unsafe names.first { unsafe $0.name == name }?.address }
}
