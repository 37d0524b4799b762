import CBaselines
import Foundation

/// Reads payloads and mixes what it finds into an answer.
protocol PayloadReader: SendableMetatype {
    static var name: String { get }
    static var task: Contender.Task { get }
    static var needsPadding: Bool { get }
    init(_ format: baseline_format)
    var answer: baseline_answer { get }
    mutating func read(_ payload: UnsafeRawBufferPointer) throws
}

extension PayloadReader {
    static var task: Contender.Task { .pieces }
    static var needsPadding: Bool { true }
}

extension UnsafeRawBufferPointer {
    /// Nothing to be read by a JSON parser: `[DONE]`, keep-alives.
    var isDocument: Bool { first == UInt8(ascii: "{") }

    var characters: UnsafePointer<CChar> { baseAddress!.assumingMemoryBound(to: CChar.self) }
}

struct OnDemandReader: PayloadReader {
    static let name = "simdjson"
    private let format: baseline_format
    private(set) var answer = baseline_answer()

    init(_ format: baseline_format) { self.format = format }

    mutating func read(_ payload: UnsafeRawBufferPointer) {
        if payload.isDocument || format == BASELINE_RAW_TEXT, !payload.isEmpty {
            _ = baseline_ondemand(format, &answer, payload.characters, payload.count)
        }
    }
}

struct DOMReader: PayloadReader {
    static let name = "simdjson-dom"
    private let format: baseline_format
    private(set) var answer = baseline_answer()

    init(_ format: baseline_format) { self.format = format }

    mutating func read(_ payload: UnsafeRawBufferPointer) {
        if payload.isDocument || format == BASELINE_RAW_TEXT, !payload.isEmpty {
            _ = baseline_dom(format, &answer, payload.characters, payload.count)
        }
    }
}

/// Looks for the counts of tokens and parses nothing.
struct UsageFilterReader: PayloadReader {
    static let name = "usage-filter"
    static let task = Contender.Task.usage
    private let format: baseline_format
    private(set) var answer = baseline_answer()

    init(_ format: baseline_format) { self.format = format }

    mutating func read(_ payload: UnsafeRawBufferPointer) {
        if payload.isDocument { baseline_usage_filter(format, &answer, payload.characters, payload.count) }
    }
}

/// The same by simdjson, to check the filter with.
struct UsageOnDemandReader: PayloadReader {
    static let name = "usage-simdjson"
    static let task = Contender.Task.usage
    private let format: baseline_format
    private(set) var answer = baseline_answer()

    init(_ format: baseline_format) { self.format = format }

    mutating func read(_ payload: UnsafeRawBufferPointer) {
        if payload.isDocument { baseline_usage_ondemand(format, &answer, payload.characters, payload.count) }
    }
}

/// Counts frames and the bytes of their payloads.
struct FrameCounter: PayloadReader {
    static let name = "none"
    static let task = Contender.Task.frames
    static let needsPadding = false
    private(set) var answer = baseline_answer()

    init(_ format: baseline_format) {}

    mutating func read(_ payload: UnsafeRawBufferPointer) { Self.count(payload.count, &answer) }

    /// The hash takes the lengths in order, so frames cannot be cut at other places and add up the same.
    @inline(__always)
    static func count(_ bytes: Int, _ answer: inout baseline_answer) {
        answer.deltas += 1
        answer.bytes += UInt64(bytes)
        answer.hash = (answer.hash ^ UInt64(bytes)) &* 0x9E37_79B9_7F4A_7C15
    }
}

struct JSONSerializationReader: PayloadReader {
    static let name = "jsonserialization"
    static let needsPadding = false
    private let format: baseline_format
    private(set) var answer = baseline_answer()

    init(_ format: baseline_format) { self.format = format }

    mutating func read(_ payload: UnsafeRawBufferPointer) throws {
        if format == BASELINE_RAW_TEXT { return answer.addRawText(payload) }
        guard payload.isDocument else { return }
        let data = Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: payload.baseAddress!), count: payload.count,
            deallocator: .none)
        guard let document = try JSONSerialization.jsonObject(with: data) as? [String: Any] else { return }
        JSONPieces.read(document, format, &answer)
    }
}

struct JSONDecoderReader: PayloadReader {
    static let name = "jsondecoder"
    static let needsPadding = false
    private let format: baseline_format
    private let decoder = JSONDecoder()
    private(set) var answer = baseline_answer()

    init(_ format: baseline_format) { self.format = format }

    mutating func read(_ payload: UnsafeRawBufferPointer) throws {
        if format == BASELINE_RAW_TEXT { return answer.addRawText(payload) }
        guard payload.isDocument else { return }
        let data = Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: payload.baseAddress!), count: payload.count,
            deallocator: .none)
        try DecodedPieces.read(data, decoder, format, &answer)
    }
}

extension baseline_answer {
    mutating func add(_ piece: String?) {
        guard var piece, !piece.isEmpty else { return }
        piece.withUTF8 { baseline_add(&self, $0.baseAddress, $0.count) }
    }

    mutating func addRawText(_ payload: UnsafeRawBufferPointer) {
        if !payload.isEmpty, !payload.elementsEqual("[DONE]".utf8) {
            baseline_add(&self, payload.baseAddress, payload.count)
        }
    }

    func equals(_ other: baseline_answer) -> Bool {
        deltas == other.deltas && bytes == other.bytes && hash == other.hash
    }

    var text: String { "\(deltas) deltas, \(bytes) bytes, hash \(String(hash, radix: 16))" }
}
