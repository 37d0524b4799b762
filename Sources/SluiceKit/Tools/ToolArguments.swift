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
/// are not JSON gets a ``Call/problem``; the other calls are not affected. Calls of origin `.custom` and `.server` may have
/// other input than JSON, which is no problem: their text is in ``Call/input``.
///
/// ``nextEnded()`` returns each call once when it has ended, and ``Call/decode(_:)`` makes a value of its arguments.
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
        /// The arguments so far; empty after they were released, and for calls whose ``input`` is not JSON.
        public internal(set) var json: IncrementalJSON
        /// The text of the arguments so far, of calls that may have other input than JSON: those of origin `.custom` and `.server`.
        /// Empty for all others, and after it was released.
        public internal(set) var input = ""
        /// The error of the call; nil if there is none. Arguments after the error are ignored.
        public internal(set) var problem: SluiceError?
        /// Whether the call has ended: its arguments are complete, or they never will be.
        public internal(set) var hasEnded = false
        /// The call ended as its provider ends calls, so that even text is complete.
        var endedWell = false

        /// Whether the arguments are complete.
        public var isComplete: Bool { json.isComplete || endedWell }

        /// Whether the client has to run the call: its origin is `.client` or `.custom`. The provider runs the others, or asks
        /// whether it may.
        public var isForClient: Bool { origin == .client || origin == .custom }

        /// Whether the input need not be JSON.
        var takesText: Bool { origin == .custom || origin == .server }
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
    public internal(set) var calls: [Call] = []
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
    /// The calls that have ended and were not returned by ``nextEnded()``.
    var ended: [Int] = []
    var nextEndedPosition = 0
    /// The calls of each choice that has not finished since they began.
    var unfinished: [Int: [Int]] = [:]
    /// The choices that a limit of tokens has cut: the first ``/Sluice/Limits/maxChoices`` of them.
    var cut: Set<Int> = []
    let limits: Limits

    /// Creates an empty list of calls.
    ///
    /// - Parameter limits: ``/Sluice/Limits/maxToolCalls`` bounds the number of calls,
    ///   ``/Sluice/Limits/maxAccumulatedBytes`` the bytes of all calls, ``/Sluice/Limits/maxNestingDepth`` the nesting of
    ///   each, ``/Sluice/Limits/maxProblems`` the stored problems, ``/Sluice/Limits/maxChoices`` the choices whose cut is known.
    ///   ``/Sluice/Limits/whenExceeded`` is ignored.
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
        case .finish:
            endCalls(of: delta.choice, isCut: Self.cuts(delta.string))
            return nil
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
        case .finish:
            endCalls(of: delta.choice, isCut: Self.cuts(delta.text))
            return nil
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
        heldBytes -= calls[call].json.size + calls[call].input.utf8.count
        calls[call].json.dropValue()
        calls[call].input = ""
        return true
    }

    // MARK: Calls

    private mutating func begin(_ place: Place, _ head: Head) -> Int? {
        if let known = last[place], continues(calls[known], head) {
            if !head.isContinuation { calls[known].origin = head.origin }
            setNames(known, head)
            return known
        }
        if let previous = last[place] { end(previous, isCut: false) }
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
        unfinished[place.choice, default: []].append(calls.count - 1)
        return calls.count - 1
    }

    // MARK: Arguments

    private mutating func append(_ text: UTF8Span, to call: Int) -> Int {
        guard calls[call].problem == nil else { return call }
        if calls[call].takesText, !appendInput(text, to: call) { return call }
        let before = calls[call].json.size
        calls[call].json.maxSize = before + max(0, limits.maxAccumulatedBytes - heldBytes)
        do throws(SluiceError) {
            try calls[call].json.append(text)
        } catch {
            heldBytes += calls[call].json.size - before
            failJSON(call, error)
            return call
        }
        if calls[call].json.isComplete {
            calls[call].json.trim()
            // Text that looks like JSON may go on.
            if !calls[call].takesText { end(call, isCut: false) }
        }
        heldBytes += calls[call].json.size - before
        return call
    }

    /// Returns false if the input exceeds the limit.
    private mutating func appendInput(_ text: UTF8Span, to call: Int) -> Bool {
        guard text.count <= limits.maxAccumulatedBytes - heldBytes else {
            fail(call, SluiceError(.answerTooLarge, offset: UInt64(calls[call].input.utf8.count), detail: excess))
            return false
        }
        calls[call].input += String(copying: text)
        heldBytes += text.count
        return true
    }

    /// Arguments that are not JSON are a problem, unless they may be text.
    private mutating func failJSON(_ call: Int, _ error: SluiceError) {
        guard error.code != .answerTooLarge else {
            var error = error
            error.detail = excess
            return fail(call, error)
        }
        guard calls[call].takesText else { return fail(call, error) }
        heldBytes -= calls[call].json.size
        calls[call].json.dropValue()
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
        markEnded(call)
    }

    private mutating func note(_ error: SluiceError) {
        problemCount += 1
        if problems.count < limits.maxProblems { problems.append(error) }
    }
}
