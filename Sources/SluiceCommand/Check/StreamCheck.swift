import Sluice

/// Checks one response: its lines, its frames, their documents, and the order of these.
final class StreamCheck {
    private let format: WireFormat?
    private let framing: Framing
    private let failsAtLimits: Bool
    private var lines: LineCheck?
    private var frames: FrameParser
    private var order: OrderCheck?
    private var unread: UnreadCheck?
    private let tree: FactTree
    private var findings: [Finding] = []
    private var bytes: UInt64 = 0
    private var lastEvent: UInt64 = 0
    private var frameCount: UInt64 = 0
    private var isOver = false
    /// How the stream ends without a format.
    private let statusWithoutFormat: StreamEnd.Status?

    init(_ format: WireFormat?, _ framing: Framing, _ limits: Limits, statusWithoutFormat: StreamEnd.Status? = nil) {
        self.format = format
        self.statusWithoutFormat = statusWithoutFormat
        self.framing = framing
        failsAtLimits = limits.whenExceeded == .fail
        if framing != .awsEventStream { lines = LineCheck(isSSE: framing == .sse, isNDJSON: framing == .ndjson) }
        frames = FrameParser(framing: framing, limits: limits)
        order = format.flatMap { EventOrder.of($0.name) }.map(OrderCheck.init)
        tree = order?.tree ?? FactTree([])
        unread = format.flatMap { UnreadCheck($0.framed(framing), limits) }
    }

    /// Checks bytes, and hands over what was found, in the order of offsets.
    func take(_ chunk: Span<UInt8>) -> [Finding] {
        bytes += UInt64(chunk.count)
        if lines != nil { for index in chunk.indices { lines!.take(chunk[index]) } }
        if let new = unread?.take(chunk) { findings += new }
        guard !isOver else { return takeFindings() }
        do {
            var reader = frames.read(chunk)
            try drain(&reader)
        } catch {
            isOver = true
            report(error)
        }
        return takeFindings()
    }

    /// The input has ended.
    func finish() -> [Finding] {
        lines?.finish(isJSONArray: framing == .jsonArray)
        if !isOver {
            do {
                var reader = frames.finish(flush: true)
                try drain(&reader)
            } catch {
                report(error)
            }
        }
        if let new = unread?.finish() { findings += new }
        if framing == .awsEventStream && frames.endedInsideEvent {
            add(.error, "incomplete-event", bytes, lastEvent + 1, "the input ends inside a message", "all of it")
        }
        if bytes == 0 {
            add(.error, "empty", 0, 1, "the input is empty", "a stream")
        } else if frameCount == 0 {
            add(
                .error, "not-a-stream", 0, 1, "no event in \(bytes) bytes",
                "SSE, NDJSON, a JSON array or AWS's event stream")
        } else if format == nil && statusWithoutFormat == .failed {
            add(.error, "error-only", 0, 1, "an error instead of an answer", "an answer; 'sluice cat' shows the error")
        } else if format == nil && statusWithoutFormat == .empty {
            add(.error, "empty", 0, 1, "nothing but keep-alives or terminal payloads", "an answer")
        } else if format == nil {
            add(
                .warning, "unknown-format", 0, 1, "events of no known format; only framing and JSON are checked",
                "a format of 'sluice formats', or --format NAME")
        }
        if frameCount > 0, var order {
            let (event, offset) = (max(1, lastEvent), bytes)
            order.finish { add($0, $1, offset, event, $2, $3) }
        }
        return takeFindings()
    }

    /// All since the last call, in the order of offsets.
    private func takeFindings() -> [Finding] {
        let all = (lines?.takeFindings() ?? []) + findings
        findings = []
        return all.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }.map(
            \.element)
    }

    private func add(
        _ severity: Severity, _ code: String, _ offset: UInt64, _ event: UInt64, _ found: String, _ expected: String
    ) {
        findings.append(
            Finding(severity: severity, code: code, offset: offset, event: event, found: found, expected: expected))
    }

    // MARK: Frames

    private func drain(_ reader: inout FrameReader) throws(SluiceError) {
        while true {
            do {
                guard let frame = try reader.next() else { return }
                take(frame)
            } catch {
                if error.code == .outOfMemory || failsAtLimits { throw error }
                report(error)
            }
        }
    }

    private func report(_ error: SluiceError) {
        lastEvent = max(lastEvent, error.event)
        // Its line is reported already.
        if error.code == .strayError || error.code == .strayByteOrderMark { return }
        let excerpt = error.excerpt.isEmpty ? "" : " (\(error.excerpt))"
        add(
            .error, error.code.rawValue, error.offset, max(1, error.event),
            (error.detail.isEmpty ? error.code.rawValue : error.detail) + excerpt,
            "a frame of the framing \(framing.rawValue)")
    }

    private func take(_ frame: borrowing Frame) {
        frameCount += 1
        lastEvent = frame.number
        if frame.isUnterminated && framing == .sse {
            add(
                .error, "blank-line-missing", frame.offset, frame.number, "the last event has no blank line behind it",
                "one: the standard drops the event without it")
        }
        check(frame)
    }

    private func check(_ frame: borrowing Frame) {
        let payload = Self.copy(frame.payload)
        let (offset, event) = (frame.offset, frame.number)
        if order?.isTerminal(payload) == true {
            order?.takeTerminal(payload) { add($0, $1, offset, event, $2, $3) }
            return
        }
        let type = String(decoding: Self.copy(frame.event), as: UTF8.self)
        guard isDocument(payload) else {
            guard format?.payload == .text else { return }
            order?.take(.null, event: type, isError: frame.isError) { add($0, $1, offset, event, $2, $3) }
            return
        }
        do {
            let facts = try JSONReader.read(payload, tree)
            guard case .object = facts else {
                return add(
                    .error, "unexpected-payload", offset, event, "a payload that is JSON, but no object", "an object")
            }
            order?.take(facts, event: type, isError: frame.isError) { add($0, $1, offset, event, $2, $3) }
        } catch {
            add(
                .error, "malformed-payload", offset, event,
                "the payload is not JSON: \(error.message), at byte \(error.position) of it", "a JSON object")
        }
    }

    /// Keep-alives that are no JSON objects, and the terminal payload of most formats.
    private static let bare: Set<String> = ["null", "\"\"", "[]", "0", "ping", "[PING]", "[DONE]"]

    /// Whether the payload has to be a JSON document. Empty ones, `: keepalive` and other keep-alives are known not to be.
    private func isDocument(_ payload: [UInt8]) -> Bool {
        let trimmed = payload.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
        guard let first = trimmed.first, first != 0x3A else { return false }
        if trimmed.count <= 6 && Self.bare.contains(String(decoding: trimmed, as: UTF8.self)) { return false }
        guard let format else { return framing != .sse || payload.first == 0x7B }
        return format.payload == .json
    }

    private static func copy(_ bytes: RawSpan) -> [UInt8] {
        let span = Span<UInt8>(_bytes: bytes)
        var copy: [UInt8] = []
        copy.reserveCapacity(span.count)
        for index in span.indices { copy.append(span[index]) }
        return copy
    }
}

extension WireFormat {
    /// The same table for another framing.
    fileprivate func framed(_ framing: Framing) -> WireFormat {
        var format = self
        format.framing = framing
        return format
    }
}
