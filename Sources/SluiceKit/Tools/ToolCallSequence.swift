public import Sluice

/// What a stream with tool calls consists of: calls from their beginning to their end, and all other deltas.
///
/// ```swift
/// for try await event in chunks.deltas(format: .openAIChat).toolCalls() {
///     if case .completed(let call) = event { print(call.name, call.id) }
/// }
/// ```
public enum ToolCallEvent: Sendable {
    /// A delta of another kind: text, reasoning, usage, an error, a finish reason.
    case delta(OwnedDelta)
    /// A call begins. Some streams send its name in pieces, or its id later.
    case began(ToolArguments.Call)
    /// A piece of a call's arguments, as it was sent; empty if the stream has added to the id or name.
    case arguments(ToolArguments.Call, piece: String)
    /// The arguments of a call are complete. It is the last event of the call.
    case completed(ToolArguments.Call)
    /// A call will not be complete: it has a ``ToolArguments/Call/problem``, or the stream has ended or was interrupted inside it.
    /// It is the last event of the call.
    case incomplete(ToolArguments.Call)
}

/// The events of a stream with tool calls.
///
/// Created by ``DeltaSequence/toolCalls(limits:)``.
///
/// ```swift
/// let deltas = chunks.deltas(format: .openAIChat)
/// for try await event in deltas.toolCalls() {
///     switch event {
///     case .delta(let delta): show(delta.text)
///     case .began(let call): show("calling \(call.name)")
///     case .arguments(let call, _): show(call.json.root?["city"]?.string ?? "")
///     case .completed(let call): if call.isForClient { show("run \(call.name)") }
///     case .incomplete(let call): show("\(call.name) was cut")
///     }
/// }
/// ```
///
/// Every call has one ``ToolCallEvent/began(_:)`` and one end, ``ToolCallEvent/completed(_:)`` or
/// ``ToolCallEvent/incomplete(_:)``, which comes as soon as it is certain (``ToolArguments/nextEnded()``), also for calls
/// without arguments. If the stream is interrupted, its open calls are incomplete, and then the loop throws the
/// ``StreamInterruption``.
///
/// An event has a copy of its call. Keeping one while arguments arrive makes the next piece copy the arguments.
///
/// The base sequence has to emit the kinds `toolCall`, `toolArguments` and `finish`. It can be iterated once.
public struct ToolCallSequence: AsyncSequence, Sendable {
    /// An event of a call, or a delta.
    public typealias Element = ToolCallEvent
    /// Why reading stopped before the end of the stream.
    public typealias Failure = StreamInterruption

    private let base: DeltaSequence
    private let limits: Limits

    fileprivate init(_ base: DeltaSequence, limits: Limits) {
        self.base = base
        self.limits = limits
    }

    /// Returns an iterator. The first one reads the stream; any other ends immediately.
    public func makeAsyncIterator() -> Iterator { Iterator(base, limits) }

    /// Reads the stream.
    public struct Iterator: AsyncIteratorProtocol {
        private let sequence: DeltaSequence
        private var base: DeltaSequence.Iterator
        private var tools: ToolArguments
        /// Of the last delta: a call that began, and a piece of arguments.
        private var beginning: Int?
        private var piece: (call: Int, text: String)?
        private var isOver = false
        private var interruption: StreamInterruption?

        fileprivate init(_ sequence: DeltaSequence, _ limits: Limits) {
            self.sequence = sequence
            base = sequence.makeAsyncIterator()
            tools = ToolArguments(limits: limits)
        }

        /// Returns the next event, or nil at the end of the stream.
        ///
        /// - Throws: why reading stopped before the end of the stream. Later calls return nil.
        public mutating func next() async throws(StreamInterruption) -> ToolCallEvent? {
            try await next(isolation: nil)
        }

        /// As ``next()``, on the actor of the caller.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(StreamInterruption) -> ToolCallEvent? {
            while true {
                if let event = nextOfCalls() { return event }
                if isOver {
                    if let interruption = interruption.take() { throw interruption }
                    return nil
                }
                do throws(StreamInterruption) {
                    guard let delta = try await base.next(isolation: actor) else {
                        isOver = true
                        tools.finish(sequence.end)
                        continue
                    }
                    if !add(delta) { return .delta(delta) }
                } catch {
                    isOver = true
                    interruption = error
                    tools.finish(nil)
                }
            }
        }

        /// Adds a delta to its call; false if it has none.
        private mutating func add(_ delta: OwnedDelta) -> Bool {
            let count = tools.calls.count
            guard let call = tools.add(delta) else { return false }
            if tools.calls.count > count { beginning = call }
            if delta.kind == .toolArguments {
                piece = (call, delta.text)
            } else if beginning == nil {
                piece = (call, "")
            }
            return true
        }

        /// What is left to say of calls.
        private mutating func nextOfCalls() -> ToolCallEvent? {
            // A call in the place of another one ends that one.
            let isReplaced = tools.nextEndedCall.map { $0 != piece?.call && $0 != beginning } ?? false
            if isReplaced, let event = nextEnd() { return event }
            if let call = beginning.take() { return .began(tools.calls[call]) }
            if let (call, text) = piece.take() { return .arguments(tools.calls[call], piece: text) }
            return nextEnd()
        }

        private mutating func nextEnd() -> ToolCallEvent? {
            guard let call = tools.nextEnded() else { return nil }
            let ended = tools.calls[call]
            // The event has them.
            tools.release(call)
            return ended.isComplete ? .completed(ended) : .incomplete(ended)
        }
    }
}

extension DeltaSequence {
    /// Returns the tool calls of the stream, each from its beginning to its end, and all other deltas.
    ///
    /// - Parameter limits: Bounds of the calls, as those of ``ToolArguments``. A call that has ended is released: its event has
    ///   its arguments.
    public func toolCalls(limits: Limits = Limits()) -> ToolCallSequence { ToolCallSequence(self, limits: limits) }
}
