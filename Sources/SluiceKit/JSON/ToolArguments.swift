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
        /// Its arguments as far as they have come.
        public fileprivate(set) var json: IncrementalJSON
        /// What is wrong with its arguments, if something is; they end there.
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
    private var last: [Place: Int] = [:]
    private let limits: Limits

    /// No calls yet.
    ///
    /// - Parameter limits: ``/Sluice/Limits/maxToolCalls`` calls are kept, further ones passed over; the others as of
    ///   ``IncrementalJSON/init(limits:)``, for each call.
    public init(limits: Limits = Limits()) {
        self.limits = limits
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
            return begin(place, id: String(copying: delta.toolID), name: String(copying: delta.toolName))
        case .toolArguments:
            guard let call = last[place] ?? open(place) else { return nil }
            return append(delta.text, to: call)
        default: return nil
        }
    }

    /// As ``add(_:)-(Delta)``.
    @discardableResult
    public mutating func add(_ delta: OwnedDelta) -> Int? {
        let place = Place(choice: delta.choice, tool: delta.tool)
        switch delta.kind {
        case .toolCall: return begin(place, id: delta.toolID, name: delta.toolName)
        case .toolArguments:
            guard let call = last[place] ?? open(place) else { return nil }
            return append(delta.text.utf8Span, to: call)
        default: return nil
        }
    }

    private mutating func begin(_ place: Place, id: String, name: String) -> Int? {
        if let known = last[place], id.isEmpty || calls[known].id.isEmpty || calls[known].id == id {
            if calls[known].id.isEmpty { calls[known].id = id }
            if calls[known].name.isEmpty { calls[known].name = name }
            return known
        }
        guard let call = open(place) else {
            last[place] = nil
            return nil
        }
        calls[call].id = id
        calls[call].name = name
        return call
    }

    private mutating func open(_ place: Place) -> Int? {
        guard calls.count < limits.maxToolCalls else { return nil }
        calls.append(Call(choice: place.choice, tool: place.tool, json: IncrementalJSON(limits: limits)))
        last[place] = calls.count - 1
        return calls.count - 1
    }

    private mutating func append(_ text: UTF8Span, to call: Int) -> Int {
        do throws(SluiceError) {
            try calls[call].json.append(text)
        } catch {
            calls[call].problem = error
        }
        return call
    }
}
