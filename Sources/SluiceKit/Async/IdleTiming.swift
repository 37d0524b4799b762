/// How long a source may be silent, by whichever clock.
///
/// Times are durations since this was made, so that nothing else has to know the clock's type.
struct IdleTiming: Sendable {
    /// As the caller gave it, for messages.
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

    /// When a source that is asked now has had its time.
    func deadline() -> Duration { now() + wait }

    /// - Throws: when the task is cancelled.
    func sleep(until deadline: Duration) async throws { try await sleepUntil(deadline) }
}
