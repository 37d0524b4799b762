extension Accumulator {
    /// One thing that a stream says beside text, calls and errors: see ``Field/details``.
    public struct Detail: Sendable, Hashable {
        /// The field's name, such as `signature`.
        public var name: String
        /// The value: text, or JSON as it was sent.
        public var value: String
        /// The value is JSON rather than text.
        public var isJSON: Bool
    }

    /// A part of a choice that came in one piece: a run of text, reasoning or refusal, or a tool call.
    ///
    /// Blocks are in order of arrival. A block ends where another number or another kind begins. The texts of all blocks of one
    /// kind, joined, are that text of the choice.
    public struct Block: Sendable, Hashable {
        /// What a block consists of.
        public enum Kind: Sendable, Hashable {
            /// A piece of ``Choice/text``.
            case text
            /// A piece of ``Choice/reasoning``.
            case reasoning
            /// A piece of ``Choice/toolPlan``.
            case toolPlan
            /// A piece of ``Choice/refusal``.
            case refusal
            /// The call at this position of ``Choice/toolCalls``.
            case toolCall(Int)
            /// Nothing but details, such as encrypted reasoning or the result of a tool.
            case other
        }

        /// What the block consists of.
        public internal(set) var kind: Kind
        /// The number that the stream gives it; nil if it gives none, or ``DeltaKind/detail`` was not selected.
        public internal(set) var number: Int?
        /// The provider's name for its type; nil as for ``number``.
        public internal(set) var type: String?
        /// Its bytes in the choice's text of this kind, counted from that text's beginning; empty for calls and other blocks.
        public internal(set) var range = 0..<0
        /// What is said of this block: signatures, citations, results of tools.
        public internal(set) var details: [Detail] = []
    }

    /// The most blocks of an answer. What comes later joins the last one: nothing is lost but where it begins.
    static var mostBlocks: Int { 65_536 }
}

extension Accumulator.Choice {
    /// The text of a block; nil for calls and other blocks, and if the text was spilled to a sink.
    public func text(of block: Accumulator.Block) -> String? {
        let bytes: [UInt8]
        let end: Int
        switch block.kind {
        case .text: (bytes, end) = (textBytes, ends.text)
        case .reasoning: (bytes, end) = (reasoningBytes, ends.reasoning)
        case .toolPlan: (bytes, end) = (toolPlanBytes, ends.toolPlan)
        case .refusal: (bytes, end) = (refusalBytes, ends.refusal)
        case .toolCall, .other: return nil
        }
        guard end == bytes.count, block.range.upperBound <= end else { return nil }
        return String(decoding: bytes[block.range], as: UTF8.self)
    }

    /// Positions in `toolCalls` and in `storedBlocks`.
    struct Numbered: Sendable, Hashable {
        var call: Int?
        var block: Int?
    }

    /// The number of bytes of each text, spilled ones included.
    struct Ends: Sendable, Hashable {
        var text = 0
        var reasoning = 0
        var toolPlan = 0
        var refusal = 0

        var total: Int { text + reasoning + toolPlan + refusal }

        subscript(_ kind: Accumulator.Block.Kind) -> Int {
            get {
                switch kind {
                case .text: text
                case .reasoning: reasoning
                case .toolPlan: toolPlan
                case .refusal: refusal
                case .toolCall, .other: 0
                }
            }
            set {
                switch kind {
                case .text: text = newValue
                case .reasoning: reasoning = newValue
                case .toolPlan: toolPlan = newValue
                case .refusal: refusal = newValue
                case .toolCall, .other: break
                }
            }
        }
    }

    /// The block of a choice that is one text and nothing else. It takes no memory until another block begins.
    var onlyText: Accumulator.Block? {
        let kinds: [Accumulator.Block.Kind] = [.text, .reasoning, .toolPlan, .refusal]
        return kinds.first { ends[$0] > 0 }.map { Accumulator.Block(kind: $0, number: nil, range: 0..<ends[$0]) }
    }

    private mutating func storeOnlyText() {
        if storedBlocks.isEmpty, let block = onlyText { storedBlocks.append(block) }
    }

    /// Notes `count` more bytes of a text. Returns whether a block has begun.
    mutating func extend(_ field: Accumulator.Part.Field, _ number: Int?, by count: Int, mayBegin: Bool) -> Bool {
        let kind: Accumulator.Block.Kind
        switch field {
        case .text: kind = .text
        case .reasoning: kind = .reasoning
        case .toolPlan: kind = .toolPlan
        case .refusal: kind = .refusal
        case .arguments: return false
        }
        let start = ends[kind]
        if storedBlocks.isEmpty {
            if number == nil && ends.total == start {
                ends[kind] = start + count
                return start == 0
            }
            storeOnlyText()
        }
        ends[kind] = start + count
        if let last = storedBlocks.indices.last, storedBlocks[last].number == number || !mayBegin {
            if storedBlocks[last].kind == kind {
                storedBlocks[last].range = storedBlocks[last].range.lowerBound..<start + count
                return false
            }
            if storedBlocks[last].kind == .other && number != nil {
                storedBlocks[last].kind = kind
                storedBlocks[last].range = start..<start + count
                return false
            }
        }
        return begin(Accumulator.Block(kind: kind, number: number, range: start..<start + count), mayBegin: mayBegin)
    }

    /// Notes that the last call begins.
    mutating func extend(toCall position: Int, _ number: Int?, mayBegin: Bool) -> Bool {
        storeOnlyText()
        if let last = storedBlocks.indices.last, storedBlocks[last].kind == .other, storedBlocks[last].number == number
        {
            storedBlocks[last].kind = .toolCall(position)
            return false
        }
        return begin(Accumulator.Block(kind: .toolCall(position), number: number), mayBegin: mayBegin)
    }

    /// Adds a detail of the block with this number, or of the last one.
    mutating func add(_ detail: Accumulator.Detail, _ number: Int?, mayBegin: Bool) -> Bool {
        storeOnlyText()
        let begins = detail.name == Field.block.rawValue
        var place = number == nil ? storedBlocks.indices.last : numbered[number ?? 0]?.block
        var hasBegun = false
        if place == nil || begins && number == nil {
            hasBegun = begin(Accumulator.Block(kind: .other, number: number), mayBegin: mayBegin)
            place = storedBlocks.indices.last
        }
        guard let place else { return hasBegun }
        if begins && storedBlocks[place].type == nil {
            storedBlocks[place].type = detail.value
        } else {
            storedBlocks[place].details.append(detail)
        }
        return hasBegun
    }

    private mutating func begin(_ block: Accumulator.Block, mayBegin: Bool) -> Bool {
        // The first of a choice begins in any case, so that nothing is without one.
        guard mayBegin || storedBlocks.isEmpty else { return false }
        if let number = block.number { numbered[number, default: Numbered()].block = storedBlocks.count }
        storedBlocks.append(block)
        return true
    }
}
