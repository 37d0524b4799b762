extension Accumulator {
    /// Token counts. The names of the counts say what they mean for every provider; ``details`` has the provider's own.
    public struct Usage: Sendable, Hashable {
        /// Tokens of the request as the provider tells them, which may exclude cached ones; nil if unknown.
        public var input: Int?
        /// Tokens of the answer as the provider tells them, which may exclude reasoning; nil if unknown.
        public var output: Int?
        /// The provider's total; nil if it tells none.
        public var total: Int?
        /// Tokens of the request that were read from a cache; nil if unknown, as are all counts below.
        public var cached: Int?
        /// Tokens of the request that were written to a cache.
        public var cacheWrite: Int?
        /// Tokens of reasoning.
        public var reasoning: Int?
        /// Tokens of the request that were results of tools.
        public var tool: Int?
        /// Tokens of audio in the request.
        public var audioInput: Int?
        /// Tokens of audio in the answer.
        public var audioOutput: Int?
        /// Those of ``cached``, ``cacheWrite`` and ``tool`` that ``input`` does not include, and those of ``reasoning`` that
        /// ``output`` does not include.
        var added = Added()

        struct Added: Sendable, Hashable {
            var cached = 0
            var cacheWrite = 0
            var tool = 0
            var reasoning = 0
        }

        /// Creates token counts; nil stands for unknown.
        public init(input: Int?, output: Int?) {
            self.input = input
            self.output = output
        }

        /// All tokens of the request, cached ones and results of tools included, for every provider; nil if unknown.
        ///
        /// Counts other than ``input`` are known only where ``DeltaKind/detail`` was selected.
        public var allInput: Int? {
            input.map { $0.adding(added.cached).adding(added.cacheWrite).adding(added.tool) }
        }

        /// All tokens that the model generated, reasoning included, for every provider; nil if unknown.
        public var allOutput: Int? { output.map { $0.adding(added.reasoning) } }

        /// Sets the count of a detail; false if it is none of a count.
        mutating func set(_ name: String, _ value: String) -> Bool {
            guard let place = Self.places[name] else { return false }
            guard let count = Int(value), count >= 0 else { return true }
            self[keyPath: place.count] = count
            if let added = place.added { self[keyPath: added] = count }
            return true
        }

        private struct Place: @unchecked Sendable {
            var count: WritableKeyPath<Usage, Int?>
            var added: WritableKeyPath<Usage, Int>?
        }

        private static let places: [String: Place] = [
            Field.totalTokens.rawValue: Place(count: \.total),
            Field.cachedTokens.rawValue: Place(count: \.cached),
            Field.addedCachedTokens.rawValue: Place(count: \.cached, added: \.added.cached),
            Field.cacheWriteTokens.rawValue: Place(count: \.cacheWrite),
            Field.addedCacheWriteTokens.rawValue: Place(count: \.cacheWrite, added: \.added.cacheWrite),
            Field.reasoningTokens.rawValue: Place(count: \.reasoning),
            Field.addedReasoningTokens.rawValue: Place(count: \.reasoning, added: \.added.reasoning),
            Field.toolTokens.rawValue: Place(count: \.tool),
            Field.addedToolTokens.rawValue: Place(count: \.tool, added: \.added.tool),
            Field.audioInputTokens.rawValue: Place(count: \.audioInput),
            Field.audioOutputTokens.rawValue: Place(count: \.audioOutput),
        ]

        /// Takes over the counts of a usage delta.
        mutating func take(input: Int?, output: Int?, isWhole: Bool) {
            self.input = input ?? (isWhole ? nil : self.input)
            self.output = output ?? (isWhole ? nil : self.output)
        }
    }
}

extension Int {
    /// A sum of counts that a stream tells, which may be anything.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
