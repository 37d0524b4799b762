import CSluice

@testable import Sluice

// Streams read by the functions of sluice.h, as a program in C would, and what came of them in the words of the tests.

/// How a stream is read by the C ABI.
struct ABIRun {
    var format: WireFormat?
    var feeding = Feeding.borrowed
    var limits = Limits()
    var kinds = UInt64(DeltaKinds.answer.rawValue)

    /// The log of one input, as a stream of `engine`, or with nil of an engine of its own.
    func log(_ chunks: Chunks, _ engine: OpaquePointer? = nil) -> DeltaLog {
        let stream = unsafe make(engine)
        defer { unsafe sluice_stream_destroy(stream) }
        return unsafe log(chunks, of: stream)
    }

    /// The log of one input of a stream that is new, or as new.
    @unsafe
    func log(_ chunks: Chunks, of stream: OpaquePointer) -> DeltaLog {
        var log = DeltaLog()
        var status = sluice_status(SLUICE_NEED_MORE)
        for (number, chunk) in chunks.slices.enumerated() where status >= 0 {
            status = feeding.fills(number) ? unsafe fill(chunk, stream) : status
            if feeding.fills(number) {
                if status >= 0 { status = unsafe log.readAll(stream) }
            } else {
                lendFresh(chunk) { bytes in
                    status = unsafe bytes.withUnsafeBytes {
                        unsafe sluice_stream_feed(stream, $0.baseAddress, $0.count)
                    }
                    if status >= 0 { status = unsafe log.readAll(stream) }
                }
            }
            precondition(status == SLUICE_NEED_MORE || status == SLUICE_FAILED, "a chunk ended with \(status)")
        }
        if status >= 0 {
            status = unsafe sluice_stream_finish(stream)
            if status >= 0 { status = unsafe log.readAll(stream) }
            precondition(status == SLUICE_END || status == SLUICE_FAILED, "a stream ended with \(status)")
        }
        unsafe log.conclude(stream, status)
        return log
    }

    /// A stream as this says.
    @unsafe
    func make(_ engine: OpaquePointer?) -> OpaquePointer {
        var options = unsafe sluice_options()
        unsafe sluice_options_init(&options, MemoryLayout<sluice_options>.size)
        unsafe options.kinds = kinds
        unsafe options.when_exceeded = UInt32(limits.whenExceeded == .fail ? SLUICE_FAIL_STREAM : SLUICE_SKIP_EVENT)
        unsafe options.buffer_layout = UInt32(feeding.layout == .linear ? SLUICE_LINEAR : SLUICE_MIRRORED)
        unsafe options.max_event_bytes = UInt64(limits.maxEventBytes)
        unsafe options.max_data_lines_per_event = UInt64(limits.maxDataLinesPerEvent)
        unsafe options.max_event_name_bytes = UInt64(limits.maxEventNameBytes)
        unsafe options.max_id_bytes = UInt64(limits.maxIDBytes)
        unsafe options.max_nesting_depth = UInt64(limits.maxNestingDepth)
        unsafe options.max_captures_per_event = UInt64(limits.maxCapturesPerEvent)
        unsafe options.max_choices = UInt64(limits.maxChoices)
        unsafe options.max_tool_calls = UInt64(limits.maxToolCalls)
        unsafe options.max_templates = UInt64(limits.maxTemplates)
        var stream: OpaquePointer?
        let name = format?.name ?? ""
        let status = unsafe name.withCString { name in
            unsafe options.format = format == nil ? nil : name
            return unsafe sluice_stream_create(engine, &options, &stream)
        }
        precondition(status == SLUICE_OK, "no stream of \(name): \(status)")
        return unsafe stream!
    }

    /// Writes a chunk to the stream's own buffer, as read(2) would.
    private func fill(_ chunk: ArraySlice<UInt8>, _ stream: OpaquePointer) -> sluice_status {
        if chunk.isEmpty { return unsafe sluice_stream_commit(stream, 0) }
        var space: UnsafeMutableRawPointer?
        let status = unsafe sluice_stream_reserve(stream, chunk.count + 7, &space)
        guard status == SLUICE_OK, let space = unsafe space else { return status }
        unsafe UnsafeMutableRawBufferPointer(start: space, count: chunk.count).copyBytes(from: chunk)
        return unsafe sluice_stream_commit(stream, chunk.count)
    }
}

extension DeltaLog {
    /// Takes all batches; returns what the last call said.
    mutating func readAll(_ stream: OpaquePointer) -> sluice_status {
        var batch: UnsafePointer<sluice_batch>?
        while true {
            let status = unsafe sluice_stream_next(stream, &batch)
            guard status == SLUICE_OK, let batch = unsafe batch else {
                unsafe precondition(status != SLUICE_OK && batch == nil, "a batch with status \(status)")
                return status
            }
            unsafe take(batch, stream)
        }
    }

    mutating func take(_ batch: UnsafePointer<sluice_batch>, _ stream: OpaquePointer) {
        let count = unsafe batch.pointee.count
        precondition(count > 0, "a batch of nothing")
        for index in 0..<count { unsafe deltas.append(LoggedDelta(batch, batch.pointee.deltas + index, stream)) }
    }

    /// What became of the stream, whose last status this was.
    mutating func conclude(_ stream: OpaquePointer, _ status: sluice_status) {
        var told = sluice_end()
        unsafe precondition(sluice_stream_end(stream, &told, MemoryLayout<sluice_end>.size) == SLUICE_OK)
        let statuses: [StreamEnd.Status] = [.truncated, .complete, .failed, .empty, .finished]
        end = StreamEnd(
            status: statuses[Int(told.completeness)], bytes: told.bytes, frames: told.frames, deltas: told.deltas,
            malformedEvents: told.malformed_events, unreadEvents: told.unread_events,
            unreadKinds: unsafe Self.unreadKinds(stream, told), missingEvents: told.missing_events,
            ignoredLines: told.ignored_lines, endedInsideEvent: told.ended_inside_event == 1)
        format = unsafe sluice_stream_format(stream).map { unsafe String(cString: $0) }
        var error = sluice_error()
        let isTold = unsafe sluice_stream_error(stream, &error, MemoryLayout<sluice_error>.size) == SLUICE_OK
        precondition(isTold == (status == SLUICE_FAILED), "status \(status), and an error: \(isTold)")
        if isTold { failure = OwnedProblem(error) }
    }
}

extension DeltaLog {
    /// All kinds of unread events, and a refusal behind the last.
    @unsafe
    static func unreadKinds(_ stream: OpaquePointer, _ end: sluice_end) -> [UnreadKind] {
        let size = MemoryLayout<sluice_unread_kind>.size
        var kind = sluice_unread_kind()
        var found: [UnreadKind] = []
        while unsafe sluice_stream_unread(stream, found.count, &kind, size) == SLUICE_OK {
            let name = unsafe withUnsafeBytes(of: &kind.name) { unsafe OwnedProblem.text($0) }
            found.append(UnreadKind(name: name, count: kind.count, offset: kind.offset, event: kind.event))
        }
        precondition(found.count == Int(end.unread_kinds), "\(found.count) kinds, and \(end.unread_kinds)")
        return found
    }
}

extension LoggedDelta {
    @unsafe
    init(_ batch: UnsafePointer<sluice_batch>, _ place: UnsafePointer<sluice_delta>, _ stream: OpaquePointer) {
        let delta = unsafe place.pointee
        kind = DeltaKind(rawValue: delta.kind)!
        choice = Int(delta.choice)
        // Of an error, the number of its details in its batch.
        tool = kind == .error ? 0 : Int(delta.tool)
        isWhole = delta.flags & UInt8(SLUICE_WHOLE) != 0
        isToolCounted = delta.flags & UInt8(SLUICE_TOOL_COUNTED) != 0
        isContinuation = delta.flags & UInt8(SLUICE_CONTINUATION) != 0
        toolOrigin = ToolOrigin(rawValue: delta.flags >> 4 & 7)!
        unsafe Self.check(batch.pointee, delta.text_region, delta.text_offset, delta.text_length)
        unsafe Self.check(batch.pointee, delta.name_region, delta.name_offset, delta.name_length)
        text = unsafe Self.string(sluice_delta_text(batch, place))
        other = unsafe Self.string(sluice_delta_name(batch, place))
        if kind == .usage {
            inputTokens = delta.input_tokens < 0 ? nil : Int(delta.input_tokens)
            outputTokens = delta.output_tokens < 0 ? nil : Int(delta.output_tokens)
        }
        var error = sluice_error()
        let isTold = unsafe sluice_stream_problem(stream, place, &error, MemoryLayout<sluice_error>.size) == SLUICE_OK
        precondition(isTold == (kind == .malformed), "\(kind), and a problem: \(isTold)")
        if isTold { problem = OwnedProblem(error) }
        var details = sluice_error_details()
        let size = MemoryLayout<sluice_error_details>.size
        let isError = unsafe sluice_stream_error_details(stream, place, &details, size) == SLUICE_OK
        precondition(isError == (kind == .error), "\(kind), and details of an error: \(isError)")
        if isError { errorDetails = ErrorDetails(details) }
    }

    /// Offsets lie in their region, whatever reads them.
    private static func check(_ batch: sluice_batch, _ number: UInt8, _ offset: Int64, _ length: UInt32) {
        if length == 0 { return }
        unsafe precondition(Int(number) < batch.region_count, "region \(number)")
        let region = unsafe batch.regions[Int(number)]
        unsafe precondition(offset >= 0 && offset + Int64(length) <= region.length, "bytes outside of their region")
    }

    private static func string(_ text: sluice_text) -> String {
        let bytes = unsafe UnsafeRawBufferPointer(start: text.bytes, count: text.length)
        return unsafe String(validating: bytes, as: UTF8.self)!
    }
}

extension ErrorDetails {
    fileprivate init(_ details: sluice_error_details) {
        self.init()
        var details = details
        type = unsafe withUnsafeBytes(of: &details.type) { unsafe OwnedProblem.text($0) }
        code = unsafe withUnsafeBytes(of: &details.code) { unsafe OwnedProblem.text($0) }
        parameter = unsafe withUnsafeBytes(of: &details.parameter) { unsafe OwnedProblem.text($0) }
        requestID = unsafe withUnsafeBytes(of: &details.request_id) { unsafe OwnedProblem.text($0) }
        retryAfterSeconds = details.retry_after_seconds == -1 ? nil : details.retry_after_seconds
    }

    /// As C has them: empty instead of nil, and cut to the room of each.
    fileprivate static func cut(_ details: ErrorDetails?) -> ErrorDetails {
        var cut = ErrorDetails()
        guard let details else { return cut }
        cut.type = Self.cut(details.type, to: 128)
        cut.code = Self.cut(details.code, to: 128)
        cut.parameter = Self.cut(details.parameter, to: 256)
        cut.requestID = Self.cut(details.requestID, to: 128)
        cut.retryAfterSeconds = details.retryAfterSeconds
        return cut
    }

    /// A text up to its first zero byte, whole characters and "..." where it is longer than the room.
    private static func cut(_ text: String, to room: Int) -> String {
        var shown = text.utf8.count < room ? text : ""
        if shown.isEmpty {
            for scalar in text.unicodeScalars {
                if shown.utf8.count + String(scalar).utf8.count > room - 4 { break }
                shown.unicodeScalars.append(scalar)
            }
            if !text.isEmpty { shown += "..." }
        }
        return String(decoding: shown.utf8.prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension DeltaLog {
    /// A parser's log as C has it.
    var asReadByC: DeltaLog {
        var copy = self
        for index in copy.deltas.indices where copy.deltas[index].kind == .error {
            copy.deltas[index].errorDetails = ErrorDetails.cut(copy.deltas[index].errorDetails)
        }
        return copy
    }
}

extension OwnedProblem {
    init(_ error: sluice_error) {
        var error = error
        let code = unsafe withUnsafeBytes(of: &error.code) { unsafe Self.text($0) }
        self.init(SluiceError.Code(rawValue: code), offset: error.offset, event: error.event)
        excerpt = unsafe withUnsafeBytes(of: &error.excerpt) { unsafe Self.text($0) }
        let detail = unsafe withUnsafeBytes(of: &error.detail) { unsafe Self.text($0) }
        precondition(!detail.isEmpty && !detail.hasSuffix("..."), "\(code) does not say what is wrong: \(detail)")
    }

    static func text(_ room: UnsafeRawBufferPointer) -> String {
        let bytes = unsafe room.prefix { $0 != 0 }
        unsafe precondition(bytes.count < room.count, "no zero byte")
        return unsafe String(validating: bytes, as: UTF8.self)!
    }
}
