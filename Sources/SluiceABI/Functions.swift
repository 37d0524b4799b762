// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CSluice
internal import Sluice

// The functions of sluice.h under their C names. The header documents them.

extension OpaquePointer {
    fileprivate var engine: EngineHandle {
        unsafe Unmanaged.fromOpaque(UnsafeRawPointer(self)).takeUnretainedValue()
    }

    var stream: StreamHandle {
        unsafe Unmanaged.fromOpaque(UnsafeRawPointer(self)).takeUnretainedValue()
    }
}

extension OpaquePointer {
    /// As `stream`, without retaining it: the caller keeps it alive during the call. Used by functions that are called for
    /// every chunk.
    @inline(__always)
    fileprivate func withStream(_ body: (StreamHandle) -> sluice_status) -> sluice_status {
        let handle = unsafe Unmanaged<StreamHandle>.fromOpaque(UnsafeRawPointer(self))
        return unsafe handle._withUnsafeGuaranteedRef(body)
    }
}

/// Retains a handle and returns its address, for C to own.
private func lend(_ handle: AnyObject) -> OpaquePointer {
    unsafe OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
}

private func release<Handle: AnyObject>(_ handle: OpaquePointer, _: Handle.Type) {
    unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(handle)).release()
}

// MARK: Options

@c @implementation
public func sluice_options_init(_ options: UnsafeMutablePointer<sluice_options>!, _ size: Int) {
    guard let options = unsafe options, size >= MemoryLayout<Int>.size, size <= mostStructBytes else { return }
    var defaults = unsafe sluice_options(Limits())
    unsafe defaults.size = size
    unsafe write(defaults, to: options, size)
}

// MARK: Engines

@c @implementation
public func sluice_engine_create() -> OpaquePointer! {
    unsafe EngineHandle.make().map { unsafe lend($0) }
}

@c @implementation
public func sluice_engine_destroy(_ engine: OpaquePointer!) {
    if let engine = unsafe engine { unsafe release(engine, EngineHandle.self) }
}

// MARK: Streams

@c @implementation
public func sluice_stream_create(
    _ engine: OpaquePointer!, _ options: UnsafePointer<sluice_options>!, _ stream: UnsafeMutablePointer<OpaquePointer?>!
) -> sluice_status {
    guard let stream = unsafe stream else { return .misuse }
    unsafe stream.pointee = nil
    let asked = unsafe StreamOptions(options)
    guard asked.status == .ok else { return asked.status }
    let format = asked.format
    do throws(SluiceError) {
        // A shared table that could not be allocated is reported here, not by the first read.
        try format?.validate()
        let made = TokenStream(format: format, limits: asked.limits, layout: asked.layout, kinds: asked.kinds)
        guard let shared = unsafe engine.map({ unsafe $0.engine }) ?? EngineHandle.make() else { return .outOfMemory }
        unsafe stream.pointee = lend(StreamHandle(shared, made))
        return .ok
    } catch {
        return error.code == .outOfMemory ? .outOfMemory : .unsupported
    }
}

@c @implementation
public func sluice_stream_create_like(
    _ other: OpaquePointer!, _ stream: UnsafeMutablePointer<OpaquePointer?>!
) -> sluice_status {
    guard let stream = unsafe stream else { return .misuse }
    unsafe stream.pointee = nil
    guard let other = unsafe other?.stream else { return .misuse }
    unsafe stream.pointee = lend(StreamHandle(other.engine, other.freshStream()))
    return .ok
}

@c @implementation
public func sluice_stream_reset(_ stream: OpaquePointer!) -> sluice_status {
    guard let stream = unsafe stream?.stream else { return .misuse }
    stream.reset()
    return .ok
}

@c @implementation
public func sluice_stream_destroy(_ stream: OpaquePointer!) {
    if let stream = unsafe stream { unsafe release(stream, StreamHandle.self) }
}

@c @implementation
public func sluice_table_check(
    _ table: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<sluice_error>!, _ size: Int
) -> sluice_status {
    guard let table = unsafe table, size >= 0, size <= mostStructBytes else { return .misuse }
    do throws(SluiceError) {
        _ = unsafe try WireFormat(json: String(cString: table))
        return .ok
    } catch let failure {
        if let error = unsafe error { unsafe write(sluice_error(failure), to: error, size) }
        return .invalidTable
    }
}

// MARK: Reading

@c @implementation
public func sluice_stream_feed(_ stream: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ length: Int) -> sluice_status {
    guard let stream = unsafe stream, length >= 0, unsafe bytes != nil || length == 0 else { return .misuse }
    // The header requires the caller to keep the bytes until the read ends, which is what the span's lifetime means.
    return unsafe stream.withStream {
        unsafe $0.feed(Span(_bytes: UnsafeRawBufferPointer(start: bytes, count: length).bytes))
    }
}

@c @implementation
public func sluice_stream_reserve(
    _ stream: OpaquePointer!, _ size: Int, _ space: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> sluice_status {
    guard let space = unsafe space else { return .misuse }
    unsafe space.pointee = nil
    guard let stream = unsafe stream?.stream, size >= 1, size <= 1 << 30 else { return .misuse }
    let (status, room) = unsafe stream.reserve(size)
    unsafe space.pointee = room
    return status
}

@c @implementation
public func sluice_stream_commit(_ stream: OpaquePointer!, _ written: Int) -> sluice_status {
    guard let stream = unsafe stream?.stream, written >= 0 else { return .misuse }
    return stream.commit(written)
}

@c @implementation
public func sluice_stream_finish(_ stream: OpaquePointer!) -> sluice_status {
    guard let stream = unsafe stream?.stream else { return .misuse }
    return stream.finish()
}

@c @implementation
public func sluice_stream_next(
    _ stream: OpaquePointer!, _ batch: UnsafeMutablePointer<UnsafePointer<sluice_batch>?>!
) -> sluice_status {
    guard let batch = unsafe batch else { return .misuse }
    unsafe batch.pointee = nil
    guard let stream = unsafe stream else { return .misuse }
    return unsafe stream.withStream { stream in
        let status = stream.readOn()
        if status == .ok { unsafe batch.pointee = stream.engine.lendPage() }
        return status
    }
}

// MARK: The result of a stream

@c @implementation
public func sluice_stream_end(
    _ stream: OpaquePointer!, _ end: UnsafeMutablePointer<sluice_end>!, _ size: Int
) -> sluice_status {
    guard let stream = unsafe stream?.stream, let end = unsafe end, size <= mostStructBytes else { return .misuse }
    let known = stream.end
    var told = sluice_end()
    told.bytes = known.bytes
    told.frames = known.frames
    told.deltas = known.deltas
    told.malformed_events = known.malformedEvents
    told.missing_events = known.missingEvents
    told.ignored_lines = known.ignoredLines
    told.ended_inside_event = known.endedInsideEvent ? 1 : 0
    told.unread_events = known.unreadEvents
    told.unread_kinds = UInt64(known.unreadKinds.count)
    switch known.status {
    case .truncated: told.completeness = UInt32(SLUICE_TRUNCATED)
    case .complete: told.completeness = UInt32(SLUICE_COMPLETE)
    case .finished: told.completeness = UInt32(SLUICE_FINISHED)
    case .failed: told.completeness = UInt32(SLUICE_ERROR_CARRIED)
    case .empty: told.completeness = UInt32(SLUICE_EMPTY)
    }
    unsafe write(told, to: end, size)
    return .ok
}

@c @implementation
public func sluice_stream_unread(
    _ stream: OpaquePointer!, _ index: Int, _ kind: UnsafeMutablePointer<sluice_unread_kind>!, _ size: Int
) -> sluice_status {
    guard let kinds = unsafe stream?.stream.end.unreadKinds, let kind = unsafe kind, size <= mostStructBytes,
        kinds.indices.contains(index)
    else { return .misuse }
    unsafe write(sluice_unread_kind(kinds[index]), to: kind, size)
    return .ok
}

@c @implementation
public func sluice_stream_error(
    _ stream: OpaquePointer!, _ error: UnsafeMutablePointer<sluice_error>!, _ size: Int
) -> sluice_status {
    guard let failure = unsafe stream?.stream.failure, let error = unsafe error, size <= mostStructBytes else {
        return .misuse
    }
    unsafe write(sluice_error(failure), to: error, size)
    return .ok
}

@c @implementation
public func sluice_stream_problem(
    _ stream: OpaquePointer!, _ delta: UnsafePointer<sluice_delta>!, _ error: UnsafeMutablePointer<sluice_error>!,
    _ size: Int
) -> sluice_status {
    guard let stream = unsafe stream?.stream, let delta = unsafe delta?.pointee, let error = unsafe error,
        size <= mostStructBytes, delta.kind == SLUICE_MALFORMED, let problem = stream.problem(delta.problem)
    else { return .misuse }
    unsafe write(sluice_error(problem), to: error, size)
    return .ok
}

@c @implementation
public func sluice_stream_error_details(
    _ stream: OpaquePointer!, _ delta: UnsafePointer<sluice_delta>!,
    _ details: UnsafeMutablePointer<sluice_error_details>!, _ size: Int
) -> sluice_status {
    guard let stream = unsafe stream?.stream, let delta = unsafe delta?.pointee, let details = unsafe details,
        size <= mostStructBytes, delta.kind == SLUICE_ERROR, stream.hasPage
    else { return .misuse }
    unsafe write(
        sluice_error_details(stream.errorDetails(ofEvent: delta.event_offset) ?? ErrorDetails()), to: details, size)
    return .ok
}

@c @implementation
public func sluice_stream_format(_ stream: OpaquePointer!) -> UnsafePointer<CChar>! {
    unsafe stream?.stream.formatNameAddress
}

// MARK: Names

@c @implementation
public func sluice_format_count() -> Int { FormatNames.all.count }

@c @implementation
public func sluice_format_name(_ index: Int) -> UnsafePointer<CChar>! { unsafe FormatNames.all.name(at: index) }

/// The address of a literal, which is zero-terminated and static.
func address(_ text: StaticString) -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

@c @implementation
public func sluice_version() -> UnsafePointer<CChar>! { unsafe address("0.2.0") }

@c @implementation
public func sluice_abi_version() -> UInt32 { UInt32(SLUICE_ABI_VERSION) }

@c @implementation
public func sluice_status_name(_ status: sluice_status) -> UnsafePointer<CChar>! {
    switch status {
    case .ok: unsafe address("ok")
    case .needMore: unsafe address("need more")
    case .end: unsafe address("end")
    case .failed: unsafe address("failed")
    case .misuse: unsafe address("misuse")
    case .unknownFormat: unsafe address("unknown format")
    case .unsupported: unsafe address("unsupported")
    case .outOfMemory: unsafe address("out of memory")
    case .invalidTable: unsafe address("invalid table")
    case .unreadable: unsafe address("unreadable")
    default: unsafe address("unknown status")
    }
}
