import CBaselines
import Foundation
import Sluice

/// Finds payloads in chunks. Behind every payload handed over stand BASELINE_PADDING readable bytes.
protocol FramingStrategy: ~Copyable, SendableMetatype {
    static var name: String { get }
    static var buffer: String { get }
    /// What it is, in words.
    static var about: String { get }
    /// Only Server-Sent Events and NDJSON can be read.
    static var isLines: Bool { get }
    init(_ framing: Framing)
    mutating func feed(_ chunk: UnsafeRawBufferPointer, _ reader: inout some PayloadReader) throws
    mutating func finish(_ reader: inout some PayloadReader) throws
}

extension FramingStrategy where Self: ~Copyable {
    static var isLines: Bool { true }
}

/// Finds the next line feed from a position on.
protocol LineFinder {
    static var name: String { get }
    static var about: String { get }
    static func find(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int?
}

enum ByteLoop: LineFinder {
    static let name = "byte-loop"
    static let about = "Swift loop over bytes"
    @inline(__always)
    static func find(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var position = start
        while position < bytes.count {
            if bytes[position] == 0x0A { return position }
            position += 1
        }
        return nil
    }
}

enum Memchr: LineFinder {
    static let name = "memchr"
    static let about = "memchr for line feeds"
    @inline(__always)
    static func find(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let found = memchr(bytes.baseAddress! + start, 0x0A, bytes.count - start) else {
            return nil
        }
        return bytes.baseAddress!.distance(to: UnsafeRawPointer(found))
    }
}

typealias ByteLoopFraming = LineFraming<ByteLoop>
typealias MemchrFraming = LineFraming<Memchr>

/// Line by line; the tail of a chunk without a line end is kept, and only what is new of a line is searched.
struct LineFraming<Finder: LineFinder>: FramingStrategy {
    static var name: String { Finder.name }
    static var about: String { Finder.about }
    static var buffer: String { "carry" }
    private var carry: [UInt8] = []
    private var event: EventAssembler

    init(_ framing: Framing) { event = EventAssembler(isLines: framing == .ndjson) }

    mutating func feed(_ chunk: UnsafeRawBufferPointer, _ reader: inout some PayloadReader) throws {
        var start = 0
        while let end = Finder.find(chunk, from: start) {
            if carry.isEmpty {
                try event.line(UnsafeRawBufferPointer(rebasing: chunk[start..<end]), &reader)
            } else {
                carry.append(contentsOf: chunk[start..<end])
                try finishCarry(&reader)
            }
            start = end + 1
        }
        carry.append(contentsOf: chunk[start...])
    }

    mutating func finish(_ reader: inout some PayloadReader) throws {
        if !carry.isEmpty { try finishCarry(&reader) }
    }

    private mutating func finishCarry(_ reader: inout some PayloadReader) throws {
        let count = carry.count
        carry.append(contentsOf: repeatElement(0x20, count: Int(BASELINE_PADDING)))
        try carry.withUnsafeBytes { try event.line(UnsafeRawBufferPointer(rebasing: $0[..<count]), &reader) }
        carry.removeAll(keepingCapacity: true)
    }
}

/// Puts the lines of an event together, as people do it: LF or CRLF, `data:` with or without a space, the rest dropped.
struct EventAssembler {
    private let isLines: Bool
    private var joined: [UInt8] = []
    private var hasData = false

    init(isLines: Bool) { self.isLines = isLines }

    /// One line without its LF. Nearly every event is one data line, whose bytes are kept until the blank line shows that
    /// no other follows; a copy, since the chunk may be gone by then.
    mutating func line(_ line: UnsafeRawBufferPointer, _ reader: inout some PayloadReader) throws {
        var line = line
        if line.last == 0x0D { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
        if isLines {
            if !line.isEmpty { try reader.read(line) }
        } else if line.isEmpty {
            try dispatch(&reader)
        } else if line.count >= 5, memcmp(line.baseAddress!, "data:", 5) == 0 {
            if hasData { joined.append(0x0A) }
            hasData = true
            let skip = line.count > 5 && line[5] == 0x20 ? 6 : 5
            joined.append(contentsOf: line[skip...])
        }
    }

    private mutating func dispatch(_ reader: inout some PayloadReader) throws {
        guard hasData else { return }
        let count = joined.count
        joined.append(contentsOf: repeatElement(0x20, count: Int(BASELINE_PADDING)))
        try joined.withUnsafeBytes { try reader.read(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        joined.removeAll(keepingCapacity: true)
        hasData = false
    }
}

/// String's own methods, as most people write it: whole characters are decoded up to the last line end, then split.
struct StringSplitFraming: FramingStrategy {
    static let name = "string-split"
    static let about = "String's own split"
    static let buffer = "String"
    private let isLines: Bool
    private var rest: [UInt8] = []
    private var text = ""

    init(_ framing: Framing) { isLines = framing == .ndjson }

    mutating func feed(_ chunk: UnsafeRawBufferPointer, _ reader: inout some PayloadReader) throws {
        guard let last = chunk.lastIndex(of: 0x0A) else {
            rest += chunk
            return
        }
        text += String(decoding: rest + chunk[...last], as: UTF8.self)
        rest = Array(chunk[(last + 1)...])
        var events = text.replacingOccurrences(of: "\r\n", with: "\n").components(separatedBy: isLines ? "\n" : "\n\n")
        text = events.removeLast()
        for event in events { try read(event, &reader) }
    }

    mutating func finish(_ reader: inout some PayloadReader) throws {
        if isLines { try read(text + String(decoding: rest, as: UTF8.self), &reader) }
    }

    private func read(_ event: String, _ reader: inout some PayloadReader) throws {
        if isLines {
            if !event.isEmpty { try pass(event, &reader) }
            return
        }
        let data = event.components(separatedBy: "\n").filter { $0.hasPrefix("data:") }
            .map { $0.dropFirst($0.hasPrefix("data: ") ? 6 : 5) }
        if !data.isEmpty { try pass(data.joined(separator: "\n"), &reader) }
    }

    private func pass(_ payload: String, _ reader: inout some PayloadReader) throws {
        let padded = Array(payload.utf8) + [UInt8](repeating: 0x20, count: Int(BASELINE_PADDING))
        try padded.withUnsafeBytes {
            try reader.read(UnsafeRawBufferPointer(rebasing: $0.dropLast(Int(BASELINE_PADDING))))
        }
    }
}

/// Foundation's Data with `range(of:)`.
struct DataFraming: FramingStrategy {
    static let name = "foundation"
    static let about = "Data.range(of:)"
    static let buffer = "Data"
    private var data = Data()
    private var event: EventAssembler
    private let newline = Data([0x0A])

    init(_ framing: Framing) { event = EventAssembler(isLines: framing == .ndjson) }

    mutating func feed(_ chunk: UnsafeRawBufferPointer, _ reader: inout some PayloadReader) throws {
        data.append(contentsOf: chunk)
        var start = data.startIndex
        while let found = data.range(of: newline, in: start..<data.endIndex) {
            try line(data[start..<found.lowerBound], &reader)
            start = found.upperBound
        }
        data = Data(data[start...])
    }

    mutating func finish(_ reader: inout some PayloadReader) throws {
        if !data.isEmpty { try line(data, &reader) }
    }

    private mutating func line(_ line: Data, _ reader: inout some PayloadReader) throws {
        let padded = line + Data(count: Int(BASELINE_PADDING))
        try padded.withUnsafeBytes {
            try event.line(UnsafeRawBufferPointer(rebasing: $0.dropLast(Int(BASELINE_PADDING))), &reader)
        }
    }
}
