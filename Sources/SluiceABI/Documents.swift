// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CSluice
internal import Sluice
internal import SluiceJSON

/// The instance behind a `sluice_json`.
@safe
final class DocumentHandle {
    fileprivate var json: IncrementalJSON
    fileprivate var failure: SluiceError?
    /// A copy of the document's decoded text, to which values point: an array's own memory has no address to keep.
    private var lent = unsafe UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    private var lentCount = 0
    /// The JSON that was lent last.
    private var whole = unsafe UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

    private let limits: Limits

    fileprivate init(_ limits: Limits) {
        self.limits = limits
        json = IncrementalJSON(limits: limits)
    }

    deinit {
        unsafe lent.deallocate()
        unsafe whole.deallocate()
    }

    fileprivate func reset() {
        json = IncrementalJSON(limits: limits)
        failure = nil
        lentCount = 0
    }

    fileprivate func note(_ body: (inout IncrementalJSON) throws(SluiceError) -> Void) -> sluice_status {
        do throws(SluiceError) {
            try body(&json)
            return .ok
        } catch {
            failure = error
            return .failed
        }
    }

    /// Copies what was appended since the last call.
    private func lend() {
        let text = json.text
        guard text.count > lentCount else { return }
        let size = unsafe lent.count
        if text.count > size {
            let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(256, text.count, size * 2))
            _ = unsafe larger.initialize(from: lent[..<lentCount])
            unsafe lent.deallocate()
            unsafe lent = larger
        }
        let rest = unsafe UnsafeMutableBufferPointer(rebasing: lent[lentCount...])
        _ = unsafe rest.initialize(from: text[lentCount...])
        lentCount = text.count
    }

    fileprivate func text(_ range: Range<Int>) -> sluice_text {
        unsafe sluice_text(UnsafeBufferPointer(rebasing: lent[range]))
    }

    fileprivate func value(_ number: Int) -> sluice_json_value {
        lend()
        let node = json.nodes[number]
        let key = node.keyStart < 0 ? 0..<0 : node.keyStart..<node.keyStart + node.keyCount
        return unsafe sluice_json_value(
            text: text(node.textStart..<node.textStart + node.textCount), key: text(key),
            first: UInt32(max(0, node.firstChild)), next: UInt32(max(0, node.next)), count: UInt32(node.count),
            kind: node.kind.rawValue, has_key: node.keyStart < 0 ? 0 : 1, is_complete: node.isComplete ? 1 : 0)
    }

    /// The number of the member with this key.
    fileprivate func member(of object: Int, _ key: UnsafeBufferPointer<UInt8>) -> Int? {
        let text = json.text
        var found: Int?
        var child = json.nodes[object].kind == .object ? json.nodes[object].firstChild : -1
        while child > 0 {
            let node = json.nodes[Int(child)]
            if unsafe text[node.keyStart..<node.keyStart + node.keyCount].elementsEqual(key) { found = Int(child) }
            child = node.next
        }
        return found
    }

    /// The value so far as JSON.
    fileprivate func lendWhole() -> sluice_text {
        let bytes = JSONText(json).bytes
        unsafe whole.deallocate()
        unsafe whole = .allocate(capacity: bytes.count)
        _ = unsafe whole.initialize(from: bytes)
        return unsafe sluice_text(UnsafeBufferPointer(whole))
    }
}

extension sluice_text {
    fileprivate init(_ bytes: UnsafeBufferPointer<UInt8>) {
        let start = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
        unsafe self.init(bytes: start ?? address(""), length: bytes.count)
    }
}

extension JSONText {
    /// A document so far, with all that was opened closed.
    fileprivate init(_ json: IncrementalJSON) {
        self.init()
        let text = json.text
        // Containers that are open, and the value that follows in each.
        var open: [(closing: StaticString, next: Int32)] = []
        var next: Int32 = 0
        while true {
            while next < 0, let (closing, rest) = open.popLast() {
                write(closing)
                next = rest
                if next >= 0 { write(",") }
            }
            guard next >= 0 else { return }
            let node = json.nodes[Int(next)]
            if node.keyStart >= 0 {
                append(String(decoding: text[node.keyStart..<node.keyStart + node.keyCount], as: UTF8.self))
                write(":")
            }
            let value = text[node.textStart..<node.textStart + node.textCount]
            next = node.next
            switch node.kind {
            case .object, .array:
                write(node.kind == .object ? "{" : "[")
                open.append((node.kind == .object ? "}" : "]", next))
                next = node.firstChild
                continue
            case .string: append(String(decoding: value, as: UTF8.self))
            case .number: append(digits: value)
            case .true: write("true")
            case .false: write("false")
            case .null: write("null")
            }
            if next >= 0 { write(",") }
        }
    }
}

extension OpaquePointer {
    fileprivate var document: DocumentHandle {
        unsafe Unmanaged.fromOpaque(UnsafeRawPointer(self)).takeUnretainedValue()
    }
}

@c @implementation
public func sluice_json_create(_ max_bytes: UInt64) -> OpaquePointer! {
    var limits = Limits()
    limits.maxNestingDepth = 1024
    if max_bytes > 0 { limits.maxAccumulatedBytes = Int(clamping: max_bytes) }
    return unsafe OpaquePointer(Unmanaged.passRetained(DocumentHandle(limits)).toOpaque())
}

@c @implementation
public func sluice_json_destroy(_ json: OpaquePointer!) {
    guard let json = unsafe json else { return }
    unsafe Unmanaged<DocumentHandle>.fromOpaque(UnsafeRawPointer(json)).release()
}

@c @implementation
public func sluice_json_reset(_ json: OpaquePointer!) -> sluice_status {
    guard let document = unsafe json?.document else { return .misuse }
    document.reset()
    return .ok
}

@c @implementation
public func sluice_json_append(_ json: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ length: Int) -> sluice_status {
    guard let document = unsafe json?.document, length >= 0, unsafe bytes != nil || length == 0 else { return .misuse }
    let piece = unsafe Span<UInt8>(_bytes: UnsafeRawBufferPointer(start: bytes, count: length).bytes)
    return document.note { json throws(SluiceError) in try json.append(piece) }
}

@c @implementation
public func sluice_json_finish(_ json: OpaquePointer!) -> sluice_status {
    guard let document = unsafe json?.document else { return .misuse }
    return document.note { json throws(SluiceError) in try json.finish() }
}

@c @implementation
public func sluice_json_error(
    _ json: OpaquePointer!, _ error: UnsafeMutablePointer<sluice_error>!, _ size: Int
) -> sluice_status {
    guard let failure = unsafe json?.document.failure, let error = unsafe error, size >= 0, size <= mostStructBytes
    else { return .misuse }
    unsafe write(sluice_error(failure), to: error, size)
    return .ok
}

@c @implementation
public func sluice_json_get(
    _ json: OpaquePointer!, _ number: UInt32, _ value: UnsafeMutablePointer<sluice_json_value>!, _ size: Int
) -> sluice_status {
    guard let document = unsafe json?.document, let value = unsafe value, size >= 0, size <= mostStructBytes else {
        return .misuse
    }
    guard Int(number) < document.json.nodes.count else { return number == 0 ? .needMore : .misuse }
    unsafe write(document.value(Int(number)), to: value, size)
    return .ok
}

@c @implementation
public func sluice_json_member(
    _ json: OpaquePointer!, _ object: UInt32, _ key: UnsafePointer<CChar>!, _ length: Int
) -> UInt32 {
    guard let document = unsafe json?.document, Int(object) < document.json.nodes.count, length >= 0,
        unsafe key != nil || length == 0
    else { return 0 }
    let start = unsafe UnsafeRawPointer(key)?.assumingMemoryBound(to: UInt8.self)
    return unsafe UInt32(document.member(of: Int(object), UnsafeBufferPointer(start: start, count: length)) ?? 0)
}

@c @implementation
public func sluice_json_text(_ json: OpaquePointer!, _ text: UnsafeMutablePointer<sluice_text>!) -> sluice_status {
    guard let document = unsafe json?.document, let text = unsafe text else { return .misuse }
    if document.json.nodes.count == 0 { return .needMore }
    unsafe text.pointee = document.lendWhole()
    return .ok
}
