/// Whether keep-alives count as life of a stream, so that the time until a timeout begins anew with each.
///
/// Keep-alives are what servers send so that nobody closes a silent connection: comments, blank lines, and events of the types
/// `ping`, `heartbeat`, `keepalive`, `keep-alive`, `keep_alive` and `connected`. Many servers and proxies send them while a
/// model reasons, and some go on sending them after the model has failed.
///
/// ```swift
/// let deltas = chunks.deltas(format: .anthropicMessages, idleTimeout: .seconds(60), keepAlives: .ignored)
/// ```
public enum KeepAlives: Sendable, Hashable {
    /// Every byte counts: a stream that sends keep-alives does not time out.
    case counted
    /// A chunk of nothing but keep-alives changes nothing: the time goes on as if it had not come.
    case ignored
}

/// The timeouts of a source, measured by any clock.
///
/// Times are durations since this was created, so that other code does not depend on the clock's type.
struct StreamTiming: Sendable {
    /// Which timeout a request waits with.
    enum Phase {
        /// Nothing has arrived, or nothing that counts.
        case firstByte
        case idle
    }

    let keepAlives: KeepAlives
    let now: @Sendable () -> Duration
    private let firstByte: Duration?
    private let idle: Duration?
    private let sleepUntil: @Sendable (Duration) async throws -> Void

    /// Nil without any timeout: nobody looks at the clock then.
    init?(firstByte: Duration?, idle: Duration?, keepAlives: KeepAlives, _ clock: some Clock<Duration>) {
        if firstByte == nil && idle == nil { return nil }
        let start = clock.now
        self.firstByte = firstByte
        self.idle = idle
        self.keepAlives = keepAlives
        now = { start.duration(to: clock.now) }
        sleepUntil = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }

    /// How long a request waits in this phase; nil for no timeout.
    func wait(_ phase: Phase) -> Duration? { timeout(phase)?.waitable }

    /// Why a stream ends whose time is up, with the timeout as the caller gave it.
    func cause(_ phase: Phase) -> StreamInterruption.Cause {
        let timeout = timeout(phase) ?? .zero
        return phase == .firstByte ? .firstByte(timeout: timeout) : .idle(timeout: timeout)
    }

    private func timeout(_ phase: Phase) -> Duration? { phase == .firstByte ? firstByte : idle }

    /// - Throws: if the task is cancelled.
    func sleep(until deadline: Duration) async throws { try await sleepUntil(deadline) }
}
