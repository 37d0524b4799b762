public import Sluice

/// The tool calls of an answer with their arguments as JSON values, usable while they stream.
///
/// ```swift
/// var parser = try StreamParser(format: .openAIChat)
/// var tools = ToolArguments()
/// var reader = parser.read(chunk.span)
/// while let delta = try reader.next() {
///     guard let call = tools.add(delta) else { continue }
///     if let city = tools.calls[call].json.root?["city"]?.string { print(tools.calls[call].name, city) }
/// }
/// ```
///
/// A call whose number comes again with another id is a new call, as an `Accumulator` counts them. Arguments that are no JSON
/// end their call with a ``Call/problem``; the others go on.
///
/// What it holds is bounded, however long the stream is: all calls together by ``/Sluice/Limits/maxAccumulatedBytes``, and
/// their number by ``/Sluice/Limits/maxToolCalls``. A call that exceeds the first ends with a problem, and what was read of its
/// arguments is released; a call that exceeds the second is dropped. Both are in ``problems``, and the other calls go on.
/// ``release(_:)`` makes room when you are done with a call.
public struct ToolArguments: Sendable {
    /// One tool call.
    public struct Call: Sendable {
        /// The choice that makes it.
        public var choice: Int
        /// The number that deltas give it.
        public var tool: Int
        /// Its id, empty where the stream gives none.
        public var id = ""
        /// Its name, empty where the stream gives none.
        public var name = ""
        /// Its arguments as far as they have come; nothing any more where they were released.
        public fileprivate(set) var json: IncrementalJSON
        /// What is wrong with the call, if something is: its arguments end there.
        public fileprivate(set) var problem: SluiceError?

        /// The arguments are whole.
        public var isComplete: Bool { json.isComplete }
    }

    /// Where a call stands, by what deltas say of it.
    private struct Place: Hashable {
        var choice: Int
        var tool: Int
    }

    /// The calls, in order of arrival.
    public private(set) var calls: [Call] = []
    /// The first problems of all calls, and calls that were dropped: at most ``/Sluice/Limits/maxProblems`` of them.
    ///
    /// The offset of a problem of arguments is a byte of the arguments, that of a call or its name the event's in the stream.
    public private(set) var problems: [SluiceError] = []
    /// All problems, those that are not kept too.
    public private(set) var problemCount: UInt64 = 0
    /// Bytes that ids, names and arguments take, of all calls.
    ///
    /// Arguments that are still coming may have reserved as much memory again; it is given back when they are complete.
    public private(set) var heldBytes = 0
    private var last: [Place: Int] = [:]
    private let limits: Limits

    /// No calls yet.
    ///
    /// - Parameter limits: ``/Sluice/Limits/maxToolCalls`` bounds the calls that are kept, ``/Sluice/Limits/maxAccumulatedBytes``
    ///   the bytes of all together, ``/Sluice/Limits/maxNestingDepth`` the nesting of each, ``/Sluice/Limits/maxProblems`` the
    ///   problems that are kept. ``/Sluice/Limits/whenExceeded`` makes no difference.
    public init(limits: Limits = Limits()) {
        self.limits = limits.clamped
    }

    /// Takes a delta in.
    ///
    /// - Returns: the position in ``calls`` of the call that it is about; nil for what is about none.
    /// - Complexity: linear in the delta's bytes.
    @discardableResult
    public mutating func add(_ delta: borrowing Delta) -> Int? {
        let place = Place(choice: delta.choice, tool: delta.tool)
        switch delta.kind {
        case .toolCall:
            let id = String(copying: delta.toolID)
            return begin(place, id: id, name: String(copying: delta.toolName), delta.eventOffset)
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
        case .toolCall: return begin(place, id: delta.toolID, name: delta.toolName, delta.eventOffset)
        case .toolArguments:
            guard let call = last[place] ?? open(place, delta.eventOffset) else { return nil }
            return append(delta.text.utf8Span, to: call)
        default: return nil
        }
    }

    /// Releases the arguments of a call that is complete or has a problem: its ``Call/json`` has no value any more, and counts
    /// no more towards the limit. Its id and name stay.
    ///
    /// - Returns: false where more of the arguments is to come, and nothing is released.
    /// - Precondition: `call` is a position in ``calls``.
    @discardableResult
    public mutating func release(_ call: Int) -> Bool {
        guard calls[call].isComplete || calls[call].problem != nil else { return false }
        heldBytes -= calls[call].json.size
        calls[call].json.dropValue()
        return true
    }

    // MARK: Calls

    private mutating func begin(_ place: Place, id: String, name: String, _ offset: UInt64) -> Int? {
        if let known = last[place], id.isEmpty || calls[known].id.isEmpty || calls[known].id == id {
            setNames(known, id, name, offset)
            return known
        }
        guard let call = open(place, offset) else {
            last[place] = nil
            return nil
        }
        setNames(call, id, name, offset)
        return call
    }

    /// Adds to a call what it has not of its id and name.
    private mutating func setNames(_ call: Int, _ id: String, _ name: String, _ offset: UInt64) {
        let newID = calls[call].id.isEmpty ? id : ""
        let newName = calls[call].name.isEmpty ? name : ""
        let bytes = newID.utf8.count + newName.utf8.count
        guard bytes <= limits.maxAccumulatedBytes - heldBytes else {
            return fail(call, SluiceError(.answerTooLarge, offset: offset, detail: excess))
        }
        heldBytes += bytes
        if !newID.isEmpty { calls[call].id = newID }
        if !newName.isEmpty { calls[call].name = newName }
    }

    private mutating func open(_ place: Place, _ offset: UInt64) -> Int? {
        guard calls.count < limits.maxToolCalls else {
            note(
                SluiceError(
                    .tooManyToolCalls, offset: offset,
                    detail:
                        "the answer has more tool calls than maxToolCalls, \(limits.maxToolCalls); what is more was dropped"
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
            + "Release calls that are done, or raise the limit"
    }

    private mutating func fail(_ call: Int, _ error: SluiceError) {
        if calls[call].problem == nil {
            calls[call].problem = error
            note(error)
        }
        // Cut arguments are of no use, and their room lets the other calls go on.
        if error.code == .answerTooLarge { release(call) }
    }

    private mutating func note(_ error: SluiceError) {
        problemCount += 1
        if problems.count < limits.maxProblems { problems.append(error) }
    }
}
