/// The timeout of a source, measured by any clock.
///
/// Times are durations since this was created, so that other code does not depend on the clock's type.
struct IdleTiming: Sendable {
    /// The timeout as passed by the caller, for messages.
    let timeout: Duration
    private let wait: Duration
    let now: @Sendable () -> Duration
    private let sleepUntil: @Sendable (Duration) async throws -> Void

    init(_ timeout: Duration, _ clock: some Clock<Duration>) {
        let start = clock.now
        self.timeout = timeout
        wait = timeout.waitable
        now = { start.duration(to: clock.now) }
        sleepUntil = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }

    /// The deadline of a request that begins now.
    func deadline() -> Duration { now() + wait }

    /// - Throws: if the task is cancelled.
    func sleep(until deadline: Duration) async throws { try await sleepUntil(deadline) }
}
