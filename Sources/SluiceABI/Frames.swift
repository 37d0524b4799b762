// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CSluice
internal import Sluice

/// The instance behind a `sluice_framer`.
final class FramerHandle {
    fileprivate enum Phase {
        /// A chunk or the end of the input may follow.
        case between
        case reading
        case ending
        case ended
        case failed
    }

    private var frames: OpenFrames
    private var phase = Phase.between
    /// The error of the frame that could not be read last.
    fileprivate private(set) var problem: SluiceError?

    fileprivate init(_ framing: Framing?, _ limits: Limits) { frames = OpenFrames(framing: framing, limits: limits) }

    /// SLUICE_OK if a chunk or the end may begin; otherwise the error to return.
    private var readiness: sluice_status {
        switch phase {
        case .between: .ok
        case .reading, .ending, .ended: .misuse
        case .failed: .failed
        }
    }

    fileprivate func feed(_ chunk: Span<UInt8>) -> sluice_status {
        guard readiness == .ok else { return readiness }
        if frames.begin(chunk) { phase = .reading }
        return .ok
    }

    fileprivate func finish(flush: Bool) -> sluice_status {
        guard readiness == .ok else { return readiness }
        frames.beginEnd(flush: flush)
        phase = .ending
        return .ok
    }

    /// Writes the next frame.
    fileprivate func next(to target: UnsafeMutablePointer<sluice_frame>, _ size: Int) -> sluice_status {
        switch phase {
        case .between: return .needMore
        case .ended: return .end
        case .failed: return .failed
        case .reading, .ending: break
        }
        do throws(SluiceError) {
            if try frames.next({ unsafe write(sluice_frame($0), to: target, size) }) { return .ok }
        } catch {
            problem = error
            if !frames.hasFailed { return .unreadable }
            phase = .failed
            return .failed
        }
        phase = phase == .reading ? .between : .ended
        return phase == .between ? .needMore : .end
    }
}

extension sluice_frame {
    fileprivate init(_ frame: borrowing Frame) {
        unsafe self.init(
            payload: sluice_region(lending: frame.payload), event: sluice_region(lending: frame.event),
            last_event_id: sluice_region(lending: frame.lastEventID), offset: frame.offset, number: frame.number,
            retry_milliseconds: Int64(frame.retryMilliseconds ?? -1), is_error: frame.isError ? 1 : 0,
            is_unterminated: frame.isUnterminated ? 1 : 0)
    }
}

extension sluice_region {
    /// The bytes lie in the chunk or in buffers of the framer, which stay where they are until the next call.
    fileprivate init(lending bytes: RawSpan) {
        let start = unsafe bytes.withUnsafeBytes { unsafe $0.baseAddress?.assumingMemoryBound(to: CChar.self) }
        unsafe self.init(bytes: start ?? address(""), length: bytes.byteCount)
    }
}

extension OpaquePointer {
    fileprivate var framer: FramerHandle {
        unsafe Unmanaged.fromOpaque(UnsafeRawPointer(self)).takeUnretainedValue()
    }
}

@c @implementation
public func sluice_framer_create(
    _ framing: UnsafePointer<CChar>!, _ max_event_bytes: UInt64, _ framer: UnsafeMutablePointer<OpaquePointer?>!
) -> sluice_status {
    guard let framer = unsafe framer else { return .misuse }
    unsafe framer.pointee = nil
    var known: Framing?
    if let name = unsafe framing {
        known = unsafe Framing(rawValue: String(cString: name))
        if known == nil { return .unknownFormat }
    }
    var limits = Limits()
    if max_event_bytes > 0 { limits.maxEventBytes = Int(clamping: max_event_bytes) }
    unsafe framer.pointee = OpaquePointer(Unmanaged.passRetained(FramerHandle(known, limits)).toOpaque())
    return .ok
}

@c @implementation
public func sluice_framer_destroy(_ framer: OpaquePointer!) {
    guard let framer = unsafe framer else { return }
    unsafe Unmanaged<FramerHandle>.fromOpaque(UnsafeRawPointer(framer)).release()
}

@c @implementation
public func sluice_framer_feed(_ framer: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ length: Int) -> sluice_status {
    guard let framer = unsafe framer?.framer, length >= 0, unsafe bytes != nil || length == 0 else { return .misuse }
    return unsafe framer.feed(Span(_bytes: UnsafeRawBufferPointer(start: bytes, count: length).bytes))
}

@c @implementation
public func sluice_framer_finish(_ framer: OpaquePointer!, _ flush: Int32) -> sluice_status {
    unsafe framer?.framer.finish(flush: flush != 0) ?? .misuse
}

@c @implementation
public func sluice_framer_next(
    _ framer: OpaquePointer!, _ frame: UnsafeMutablePointer<sluice_frame>!, _ size: Int
) -> sluice_status {
    guard let framer = unsafe framer?.framer, let frame = unsafe frame, size >= 0, size <= mostStructBytes else {
        return .misuse
    }
    return unsafe framer.next(to: frame, size)
}

@c @implementation
public func sluice_framer_error(
    _ framer: OpaquePointer!, _ error: UnsafeMutablePointer<sluice_error>!, _ size: Int
) -> sluice_status {
    guard let problem = unsafe framer?.framer.problem, let error = unsafe error, size >= 0, size <= mostStructBytes
    else { return .misuse }
    unsafe write(sluice_error(problem), to: error, size)
    return .ok
}
