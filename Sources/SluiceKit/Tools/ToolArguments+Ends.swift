public import Sluice

// When a call ends. The engine emits `{}` for calls without arguments that the client runs, where their provider ends them, so
// the arguments of those are complete when their JSON is. Only calls that may have text, and calls of MCP servers without
// arguments, have to wait for what comes behind them.

extension ToolArguments {
    /// Returns the position of a call that has ended since the last call of this method; nil if there is none. Each call is
    /// returned once.
    ///
    /// ```swift
    /// var parser = StreamParser(format: .openAIChat)
    /// var tools = ToolArguments()
    /// var reader = parser.read(chunk.span)
    /// while let delta = try reader.next() {
    ///     tools.add(delta)
    ///     while let call = tools.nextEnded() {
    ///         print(tools.calls[call].name, tools.calls[call].isComplete)
    ///     }
    /// }
    /// ```
    ///
    /// A call has ended
    /// - when its JSON has, which completes it;
    /// - when it gets a problem;
    /// - when another call begins in its place, or its choice finishes: input that is text is complete then, and so is a call
    ///   without arguments that its provider runs;
    /// - with ``finish(_:)``: what is not complete then is incomplete for good.
    ///
    /// ``Call/isComplete`` says which it is.
    public mutating func nextEnded() -> Int? {
        guard nextEndedPosition < ended.count else {
            ended.removeAll(keepingCapacity: true)
            nextEndedPosition = 0
            return nil
        }
        nextEndedPosition += 1
        return ended[nextEndedPosition - 1]
    }

    /// The position that ``nextEnded()`` returns next.
    var nextEndedCall: Int? { nextEndedPosition < ended.count ? ended[nextEndedPosition] : nil }

    /// Ends all calls that have not ended: call it at the end of the stream. The calls are incomplete, unless the stream is
    /// complete or finished and they can be without arguments.
    ///
    /// - Parameter end: how the stream ended, as ``/Sluice/StreamParser/end`` or ``DeltaSequence/end``. Nil if reading was
    ///   interrupted.
    public mutating func finish(_ end: StreamEnd?) {
        let isCut = end?.status != .complete && end?.status != .finished
        for call in calls.indices {
            self.end(call, isCut: isCut || cut.contains(calls[call].choice))
            markEnded(call)
        }
    }

    /// Whether a finish reason says that the answer was cut, perhaps inside a call.
    static func cuts(_ reason: String) -> Bool {
        ["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"].contains(reason)
    }

    /// Ends the calls of a choice that can be complete. The others may go on: some streams tell their finish reason early.
    ///
    /// A choice that finishes again has only its new calls looked at, so that no stream can make this costly.
    mutating func endCalls(of choice: Int, isCut: Bool) {
        for call in unfinished.removeValue(forKey: choice) ?? [] { end(call, isCut: isCut) }
        if isCut, cut.count < limits.maxChoices { cut.insert(choice) }
    }

    /// Ends a call behind which something else comes, if it can be complete.
    mutating func end(_ call: Int, isCut: Bool) {
        guard !calls[call].hasEnded else { return }
        if calls[call].json.isComplete { return markEnded(call) }
        guard !isCut else { return }
        // A number ends only here.
        try? calls[call].json.finish()
        let hasNoArguments = calls[call].json.byteCount == 0
        let isText = calls[call].takesText || calls[call].origin == .mcp && hasNoArguments
        guard isText || calls[call].json.isComplete else { return }
        calls[call].endedWell = true
        markEnded(call)
    }

    mutating func markEnded(_ call: Int) {
        guard !calls[call].hasEnded else { return }
        calls[call].hasEnded = true
        ended.append(call)
    }
}

extension ToolArguments.Call {
    /// Decodes the complete arguments.
    ///
    /// ```swift
    /// struct Weather: Decodable { var city: String; var days: Int? }
    /// let deltas = chunks.deltas(format: .openAIChat)
    /// for try await event in deltas.toolCalls() {
    ///     if case .completed(let call) = event, call.name == "weather" { print(try call.decode(Weather.self).city) }
    /// }
    /// ```
    ///
    /// A call without arguments has those of an empty object. Text, the input of `.custom` calls, is decoded if it is JSON.
    /// Otherwise as ``IncrementalJSON/decode(_:)``.
    /// - Throws: ``ToolDecodingError``: which call, where in its arguments, and what was found. Arguments that are incomplete,
    ///   not JSON, or were released, are errors too.
    public func decode<Value: Decodable>(_ type: Value.Type) throws(ToolDecodingError) -> Value {
        do {
            if let problem { throw problem }
            return try document().decode(type)
        } catch {
            throw ToolDecodingError(self, error)
        }
    }

    /// Decodes what has arrived of the arguments; nil while something is missing that `type` requires.
    ///
    /// As ``IncrementalJSON/decodePartial(_:)``, which says what an incomplete value is. It is nil for input that is not JSON.
    public func decodePartial<Value: Decodable>(_ type: Value.Type) -> Value? {
        if isComplete { return try? document().decode(type) }
        return json.decodePartial(type)
    }

    /// The arguments as a document that has ended, if they have.
    private func document() throws(SluiceError) -> IncrementalJSON {
        if !json.nodes.isEmpty { return json }
        var document = IncrementalJSON(limits: json.limits)
        if !input.isEmpty {
            try document.append(input)
            try document.finish()
        } else if endedWell, json.byteCount == 0 {
            try document.append("{}")
        } else if isComplete {
            throw SluiceError(.incompleteEvent, detail: "the arguments were released")
        }
        return document
    }
}
