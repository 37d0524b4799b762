// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CSluice
internal import Sluice

/// The instance behind a `sluice_answer`.
@safe
final class AnswerHandle {
    fileprivate var answer: Accumulator
    /// The structs that were lent last.
    private var values: AnswerValues?
    /// The JSON that was lent last.
    private var text = unsafe UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

    fileprivate init(_ limits: Limits) { answer = Accumulator(limits: limits) }

    deinit { unsafe text.deallocate() }

    /// The answer as JSON, valid until the next call.
    fileprivate func lendJSON(format: String?, _ end: StreamEnd) -> UnsafeBufferPointer<UInt8> {
        let json = JSONText(answer, format: format, end).bytes
        unsafe text.deallocate()
        unsafe text = .allocate(capacity: json.count)
        _ = unsafe text.initialize(from: json)
        return unsafe UnsafeBufferPointer(text)
    }

    /// The answer as structs, valid until the next call.
    fileprivate func lendValues() -> UnsafePointer<sluice_answer_values> {
        let made = AnswerValues(answer)
        values = made
        return unsafe made.address
    }
}

extension OpaquePointer {
    fileprivate var answer: AnswerHandle {
        unsafe Unmanaged.fromOpaque(UnsafeRawPointer(self)).takeUnretainedValue()
    }
}

@c @implementation
public func sluice_answer_create(_ max_bytes: UInt64) -> OpaquePointer! {
    var limits = Limits()
    if max_bytes > 0 { limits.maxAccumulatedBytes = Int(clamping: max_bytes) }
    return unsafe OpaquePointer(Unmanaged.passRetained(AnswerHandle(limits)).toOpaque())
}

@c @implementation
public func sluice_answer_destroy(_ answer: OpaquePointer!) {
    guard let answer = unsafe answer else { return }
    unsafe Unmanaged<AnswerHandle>.fromOpaque(UnsafeRawPointer(answer)).release()
}

@c @implementation
public func sluice_answer_add(_ answer: OpaquePointer!, _ stream: OpaquePointer!) -> sluice_status {
    guard let answer = unsafe answer?.answer, let stream = unsafe stream?.stream, stream.hasPage else { return .misuse }
    stream.engine.engine.add(to: &answer.answer)
    return .ok
}

@c @implementation
public func sluice_answer_json(
    _ answer: OpaquePointer!, _ stream: OpaquePointer!, _ json: UnsafeMutablePointer<sluice_text>!
) -> sluice_status {
    guard let answer = unsafe answer?.answer, let stream = unsafe stream?.stream, let json = unsafe json else {
        return .misuse
    }
    // A format that was tried is none that was found.
    let isTried = stream.failure?.code == .unknownFormat || stream.failure?.code == .notAStream
    let text = unsafe answer.lendJSON(format: isTried ? nil : stream.formatName, stream.end)
    unsafe json.pointee.bytes = UnsafeRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self)
    unsafe json.pointee.length = text.count
    return .ok
}

@c @implementation
public func sluice_answer_read(
    _ answer: OpaquePointer!, _ values: UnsafeMutablePointer<UnsafePointer<sluice_answer_values>?>!
) -> sluice_status {
    guard let answer = unsafe answer?.answer, let values = unsafe values else { return .misuse }
    unsafe values.pointee = answer.lendValues()
    return .ok
}
