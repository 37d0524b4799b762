public import Sluice

/// The tool calls of an answer with their arguments as JSON values, usable while they stream.
///
/// ```swift
/// var parser = StreamParser(format: .openAIChat)
/// var tools = ToolArguments()
/// var reader = parser.read(chunk.span)
/// while let delta = try reader.next() {
///     guard let call = tools.add(delta) else { continue }
///     if let city = tools.calls[call].json.root?["city"]?.string { print(tools.calls[call].name, city) }
/// }
/// ```
///
/// Run the calls of origin `.client` and `.custom` only: see ``Call/isForClient``.
///
/// A ``/Sluice/DeltaKind/toolCall`` begins a call unless it is a continuation, as in an `Accumulator`. A call whose arguments
/// are not JSON gets a ``Call/problem``; the other calls are not affected.
///
/// The memory is bounded for streams of any length: ``/Sluice/Limits/maxAccumulatedBytes`` bounds all calls together, and
/// ``/Sluice/Limits/maxToolCalls`` their number. A call that exceeds the first gets a problem, and its arguments are released.
/// A call that exceeds the second is dropped. Both are reported in ``problems``, and the other calls are not affected. Call
/// ``release(_:)`` after you have used a call, to free its memory.
public struct ToolArguments: Sendable {
    /// One tool call.
    public struct Call: Sendable {
        /// The number of the choice that contains the call.
        public var choice: Int
        /// The call's number in its choice, as ``/Sluice/Delta/tool``.
        public var tool: Int
        /// The call's id; empty if the stream has none.
        public var id = ""
        /// The name of the function; empty if the stream has none.
        public var name = ""
        /// Who runs the call.
        public var origin = ToolOrigin.client
        /// The arguments so far; empty after they were released.
        public fileprivate(set) var json: IncrementalJSON
        /// The error of the call; nil if there is none. Arguments after the error are ignored.
        public fileprivate(set) var problem: SluiceError?

        /// Whether the arguments are complete.
        public var isComplete: Bool { json.isComplete }

        /// Whether the client has to run the call: its origin is `.client` or `.custom`. The provider runs the others, or asks
        /// whether it may.
        public var isForClient: Bool { origin == .client || origin == .custom }
    }

    /// What a delta says of its call, beside the arguments.
    private struct Head {
        var id: String
        var name: String
        var origin: ToolOrigin
        var isContinuation: Bool
        var offset: UInt64
    }

    /// The numbers by which deltas refer to a call.
    private struct Place: Hashable {
        var choice: Int
        var tool: Int
    }

    /// The calls, in order of arrival.
    public private(set) var calls: [Call] = []
    /// The errors of all calls, including dropped calls: the first ``/Sluice/Limits/maxProblems`` of them.
    ///
    /// The offset of an error in the arguments counts bytes of the arguments; that of an error in a call's id or name, or of a
    /// dropped call, is the event's offset in the stream.
    public private(set) var problems: [SluiceError] = []
    /// The number of all problems, including those that are not stored.
    public private(set) var problemCount: UInt64 = 0
    /// The bytes of ids, names and arguments of all calls.
    ///
    /// Incomplete arguments may have reserved as much memory again; it is freed when they are complete.
    public private(set) var heldBytes = 0
    private var last: [Place: Int] = [:]
    private let limits: Limits

    /// Creates an empty list of calls.
    ///
    /// - Parameter limits: ``/Sluice/Limits/maxToolCalls`` bounds the number of calls,
    ///   ``/Sluice/Limits/maxAccumulatedBytes`` the bytes of all calls, ``/Sluice/Limits/maxNestingDepth`` the nesting of
    ///   each, ``/Sluice/Limits/maxProblems`` the stored problems. ``/Sluice/Limits/whenExceeded`` is ignored.
    public init(limits: Limits = Limits()) {
        self.limits = limits.clamped
    }

    /// Adds a delta.
    ///
    /// - Returns: the position in ``calls`` of the delta's call; nil if the delta belongs to none, or its call was dropped.
    /// - Complexity: linear in the delta's bytes.
    @discardableResult
    public mutating func add(_ delta: borrowing Delta) -> Int? {
        let place = Place(choice: delta.choice, tool: delta.tool)
        switch delta.kind {
        case .toolCall:
            return begin(
                place,
                Head(
                    id: String(copying: delta.toolID), name: String(copying: delta.toolName), origin: delta.toolOrigin,
                    isContinuation: delta.isContinuation, offset: delta.eventOffset))
        case .toolArguments:
            guard let call = last[place] ?? open(place, delta.eventOffset) else { return nil }
            return append(delta.text, to: call)
        default: return nil
        }
    }

    /// As ``add(_:)-(Delta)``.
    @discardableResult
    public mutating func add(_ delta: OwnedDelta) -> Int? {
        let place = Place(choice: delta.choice, tool: delta.tool)
        switch delta.kind {
        case .toolCall:
            return begin(
                place,
                Head(
                    id: delta.toolID, name: delta.toolName, origin: delta.toolOrigin,
                    isContinuation: delta.isContinuation, offset: delta.eventOffset))
        case .toolArguments:
            guard let call = last[place] ?? open(place, delta.eventOffset) else { return nil }
            return append(delta.text.utf8Span, to: call)
        default: return nil
        }
    }

    /// Releases the arguments of a call that is complete or has a problem. Its ``Call/json`` is empty then and does not count
    /// towards the limit. Its id and name are kept.
    ///
    /// - Returns: false, without releasing anything, if the arguments are incomplete.
    /// - Precondition: `call` is a position in ``calls``.
    @discardableResult
    public mutating func release(_ call: Int) -> Bool {
        guard calls[call].isComplete || calls[call].problem != nil else { return false }
        heldBytes -= calls[call].json.size
        calls[call].json.dropValue()
        return true
    }

    // MARK: Calls

    private mutating func begin(_ place: Place, _ head: Head) -> Int? {
        if let known = last[place], continues(calls[known], head) {
            if !head.isContinuation { calls[known].origin = head.origin }
            setNames(known, head)
            return known
        }
        guard let call = open(place, head.offset) else {
            last[place] = nil
            return nil
        }
        calls[call].origin = head.origin
        setNames(call, head)
        return call
    }

    /// The delta says more of this call. A call that began with its arguments has neither id nor name.
    private func continues(_ call: Call, _ head: Head) -> Bool {
        head.isContinuation || call.id.isEmpty && call.name.isEmpty
    }

    /// Sets the id of a call if it is missing, and adds to its name.
    private mutating func setNames(_ call: Int, _ head: Head) {
        let newID = calls[call].id.isEmpty ? head.id : ""
        let bytes = newID.utf8.count + head.name.utf8.count
        guard bytes <= limits.maxAccumulatedBytes - heldBytes else {
            return fail(call, SluiceError(.answerTooLarge, offset: head.offset, detail: excess))
        }
        heldBytes += bytes
        if !newID.isEmpty { calls[call].id = newID }
        calls[call].name += head.name
    }

    private mutating func open(_ place: Place, _ offset: UInt64) -> Int? {
        guard calls.count < limits.maxToolCalls else {
            note(
                SluiceError(
                    .tooManyToolCalls, offset: offset,
                    detail:
                        "the answer has more tool calls than maxToolCalls, \(limits.maxToolCalls); the rest was dropped"
                ))
            return nil
        }
        calls.append(Call(choice: place.choice, tool: place.tool, json: IncrementalJSON(limits: limits)))
        last[place] = calls.count - 1
        return calls.count - 1
    }

    // MARK: Arguments

    private mutating func append(_ text: UTF8Span, to call: Int) -> Int {
        guard calls[call].problem == nil else { return call }
        let before = calls[call].json.size
        calls[call].json.maxSize = before + max(0, limits.maxAccumulatedBytes - heldBytes)
        do throws(SluiceError) {
            try calls[call].json.append(text)
        } catch {
            var error = error
            if error.code == .answerTooLarge { error.detail = excess }
            heldBytes += calls[call].json.size - before
            fail(call, error)
            return call
        }
        if calls[call].isComplete { calls[call].json.trim() }
        heldBytes += calls[call].json.size - before
        return call
    }

    // MARK: Problems

    private var excess: String {
        "the tool calls take more than maxAccumulatedBytes, \(limits.maxAccumulatedBytes) bytes, together; this one was dropped. "
            + "Release calls after use, or raise the limit"
    }

    private mutating func fail(_ call: Int, _ error: SluiceError) {
        if calls[call].problem == nil {
            calls[call].problem = error
            note(error)
        }
        // Cut arguments are of no use, and their memory serves the other calls.
        if error.code == .answerTooLarge { release(call) }
    }

    private mutating func note(_ error: SluiceError) {
        problemCount += 1
        if problems.count < limits.maxProblems { problems.append(error) }
    }
}
