import CSluice
import CSluiceSimdjson
import Foundation
import Testing

@testable import Sluice

@Suite("options, names and versions of the C ABI")
struct OptionTests {
    private static let size = unsafe MemoryLayout<sluice_options>.size

    private static func status(_ change: (inout sluice_options) -> Void) -> Int32 {
        var options = unsafe sluice_options()
        unsafe sluice_options_init(&options, size)
        unsafe change(&options)
        var stream: OpaquePointer?
        let status = unsafe sluice_stream_create(nil, &options, &stream)
        #expect(unsafe (stream != nil) == (status == SLUICE_OK))
        unsafe sluice_stream_destroy(stream)
        return status
    }

    @Test("the defaults are those of the Swift API")
    func defaults() {
        var options = unsafe sluice_options()
        unsafe sluice_options_init(&options, Self.size)
        let limits = Limits()
        #expect(unsafe options.size == Self.size && options.format == nil)
        #expect(unsafe options.kinds == UInt64(DeltaKinds.answer.rawValue))
        #expect(unsafe options.when_exceeded == UInt32(SLUICE_SKIP_EVENT))
        #expect(unsafe options.buffer_layout == UInt32(SLUICE_MIRRORED))
        #expect(unsafe options.max_event_bytes == UInt64(limits.maxEventBytes))
        #expect(unsafe options.max_data_lines_per_event == UInt64(limits.maxDataLinesPerEvent))
        #expect(unsafe options.max_event_name_bytes == UInt64(limits.maxEventNameBytes))
        #expect(unsafe options.max_id_bytes == UInt64(limits.maxIDBytes))
        #expect(unsafe options.max_nesting_depth == UInt64(limits.maxNestingDepth))
        #expect(unsafe options.max_captures_per_event == UInt64(limits.maxCapturesPerEvent))
        #expect(unsafe options.max_choices == UInt64(limits.maxChoices))
        #expect(unsafe options.max_tool_calls == UInt64(limits.maxToolCalls))
        #expect(unsafe options.max_templates == UInt64(limits.maxTemplates))
    }

    @Test("options that cannot be are refused, and large numbers are as good as no limit")
    func refused() {
        #expect(unsafe Self.status { _ in } == SLUICE_OK)
        #expect(unsafe Self.status { unsafe $0.when_exceeded = 2 } == SLUICE_MISUSE)
        #expect(unsafe Self.status { unsafe $0.buffer_layout = 2 } == SLUICE_MISUSE)
        #expect(unsafe Self.status { unsafe $0.size = 0 } == SLUICE_MISUSE)
        #expect(unsafe Self.status { unsafe $0.size = 7 } == SLUICE_MISUSE)
        #expect(unsafe Self.status { unsafe $0.max_event_bytes = .max } == SLUICE_OK)
        #expect(unsafe Self.status { unsafe $0.max_choices = 0 } == SLUICE_OK)
        let unknown = unsafe "openai".withCString { name in
            unsafe Self.status { unsafe $0.format = name }
        }
        #expect(unknown == SLUICE_UNKNOWN_FORMAT)
    }

    @Test("options of an older header have the defaults, those of a newer one must be unset")
    func otherSizes() {
        // The size alone, and what follows it are no options: they must not be read.
        #expect(
            unsafe Self.status {
                unsafe $0.size = 8
                unsafe $0.when_exceeded = 99
            } == SLUICE_OK)
        #expect(
            unsafe Self.status {
                unsafe $0.size = 24
                unsafe $0.buffer_layout = 99
            } == SLUICE_OK)
        var room = [UInt8](repeating: 0xAA, count: Self.size + 32)
        unsafe room.withUnsafeMutableBytes { room in
            let options = unsafe room.baseAddress!.assumingMemoryBound(to: sluice_options.self)
            unsafe sluice_options_init(options, Self.size + 16)
            #expect(unsafe room[Self.size..<Self.size + 16].allSatisfy { $0 == 0 })
            #expect(unsafe room[(Self.size + 16)...].allSatisfy { $0 == 0xAA })
            var stream: OpaquePointer?
            #expect(unsafe sluice_stream_create(nil, options, &stream) == SLUICE_OK)
            unsafe sluice_stream_destroy(stream)
            unsafe room[Self.size + 15] = 1
            #expect(unsafe sluice_stream_create(nil, options, &stream) == SLUICE_UNSUPPORTED)
            #expect(unsafe stream == nil)
            unsafe sluice_options_init(options, 7)
            #expect(unsafe room[Self.size + 15] == 1)
        }
    }

    @Test("a size that no header has is misuse, and nothing behind the struct is looked at or written")
    func sizes() throws {
        let fields: Set<Int> = [8, 16, 24, 28, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112]
        for size in Array(0...Self.size) + [4097, 1 << 20, 1 << 40, Int.max, -1, Int.min] {
            let status = unsafe Self.status {
                // Half of a pointer would be one to anywhere.
                unsafe $0.format = size < 16 ? UnsafePointer(bitPattern: UInt.max) : sluice_format_name(0)
                unsafe $0.size = size
            }
            #expect(status == (fields.contains(size) ? SLUICE_OK : SLUICE_MISUSE), "\(size)")
        }
        var options = unsafe sluice_options()
        unsafe options.size = 77
        for size in [0, 7, 4097, Int.max, -1] { unsafe sluice_options_init(&options, size) }
        #expect(unsafe options.size == 77)
        var stream: OpaquePointer?
        #expect(unsafe sluice_stream_create(nil, nil, &stream) == SLUICE_OK)
        defer { unsafe sluice_stream_destroy(stream) }
        var end = sluice_end()
        for size in [4097, Int.max] { #expect(unsafe sluice_stream_end(stream, &end, size) == SLUICE_MISUSE) }
    }

    @Test("formats have the catalogue's names, and streams find theirs")
    func formats() {
        #expect(sluice_format_count() == WireFormat.all.count)
        for (number, format) in WireFormat.all.enumerated() {
            #expect(unsafe String(cString: sluice_format_name(number)) == format.name)
        }
        #expect(unsafe sluice_format_name(WireFormat.all.count) == nil)
        #expect(unsafe sluice_format_name(-1) == nil)
    }

    @Test("kinds and flags are numbered as in Swift")
    func kinds() {
        let kinds: [(Int, DeltaKind)] = [
            (SLUICE_TEXT, .text), (SLUICE_REASONING, .reasoning), (SLUICE_REFUSAL, .refusal),
            (SLUICE_TOOL_CALL, .toolCall), (SLUICE_TOOL_ARGUMENTS, .toolArguments), (SLUICE_FINISH, .finish),
            (SLUICE_USAGE, .usage), (SLUICE_ERROR, .error), (SLUICE_PARTIAL, .partial), (SLUICE_MALFORMED, .malformed),
            (SLUICE_DETAIL, .detail), (SLUICE_PAYLOAD, .payload),
        ]
        #expect(kinds.count == DeltaKind.allCases.count)
        for (number, kind) in kinds { #expect(number == Int(kind.rawValue)) }
        var record = DeltaRecord(kind: .text)
        record.isWhole = true
        #expect(record.flags == UInt8(SLUICE_WHOLE))
        record.isPlan = true
        #expect(record.flags == UInt8(SLUICE_WHOLE | SLUICE_TOOL_PLAN))
        record.isCounted = true
        #expect(record.flags == UInt8(SLUICE_WHOLE | SLUICE_TOOL_PLAN | SLUICE_TOOL_COUNTED))
        record.flags = 0
        record.hasBlock = true
        #expect(record.flags == UInt8(SLUICE_NUMBERED))
    }

    @Test("the library is of the header's version, and every status has a name")
    func versions() {
        #expect(sluice_abi_version() == UInt32(SLUICE_ABI_VERSION))
        #expect(unsafe String(cString: sluice_version()) == SLUICE_VERSION)
        let statuses = [
            SLUICE_OK, SLUICE_NEED_MORE, SLUICE_END, SLUICE_FAILED, SLUICE_MISUSE, SLUICE_UNKNOWN_FORMAT,
            SLUICE_UNSUPPORTED, SLUICE_OUT_OF_MEMORY, SLUICE_INVALID_TABLE,
        ]
        let names = statuses.map { unsafe String(cString: sluice_status_name(sluice_status($0))) }
        #expect(Set(names).count == statuses.count && !names.contains("unknown status"))
        #expect(unsafe String(cString: sluice_status_name(77)) == "unknown status")
    }

    @Test("every code of the engine, and what it says, fits into a sluice_error")
    func errorsFit() throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Sluice/Deltas/SluiceError.swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        let codes = text.matches(of: /Code\(rawValue: "([a-z0-9-]+)"\)/).map { String($0.1) }
        #expect(codes.count > 20)
        for code in codes {
            #expect(code.utf8.count < 48)
            #expect(SluiceError.detail(of: SluiceError.Code(rawValue: code), Limits()).utf8.count < 300)
        }
        // The longest excerpt: 64 bytes that do not print, and the sign that there were more.
        #expect(64 * 4 + "…".utf8.count < 272)
    }
}
