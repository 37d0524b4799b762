import Testing

@testable import Sluice
@testable import SluiceTestSupport

// "Pieces and whole values" in docs/READING.md: what came in pieces, as a whole, or both, is emitted once.

@Suite("whole values")
struct WholeValueTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var title: String
        var format: WireFormat
        var events: [String]
        /// The deltas of the kind, in order.
        var texts: [String]
        var kind: DeltaKind
        var testDescription: String { "\(format.name): \(kind), \(title)" }
    }

    /// One kind of value in Responses: its pieces, and from the smallest to the largest what repeats it.
    private struct Repeated {
        var kind: DeltaKind
        var start: [String] = []
        var pieces: [String]
        var wholes: [String]
    }

    private static func item(_ item: String) -> [String] {
        [
            #"{"type":"response.output_item.done","output_index":0,"item":\#(item)}"#,
            #"{"type":"response.completed","response":{"object":"response","status":"completed","output":[\#(item)]}}"#,
        ]
    }

    private static func content(
        _ kind: DeltaKind, _ event: String, key: String = "text", part: String?, item: String
    ) -> Repeated {
        let place = #""output_index":0,"content_index":0"#
        let pieces = ["on", "ce"].map { #"{"type":"response.\#(event).delta",\#(place),"delta":"\#($0)"}"# }
        var wholes = [#"{"type":"response.\#(event).done",\#(place),"\#(key)":"once"}"#]
        if let part {
            wholes.append(
                #"{"type":"response.content_part.done",\#(place),"part":{"type":"\#(part)","\#(key)":"once"}}"#)
        }
        return Repeated(kind: kind, pieces: pieces, wholes: wholes + Self.item(item))
    }

    private static func arguments(_ type: String, _ event: String, _ key: String) -> Repeated {
        func call(_ value: String) -> String {
            #"{"type":"\#(type)","id":"i","call_id":"c","name":"f","\#(key)":"\#(value)"}"#
        }
        let added = #"{"type":"response.output_item.added","output_index":0,"item":\#(call(""))}"#
        let done = #"{"type":"response.\#(event).done","output_index":0,"item_id":"i","\#(key)":"once"}"#
        return Repeated(
            kind: .toolArguments, start: [added],
            pieces: ["on", "ce"].map {
                #"{"type":"response.\#(event).delta","output_index":0,"item_id":"i","delta":"\#($0)"}"#
            },
            wholes: [done]
                + item(call("once")))
    }

    private static let responses = [
        content(
            .text, "output_text", part: "output_text",
            item: #"{"type":"message","content":[{"type":"output_text","text":"once"}]}"#),
        content(
            .refusal, "refusal", key: "refusal", part: "refusal",
            item: #"{"type":"message","content":[{"type":"refusal","refusal":"once"}]}"#),
        content(
            .reasoning, "reasoning_text", part: "reasoning_text",
            item: #"{"type":"reasoning","content":[{"type":"reasoning_text","text":"once"}]}"#),
        content(
            .reasoning, "reasoning_summary_text", part: nil,
            item: #"{"type":"reasoning","summary":[{"type":"summary_text","text":"once"}]}"#),
        arguments("function_call", "function_call_arguments", "arguments"),
        arguments("custom_tool_call", "custom_tool_call_input", "input"),
        arguments("mcp_call", "mcp_call_arguments", "arguments"),
        arguments("code_interpreter_call", "code_interpreter_call_code", "code"),
    ]

    /// Pieces only, each whole alone, pieces with each whole, and all together.
    private static func cases(_ value: Repeated) -> [Case] {
        func one(_ title: String, _ events: [String], _ texts: [String]) -> Case {
            Case(title: title, format: .openAIResponses, events: value.start + events, texts: texts, kind: value.kind)
        }
        var all = [
            one("pieces", value.pieces, ["on", "ce"]),
            one("pieces and every whole", value.pieces + value.wholes, ["on", "ce"]),
            one("every whole", value.wholes, ["once"]),
        ]
        for (level, whole) in value.wholes.enumerated() {
            all.append(one("the whole of level \(level)", [whole], ["once"]))
            all.append(one("pieces, and the whole of level \(level)", value.pieces + [whole], ["on", "ce"]))
            all.append(one("one piece, and the whole of level \(level)", [value.pieces[0], whole], ["on"]))
            all.append(one("the wholes from level \(level)", Array(value.wholes[level...]), ["once"]))
        }
        return all
    }

    private static func again(_ kind: DeltaKind, _ first: [String], _ second: [String], _ texts: [String]) -> Case {
        Case(title: "two, the second whole", format: .openAIResponses, events: first + second, texts: texts, kind: kind)
    }

    /// After a whole value, the next one has pieces of its own.
    private static let seconds: [Case] = responses.prefix(4).flatMap { value in
        value.wholes.dropLast().map { whole in
            again(value.kind, value.pieces + [whole], [whole], ["on", "ce", "once"])
        }
    }

    private static func anthropic(_ title: String, _ kind: DeltaKind, _ events: [String], _ texts: [String]) -> Case {
        Case(title: title, format: .anthropicMessages, events: events, texts: texts, kind: kind)
    }

    private static func start(_ block: String) -> String {
        #"{"type":"content_block_start","index":0,"content_block":\#(block)}"#
    }
    private static func delta(_ delta: String) -> String {
        #"{"type":"content_block_delta","index":0,"delta":\#(delta)}"#
    }
    private static func tool(_ input: String, _ type: String = "tool_use") -> String {
        start(#"{"type":"\#(type)","id":"i","name":"f","input":\#(input)}"#)
    }
    private static func piece(_ text: String) -> String {
        delta(#"{"type":"input_json_delta","partial_json":"\#(text)"}"#)
    }
    private static let stop = #"{"type":"content_block_stop","index":0}"#
    private static let ends = [
        #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#, #"{"type":"message_stop"}"#,
    ]
    private static func message(_ block: String) -> String {
        #"{"type":"message_start","message":{"type":"message","role":"assistant","content":[\#(block)]}}"#
    }

    private static let blocks = [
        anthropic("text at the start", .text, [start(#"{"type":"text","text":"once"}"#), stop], ["once"]),
        anthropic(
            "text at the start and pieces", .text,
            [start(#"{"type":"text","text":"on"}"#), delta(#"{"type":"text_delta","text":"ce"}"#), stop], ["on", "ce"]),
        anthropic("thinking at the start", .reasoning, [start(#"{"type":"thinking","thinking":"once"}"#)], ["once"]),
        anthropic("text of the message", .text, [message(#"{"type":"text","text":"once"}"#)] + ends, ["once"]),
        anthropic(
            "thinking of the message", .reasoning, [message(#"{"type":"thinking","thinking":"once"}"#)] + ends, ["once"]
        ),
        anthropic(
            "a call of the message", .toolArguments,
            [message(#"{"type":"tool_use","id":"i","name":"f","input":{"q":1}}"#)] + ends, [#"{"q":1}"#]),
        anthropic("input at the start", .toolArguments, [tool(#"{"q":1}"#), stop] + ends, [#"{"q":1}"#]),
        anthropic("input at the start, no stop", .toolArguments, [tool(#"{"q":1}"#)] + ends, [#"{"q":1}"#]),
        anthropic("no input", .toolArguments, [tool("{}"), stop] + ends, ["{}"]),
        anthropic("an empty piece", .toolArguments, [tool("{}"), piece(""), stop] + ends, ["{}"]),
        anthropic("null input", .toolArguments, [tool("null"), stop] + ends, ["{}"]),
        anthropic("no input of the server's call", .toolArguments, [tool("{}", "server_tool_use"), stop] + ends, []),
        anthropic(
            "input of the server's call", .toolArguments, [tool(#"{"q":1}"#, "server_tool_use"), stop] + ends,
            [#"{"q":1}"#]),
        anthropic("pieces", .toolArguments, [tool("{}"), piece("{"), piece("}"), stop] + ends, ["{", "}"]),
        anthropic(
            "pieces and input", .toolArguments, [tool(#"{"q":1}"#), piece(#"{\"q\":1}"#), stop] + ends, [#"{"q":1}"#]),
        anthropic("input of a cut call", .toolArguments, [tool(#"{"q":1}"#)], []),
    ]

    @Test("each is emitted once", arguments: responses.flatMap { cases($0) } + seconds + blocks)
    func once(_ wanted: Case) {
        var engine = Engine()
        let bytes = Array(wanted.events.map { "data: \($0)\n\n" }.joined().utf8)
        for chunks in [Chunks(whole: bytes), Chunks(bytes, of: 1), Chunks(bytes, of: 7)] {
            for feeding in [Feeding.borrowed, .ring] {
                let log = DeltaRun(format: wanted.format, feeding: feeding).log(chunks, &engine)
                let texts = log.deltas.filter { $0.kind == wanted.kind }.map(\.text)
                #expect(texts == wanted.texts, "\(feeding), \(chunks)")
                #expect(log.failure == nil && log.end?.malformedEvents == 0 && log.end?.unreadEvents == 0)
            }
        }
    }
}
