import Sluice

/// Finds the events of a stream that no rule of its format reads.
struct UnreadCheck: ~Copyable {
    private var parser: StreamParser
    private var reportedKinds = 0
    private var isOver = false

    /// Nil for a format that cannot be compiled.
    init?(_ format: WireFormat, _ limits: Limits) {
        do { try format.validate() } catch { return nil }
        parser = StreamParser(format: format, limits: limits)
    }

    /// Reads a chunk, and returns a finding for the first event of each kind.
    mutating func take(_ chunk: Span<UInt8>) -> [Finding] {
        guard !isOver else { return [] }
        // What ends the stream is found by the other checks.
        do { try parser.parse(chunk) { _ in } } catch { isOver = true }
        return newFindings()
    }

    /// Ends the input. A last finding counts the events whose kinds are not named.
    mutating func finish() -> [Finding] {
        if !isOver { _ = try? parser.finish { _ in } }
        var findings = newFindings()
        let end = parser.end
        let named = end.unreadKinds.reduce(0) { $0 + $1.count }
        if named > 0 && named < end.unreadEvents {
            let count = end.unreadEvents - named
            findings.append(
                finding(end.bytes, end.frames, "\(count) event\(count == 1 ? "" : "s") of other kinds not read"))
        }
        return findings
    }

    private mutating func newFindings() -> [Finding] {
        let kinds = parser.end.unreadKinds.dropFirst(reportedKinds)
        reportedKinds += kinds.count
        return kinds.map { finding($0.offset, $0.event, "an event of the kind '\($0.name)' is not read") }
    }

    private func finding(_ offset: UInt64, _ event: UInt64, _ found: String) -> Finding {
        Finding(
            severity: .warning, code: "unread-event", offset: offset, event: max(1, event), found: found,
            expected: "a kind that the format reads; read its text with --text PATH")
    }
}
