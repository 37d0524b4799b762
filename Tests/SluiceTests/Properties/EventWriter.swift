import Foundation
import Sluice

@testable import SluiceTestSupport

// Acts to the bytes of one event: which document, how it is written, and how it is framed.

struct EventWriter: Sendable {
    let dialect: Dialect
    let framing: Framing
    private var style: JSONStyle
    private var lines: LineStyle
    /// Events of one kind are all made alike, as a server makes them: what is remembered of one helps with the next.
    private let isUniform: Bool
    private let hasBadEscapes: Bool
    private let seed: UInt64

    init(_ dialect: Dialect, _ framing: Framing, hasBadEscapes: Bool, _ random: inout SeededGenerator) {
        self.hasBadEscapes = hasBadEscapes
        self.dialect = dialect
        self.framing = framing
        style = JSONStyle.drawn(framing, &random)
        lines = LineStyle.drawn(framing, &random)
        isUniform = random.oneIn(2)
        seed = random.next()
    }

    private var format: WireFormat {
        var format = dialect.format
        format.framing = framing
        return format
    }

    func head(_ random: inout SeededGenerator) -> [UInt8] {
        let mark: [UInt8] = framing != .awsEventStream && random.oneIn(6) ? [0xEF, 0xBB, 0xBF] : []
        switch framing {
        // Of two marks the second is part of a name.
        case .sse: return random.oneIn(3) ? mark + mark + Array("x: y\n: c\n".utf8) : mark
        case .ndjson: return mark
        case .jsonArray: return mark + Array(random.pick(["[", "[", " [\r\n", "", "\n"]).utf8)
        case .awsEventStream: return []
        }
    }

    func tail(_ random: inout SeededGenerator) -> [UInt8] {
        framing == .jsonArray ? Array(random.pick(["]", "]\n", "\r\n]\r\n", ""]).utf8) : []
    }

    /// The event, as that seed has it; nil where the acts do not go together, or the format has no words for them.
    func event(_ acts: [StreamAct], _ seed: UInt64) -> GeneratedStream.Event? {
        let letters = SeededGenerator(seed: seed)
        let kind = UInt64(acts.reduce(0) { $0 &* 31 &+ $1.kind })
        var shape = SeededGenerator(seed: isUniform ? self.seed &+ kind : seed ^ 1)
        guard var rendering = rendering(acts, &shape) else { return nil }
        let payload = self.payload(&rendering, letters, &shape)
        var event = GeneratedStream.Event(acts: acts + rendering.also, bytes: [], said: acts)
        event.isIdle = isIdle(rendering)
        event.rewrite = { said, isPlain in
            var writer = self
            if isPlain { (writer.style, writer.lines) = (JSONStyle(), LineStyle()) }
            var event = writer.event(said, seed)
            event?.isPlain = isPlain
            return event
        }
        switch acts.first {
        case .stray? where acts.count == 1: event.bytes = lines.stray(&shape)
        case .bad? where acts.count == 1:
            guard let bytes = bad(&shape) else { return nil }
            event.bytes = bytes
        default: event.bytes = framed(payload, rendering, &shape)
        }
        return event
    }

    private func rendering(_ acts: [StreamAct], _ shape: inout SeededGenerator) -> Rendering? {
        var whole: Rendering?
        for act in acts {
            guard let one = one(act, &shape) else { return nil }
            guard let before = whole else {
                whole = one
                continue
            }
            guard !one.isAlone, !before.isAlone, one.event == before.event || before.event == nil || one.event == nil,
                case .document(let first) = before.content, case .document(let second) = one.content,
                let both = first.merged(with: second), both.canonical != first.canonical
            else { return nil }
            whole = Rendering(both, event: before.event ?? one.event, also: before.also + one.also)
        }
        // Two equal texts would be merged to one, and are meant as two.
        let texts = acts.compactMap(\.said)
        guard Set(texts).count == texts.count else { return nil }
        // Tokens and errors are told once an event.
        let isOnce = acts.count { $0.kind == 6 } < 2 && acts.count { $0.kind == 7 } < 2
        return isOnce ? whole : nil
    }

    /// Of formats of documents, what is no document is a keep-alive or a terminal payload, if it is no fault.
    private func isIdle(_ rendering: Rendering) -> Bool {
        switch rendering.content {
        case .document(let tree): Dialect.keepAlives.contains(tree.canonical)
        case .bytes(let bytes):
            dialect.format.payload == .json || bytes.isEmpty
                || dialect.format.terminalPayloads.contains { Array($0.utf8) == bytes }
        }
    }

    private func one(_ act: StreamAct, _ shape: inout SeededGenerator) -> Rendering? {
        switch act {
        case .silence: return dialect.render(act, &shape) ?? Dialect.silence(format, &shape)
        case .bad, .stray: return Rendering("")
        default: return dialect.render(act, &shape)
        }
    }

    /// The bytes of a payload; a document in base64 in its envelope.
    private func payload(_ rendering: inout Rendering, _ letters: SeededGenerator, _ shape: inout SeededGenerator)
        -> [UInt8]
    {
        guard case .document(let tree) = rendering.content else {
            if case .bytes(let bytes) = rendering.content { return bytes }
            return []
        }
        let bytes = write(tree, letters, &shape)
        guard rendering.event == "base64" else { return bytes }
        rendering.event = "chunk"
        var text = Data(bytes).base64EncodedString()
        if shape.oneIn(4) { text = text.replacing("=", with: "") }
        if shape.oneIn(4) { text = text.replacing("+", with: "-").replacing("/", with: "_") }
        return write(["bytes": .string(text), "p": "abc"], letters, &shape)
    }

    private func write(_ tree: JSONTree, _ letters: SeededGenerator, _ shape: inout SeededGenerator) -> [UInt8] {
        var writer = JSONWriter(style: style, shape: shape, letters: letters)
        writer.write(tree)
        shape = writer.shape
        return writer.bytes
    }

    private func framed(_ payload: [UInt8], _ rendering: Rendering, _ shape: inout SeededGenerator) -> [UInt8] {
        switch framing {
        case .sse: return lines.event(payload, type: rendering.event, &shape)
        case .ndjson: return lines.line(payload, &shape)
        case .jsonArray: return payload + shape.pick([",", ",\n", "\r\n,\r\n", " , ", "\n", ""]).utf8
        case .awsEventStream: return Self.message(payload, rendering.event, &shape).bytes
        }
    }

    // MARK: Amazon's messages

    /// Headers in any order, others of every type among them; an event `!x` is an exception of type `x`.
    private static func message(_ payload: [UInt8], _ event: String?, _ shape: inout SeededGenerator) -> AWSMessage {
        var headers: [[UInt8]] = []
        if let event, event.hasPrefix("!") {
            let isError = shape.oneIn(3)
            headers.append(AWSMessage.header(":message-type", isError ? "error" : "exception"))
            let type = String(event.dropFirst())
            if !type.isEmpty { headers.append(AWSMessage.header(isError ? ":error-code" : ":exception-type", type)) }
        } else {
            headers = [AWSMessage.header(":event-type", event ?? "chunk"), AWSMessage.header(":message-type", "event")]
        }
        if shape.oneIn(2) { headers.append(AWSMessage.header(":content-type", "application/json")) }
        for (type, size) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16)] where shape.oneIn(12) {
            headers.append([1, 0x78, UInt8(type)] + shape.bytes(size))
        }
        if shape.oneIn(12) { headers.append([1, 0x79, 6, 0, 3, 1, 2, 3]) }
        if shape.oneIn(2) { headers.shuffle(using: &shape) }
        var message = AWSMessage(payload: "")
        message.headers = headers.flatMap { $0 }
        message.payload = payload
        return message
    }

    // MARK: What cannot be read

    /// Whether the event has an object that must be whole to be read, and is no error by its type, whose data is
    /// handed on as it is.
    func isDocument(_ event: GeneratedStream.Event) -> Bool {
        if dialect.format.payload == .text || event.said.contains(where: { $0.kind > 6 }) { return false }
        return event.bytes.contains(0x7B) && event.bytes.contains(0x7D)
    }

    /// Members that make of an object none.
    private static let broken =
        [
            "\"x\":01,", "\"x\":-,", "\"x\":1e,", "\"x\":.5,", "\"x\":+1,", "\"x\":1.,", "\"x\":00,", "\"x\":-01,",
            "\"x\":nul,",
            "\"x\":True,", "\"x\":[1,],", "\"x\":[,],", "\"x\":{,},", "\"x\" 1,", "\"x\":,", ",", "x:1,", "'x':1,",
            "\"x\":1 2,",
            "\"x\":\"\u{1}\",", "\"x\":\"\t\",", "\"x\":\"\u{0}\",", "\"x\":NaN,", "\"x\":\"y\"z,", "\"x\":0x1,",
            "1:1,", "[1],",
        ].map { Array($0.utf8) } + [
            [0x22, 0x78, 0xFF, 0x22, 0x3A, 0x31, 0x2C], Array("\"x\":\"".utf8) + [0xC3, 0x22, 0x2C],
            Array("\"x\":\"".utf8) + [0xED, 0xA0, 0x80, 0x22, 0x2C],
            Array("\"x\":\"".utf8) + [0xF4, 0x90, 0x80, 0x80, 0x22, 0x2C],
        ]

    /// Payloads that are no objects, where lines or messages say where they end.
    private static let strangers = [
        "[{}]", "12", "\"x\"", "nul", "true", "<html>", "{", "}", "{]", "{}{}", "{} x", "{\"a\":1", "[DONE",
        "{\"a\":{}", "{}\u{FEFF}",
    ].map { Array($0.utf8) }

    private static let badDocuments = [
        "{\"bytes\":\"eyJ0eXBl*A==\"}", "{\"bytes\":\"e\"}", "{\"bytes\":\"ew==\"}", "{\"bytes\":\"\"}",
        "{\"bytes\":7}",
    ].map { Array($0.utf8) }

    private static let mark = Array("the mark".utf16)
    private static let badEscapes = ["\\q", "\\u12", "\\u12g4", "\\x41", "\\'", "\\u", "\\U0041", "\\ud83d\\u"]

    /// An event of a good document that was broken. What it says must leave no trace.
    private func bad(_ shape: inout SeededGenerator) -> [UInt8]? {
        let acts: [StreamAct] = [
            .text(choice: 0, Array("lost".utf16)), .wholeCall(choice: 0, id: [], name: [0x66], [:]), .terminal,
            .finish(choice: 0, Array("lost".utf16)), .usage(input: 5, output: 5),
        ]
        let rendering = dialect.render(shape.pick(acts), &shape) ?? Rendering([:])
        guard case .document(let tree) = rendering.content else { return nil }
        if hasBadEscapes && shape.oneIn(3), let text = dialect.render(.text(choice: 0, Self.mark), &shape),
            case .document(let tree) = text.content
        {
            let broken = tree.replacing(Self.mark, by: .plain("\"a\(shape.pick(Self.badEscapes))\""))
            // Base64 has no escapes.
            if broken.canonical != tree.canonical {
                return framed(write(broken, shape, &shape), text.unnamed, &shape)
            }
        }
        var payload: [UInt8] = write(tree, shape, &shape)
        let isNested = dialect.format.rules.contains { $0.field == .document }
        if isNested && shape.oneIn(4) {
            payload = shape.pick(Self.badDocuments)
        } else if framing != .jsonArray && shape.oneIn(4) {
            payload = shape.pick(Self.strangers)
        } else if let open = payload.firstIndex(of: 0x7B) {
            payload.insert(contentsOf: shape.pick(Self.broken), at: open + 1)
        }
        if framing == .awsEventStream && shape.oneIn(2) {
            // A bit of the message behind its prelude, or of the prelude: then the next good message is looked for.
            var message = Self.message(payload, "chunk", &shape).bytes
            let isPrelude = shape.oneIn(2)
            let place = Int.random(in: isPrelude ? 0..<12 : 12..<message.count, using: &shape)
            message[place] ^= 1 << UInt8.random(in: 0..<8, using: &shape)
            return message + (isPrelude ? Self.message(Array("{}".utf8), "chunk", &shape).bytes : [])
        }
        return framed(payload, rendering.unnamed, &shape)
    }
}

extension Rendering {
    /// Under no type that means anything.
    fileprivate var unnamed: Rendering {
        var copy = self
        if event != nil { copy.event = "x" }
        return copy
    }
}

extension StreamAct {
    /// A number for each kind: of what has one shape.
    /// The kind, choice and text of a text.
    fileprivate var said: [Int]? {
        switch self {
        case .text(let choice, let units), .reasoning(let choice, let units), .refusal(let choice, let units):
            [kind, choice] + units.map(Int.init)
        case .toolPlan(let units): [kind, -1] + units.map(Int.init)
        default: nil
        }
    }

    var kind: Int {
        switch self {
        case .text: 0
        case .reasoning: 1
        case .toolPlan, .refusal: 2
        case .toolCall, .wholeCall: 3
        case .toolArguments: 4
        case .finish: 5
        case .usage: 6
        case .error: 7
        case .terminal: 8
        case .silence: 9
        case .bad: 10
        case .stray: 11
        case .whole: 12
        case .unread: 13
        }
    }
}
