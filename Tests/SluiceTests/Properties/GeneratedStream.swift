import Sluice

@testable import SluiceTestSupport

// A stream made up by a seed: the events that it is made of, what each says, and how it is cut.

struct GeneratedStream: Sendable {
    /// One event with its framing.
    struct Event: Sendable {
        var acts: [StreamAct]
        var bytes: [UInt8]
        /// Acts that may be shortened, and how the event is written again with others, or plainly.
        var said: [StreamAct] = []
        var rewrite: (@Sendable (_ said: [StreamAct], _ isPlain: Bool) -> Event?)?
        var isPlain = false
        /// It is a keep-alive or a terminal payload: nothing that a stream could be made of.
        var isIdle = false
    }

    var seed: UInt64
    var format: WireFormat
    /// What the stream begins and ends with, beside its events.
    var head: [UInt8] = []
    var events: [Event] = []
    var tail: [UInt8] = []
    /// Where it is cut into chunks.
    var cuts: [Int] = []
    var feeding = Feeding.borrowed
    /// Bytes were changed one by one: what the generator meant is not what the stream says any more.
    var isEdited = false

    var bytes: [UInt8] { head + events.flatMap(\.bytes) + tail }
    var chunks: Chunks {
        let bytes = self.bytes
        return Chunks(bytes, at: cuts.filter { $0 <= bytes.count })
    }
    var meaning: StreamMeaning { StreamMeaning(self) }

    /// Server-Sent Events end with a blank line.
    var endsInsideEvent: Bool {
        format.framing == .sse && ![nil, 0x0A, 0x0D].contains(events.last?.bytes.last)
    }

    /// What a stream without events has says nothing.
    var isSilentWithoutEvents: Bool {
        switch format.framing {
        case .sse: bytes.isEmpty || head.contains(UInt8(ascii: ":"))
        case .jsonArray: bytes.isEmpty || head.contains(UInt8(ascii: "[")) && tail.contains(UInt8(ascii: "]"))
        case .ndjson, .awsEventStream: bytes.isEmpty
        }
    }
}

/// What a stream may have in it.
struct GeneratorOptions: Sendable {
    /// Escapes that JSON does not know, which are no error where nobody asks for the text.
    var hasBadEscapes = true
    /// Events that cannot be read, errors, ends in the middle.
    var hasFaults = true
}

struct StreamGenerator {
    let dialect: Dialect
    let options: GeneratorOptions
    var random: SeededGenerator
    private var writer: EventWriter

    static func stream(_ dialect: Dialect, seed: UInt64, _ options: GeneratorOptions = GeneratorOptions())
        -> GeneratedStream
    {
        var generator = StreamGenerator(dialect, seed: seed, options)
        return generator.stream(seed)
    }

    private init(_ dialect: Dialect, seed: UInt64, _ options: GeneratorOptions) {
        self.dialect = dialect
        self.options = options
        random = SeededGenerator(seed: seed)
        let framing = random.pick(dialect.framings)
        writer = EventWriter(dialect, framing, hasBadEscapes: options.hasBadEscapes, &random)
    }

    private mutating func stream(_ seed: UInt64) -> GeneratedStream {
        var format = dialect.format
        format.framing = writer.framing
        var stream = GeneratedStream(seed: seed, format: format)
        stream.head = writer.head(&random)
        stream.tail = writer.tail(&random)
        var acts = self.acts()
        while !acts.isEmpty {
            // Several acts in one event, where they fit into one document.
            let count = random.oneIn(4) ? min(acts.count, Int.random(in: 2...3, using: &random)) : 1
            stream.events += events(Array(acts.prefix(count)))
            acts.removeFirst(count)
        }
        if options.hasFaults { endEarly(&stream) }
        let bytes = stream.bytes
        stream.feeding = random.pick(Feeding.allCases)
        if !random.oneIn(3) { stream.cuts = random.cuts(of: bytes, most: 8).cuts }
        return stream
    }

    /// The acts in one event, or where they do not go together in one each.
    private mutating func events(_ acts: [StreamAct]) -> [GeneratedStream.Event] {
        let seed = random.next()
        if let event = writer.event(acts, seed) { return [event] }
        return acts.count == 1 ? [] : acts.flatMap { events([$0]) }
    }

    /// Now and then the last blank line is missing, or the end is in the middle of a document.
    private mutating func endEarly(_ stream: inout GeneratedStream) {
        let framing = stream.format.framing
        guard let last = stream.events.last, random.oneIn(4), framing != .awsEventStream else { return }
        var cut = last
        cut.rewrite = nil
        if framing != .jsonArray && random.oneIn(2) {
            // An end without the line ends.
            while let byte = cut.bytes.last, byte == 0x0A || byte == 0x0D { cut.bytes.removeLast() }
            stream.events[stream.events.count - 1] = cut
        } else if writer.isDocument(last), let open = last.bytes.firstIndex(of: 0x7B),
            let close = last.bytes.lastIndex(of: 0x7D), open + 1 < close
        {
            cut.bytes = Array(last.bytes[..<Int.random(in: open + 1...close, using: &random)])
            cut.acts = [.bad]
            cut.isIdle = false
            stream.events[stream.events.count - 1] = cut
            stream.tail = []
        }
    }

    // MARK: Acts

    private func can(_ ability: Dialect.Abilities) -> Bool { dialect.abilities.contains(ability) }

    private mutating func units(_ most: Int) -> [UInt16] {
        let isText = dialect.format.payload == .text
        let units = PropertyText.units(&random, most: most, hasHalves: !isText)
        return isText ? units.filter { $0 != 0x0D } : units
    }

    private mutating func name() -> [UInt16] { random.oneIn(6) ? [] : units(6) }

    private mutating func acts() -> [StreamAct] {
        let numbers = can(.choices) ? random.pick([[0], [0], [0], [0, 1], [2, 0, 1], [3, 7, 16_383]]) : [0]
        var threads: [[StreamAct]] = []
        for number in numbers {
            threads += speech(number)
            if can(.toolCalls) { threads += (0..<random.pick([0, 0, 1, 2])).flatMap { calls(number, $0) } }
        }
        if can(.wholeCalls) && random.oneIn(2) { threads.append(wholeCalls(numbers)) }
        var acts = interleaved(threads)
        for number in numbers where can(.finish) && !random.oneIn(4) { acts.append(.finish(choice: number, reason())) }
        insert(&acts)
        if can(.terminal) && !random.oneIn(4) { acts.append(.terminal) }
        if can(.usage) && random.oneIn(4) { acts.append(usage()) }
        return acts
    }

    private mutating func reason() -> [UInt16] {
        guard dialect.reasons.isEmpty else { return Array(random.pick(dialect.reasons).utf16) }
        let isText = dialect.format.payload == .text
        return Array(random.pick(["stop", "length", "{}", "e\u{301}\"", isText ? "a" : "\r\\"]).utf16)
    }

    private mutating func speech(_ choice: Int) -> [[StreamAct]] {
        var threads: [[StreamAct]] = []
        for (ability, share) in [(Dialect.Abilities.text, 1), (.reasoning, 2), (.refusal, 4), (.toolPlan, 2)] {
            guard can(ability), random.oneIn(share) else { continue }
            let pieces = (0..<random.pick([1, 1, 2, 6])).flatMap { _ in
                let isText = dialect.format.payload == .text
                let text = units(random.pick([4, 12, 12, 80]))
                return isText ? [text] : PropertyText.pieces(of: text, &random, most: 3)
            }
            threads.append(
                pieces.map { units in
                    switch ability {
                    case .reasoning: .reasoning(choice: choice, units)
                    case .refusal: .refusal(choice: choice, units)
                    case .toolPlan: .toolPlan(units)
                    default: .text(choice: choice, Self.valid(units, dialect))
                    }
                })
        }
        return threads
    }

    /// Text that is not Unicode cannot stand in plain text, nor can half of what two pieces share.
    private static func valid(_ units: [UInt16], _ dialect: Dialect) -> [UInt16] {
        dialect.format.payload == .text ? Array(units.decoded.utf16) : units
    }

    /// A call, its arguments in pieces, and now and then another under the same number.
    private mutating func calls(_ choice: Int, _ tool: Int) -> [[StreamAct]] {
        var thread: [StreamAct] = []
        for round in 0..<(random.oneIn(6) ? 2 : 1) {
            let id = can(.ids) ? Array("call_\(tool)_\(round)".utf16) + name() : []
            let (callID, callName) = (random.oneIn(8) && round == 0 ? [] : id, name())
            // Without either, arguments come for a call that has not begun.
            if !callID.isEmpty || !callName.isEmpty {
                thread.append(.toolCall(choice: choice, tool: tool, id: callID, name: callName))
            }
            var arguments = random.oneIn(3) ? units(24) : Array(Self.arguments(&random, 2).canonical.utf16)
            // The other half must not come with the next call of that number.
            while let last = arguments.last, UTF16.isLeadSurrogate(last) { arguments.removeLast() }
            for piece in PropertyText.pieces(of: arguments, &random, most: 6) {
                thread.append(.toolArguments(choice: choice, tool: tool, piece))
            }
        }
        return [thread]
    }

    private mutating func wholeCalls(_ choices: [Int]) -> [StreamAct] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
            let id = can(.ids) && random.oneIn(2) ? name() : []
            var callName = name()
            if callName.isEmpty { callName = Array("f".utf16) }
            return .wholeCall(choice: random.pick(choices), id: id, name: callName, Self.arguments(&random, 3))
        }
    }

    /// An object such as tools are called with.
    static func arguments(_ random: inout SeededGenerator, _ depth: Int) -> JSONTree {
        var members: [JSONTree.Member] = []
        for name in ["q", "e\u{301}", "é", "", "a\"b", "\u{1}", "Z", "🙂"] where random.oneIn(4) {
            let value: JSONTree
            switch Int.random(in: 0..<6, using: &random) {
            case 0: value = .text(PropertyText.units(&random, most: 8, hasHalves: true))
            case 1:
                value = .plain(
                    random.pick(["0", "-0", "1e5", "1E+400", "12345678901234567890", "-1.50", "true", "null"]))
            case 2 where depth > 0: value = arguments(&random, depth - 1)
            case 3 where depth > 0: value = .array([arguments(&random, depth - 1), 1, "x"])
            default: value = "v"
            }
            members.append(.init(name: name, value: value))
        }
        return .object(members)
    }

    /// In any order but that of each thread.
    private mutating func interleaved(_ threads: [[StreamAct]]) -> [StreamAct] {
        var rest = threads.map { $0[...] }.filter { !$0.isEmpty }
        var acts: [StreamAct] = []
        while !rest.isEmpty {
            let number = Int.random(in: 0..<rest.count, using: &random)
            if let act = rest[number].popFirst() { acts.append(act) }
            if rest[number].isEmpty { rest.remove(at: number) }
        }
        return acts
    }

    private mutating func usage() -> StreamAct {
        func count(_ random: inout SeededGenerator) -> Int? {
            random.oneIn(4) ? nil : random.pick([0, 1, 7, 250, 99_999_999, Int.max])
        }
        let input = count(&random)
        return .usage(input: input, output: input == nil ? 7 : count(&random))
    }

    /// What may come anywhere.
    private mutating func insert(_ acts: inout [StreamAct]) {
        for _ in 0..<random.pick([0, 0, 1, 1, 3]) {
            let place = Int.random(in: 0...acts.count, using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0, 1, 2: if can(.usage) { acts.insert(usage(), at: place) }
            case 3, 4, 5, 6, 7: acts.insert(.silence, at: place)
            case 8, 9, 10: if options.hasFaults && dialect.format.payload == .json { acts.insert(.bad, at: place) }
            default: if options.hasFaults { acts.insert(fault(), at: place) }
            }
        }
    }

    private mutating func fault() -> StreamAct {
        if random.oneIn(3) && writer.framing == .sse { return .stray }
        let type = can(.errorTypes) ? random.pick(["", "overloaded", "429", "a\"\u{e9}"]) : ""
        let message = Self.valid(units(20), dialect)
        return .error(type: type, message.isEmpty ? Array("no room".utf16) : message)
    }
}
