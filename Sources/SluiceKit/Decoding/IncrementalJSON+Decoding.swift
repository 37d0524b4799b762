extension IncrementalJSON {
    /// Decodes the complete document: structured output, or the arguments of a tool call.
    ///
    /// ```swift
    /// struct Weather: Decodable { var city: String; var days: Int? }
    /// var json = IncrementalJSON()
    /// try json.append(#"{"city":"Oslo","days":3}"#)
    /// let weather = try json.decode(Weather.self)
    /// assert(weather.city == "Oslo" && weather.days == 3)
    /// ```
    ///
    /// Members that `type` does not have are ignored; of a repeated key the last counts. Integers may be written as `3.0`. A
    /// number that does not fit its type is an error. `Date` and `Data` are decoded by their own `init(from:)`, as numbers.
    /// - Throws: `DecodingError`, whose context says what was found instead, or what an initializer of `type` throws. Values
    ///   that are nested more than 128 levels deep, and incomplete documents, are errors.
    /// - Complexity: linear in the size of the document, if `type` asks for each member once.
    public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard isComplete, !nodes.isEmpty else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: [], debugDescription: "the document is incomplete after \(byteCount) bytes"))
        }
        return try Value(from: ValueDecoder(document: DecodedDocument(self), node: 0, depth: 0))
    }

    /// Decodes what has arrived of the document; nil while something is missing that `type` requires.
    ///
    /// ```swift
    /// struct Plan: Decodable {
    ///     struct Step: Decodable { var title: String; var minutes: Int? }
    ///     var steps: [Step]
    ///     var note: String?
    /// }
    /// var json = IncrementalJSON()
    /// try json.append(#"{"st"#)
    /// assert(json.decodePartial(Plan.self) == nil)
    /// try json.append(#"eps":[{"title":"Boil","minutes":10},{"title":"Dra"#)
    /// let plan = json.decodePartial(Plan.self)
    /// assert(plan?.steps.map(\.title) == ["Boil", "Dra"] && plan?.steps[1].minutes == nil)
    /// ```
    ///
    /// - A string is given with the characters received so far. A number, `true`, `false` or `null` is missing until it has
    ///   ended, since `3` may become `30`.
    /// - An array has the elements received so far.
    /// - What is incomplete and cannot be decoded yet, such as half of an enum's name, or an element that lacks a required
    ///   member, is left out, as if it had not begun: an optional member is nil then, and an array is shorter.
    /// - A missing optional member is nil, whether it is still to come or not.
    ///
    /// Later values may differ from earlier ones: a string grows, and the string `c` may be a name of an enum before it becomes
    /// `celsius`. Values that do not fit `type` give nil here, and an error from ``decode(_:)`` at the end.
    /// - Complexity: linear in the size of the value so far for each attempt. There is one attempt, and one more for each
    ///   incomplete value that has to be left out: at most as many as brackets are open.
    public func decodePartial<Value: Decodable>(_ type: Value.Type) -> Value? {
        guard !nodes.isEmpty else { return nil }
        let document = DecodedDocument(self)
        if let value = try? Value(from: ValueDecoder(document: document, node: 0, depth: 0)) { return value }
        for hidden in document.openNodes.dropFirst().reversed() {
            let rest = DecodedDocument(self, hidden: hidden)
            if let value = try? Value(from: ValueDecoder(document: rest, node: 0, depth: 0)) { return value }
        }
        return nil
    }
}
