/// What one stream may take; passing a limit is an error with a name, an offset and the event's number.
///
/// ```swift
/// var limits = Limits()
/// limits.maxEventBytes = 1 << 20
/// limits.oversize = .fail
/// let parser = try StreamParser(format: .openAIChat, limits: limits)
/// assert(parser.end.bytes == 0)
/// ```
public struct Limits: Sendable, Hashable {
    /// What happens to an event that is longer than ``maxEventBytes``.
    public enum Oversize: Sendable, Hashable {
        /// Skip to the next event, and report it.
        case skip
        /// End the stream with an error.
        case fail
    }

    /// Bytes of one event, framing included; 16 MiB by default, less than 2 GiB.
    public var maxEventBytes = 16 << 20
    /// Brackets open at once in one payload; 1,024 by default.
    public var maxNestingDepth = 1024
    /// Fields read from one payload; 65,536 by default.
    public var maxCapturesPerEvent = 65_536
    /// Kinds of events that the stream's engine remembers by their bytes, so that the next of the kind is compared rather
    /// than parsed; 16 by default and at most, 0 for none. It changes the speed, never the deltas.
    public var maxSkeletons = 16
    /// What to do with an event that is too large.
    public var oversize = Oversize.skip

    /// The defaults.
    public init() {}
}
