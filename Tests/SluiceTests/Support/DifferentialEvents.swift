import Sluice

// Events that recordings rarely have: keep-alives, events that no rule reads, errors in every form, calls of every identity,
// whole values and held arguments. The random streams of the differential test have some of them among their own events.

enum DifferentialEvents {
    /// An event of any kind that fits the format, framed as its events are.
    static func drawn(_ format: WireFormat, _ generator: inout SeededGenerator) -> [UInt8] {
        let own = named[format.name] ?? []
        let payload = generator.pick(generator.oneIn(2) && !own.isEmpty ? own : any)
        let type = generator.oneIn(3) ? generator.pick(types) : nil
        guard format.framing == .sse else { return Array((payload + "\n").utf8) }
        return Array(((type.map { "event: \($0)\n" } ?? "") + "data: \(payload)\n\n").utf8)
    }

    private static let types = [
        "ping", "heartbeat", "keep-alive", "connected", "error", "message", "news", "output", "done", "caf\u{E9}",
    ]

    private static let any = keepAlives + unread + errors

    private static let keepAlives = [
        "", " ", "null", #""""#, "{}", " [] ", "0", "ping", "[PING]", ": keepalive", "[DONE]", " [DONE] ", "{ }",
        #"{"type":"ping"}"#, #"{"type":"heartbeat","x":1}"#, #"{"type":"keep_alive","text":"t"}"#,
        #"{"type":"Ping"}"#, #"{"type":"pin\u0067"}"#, #"{"type":7}"#,
    ]

    private static let unread = [
        #"{"type":"news","of":"today"}"#, #"{"event_type":"news","of":1}"#, #"{"object":"thing","of":true}"#,
        #"{"type":"","object":"thing","of":[1]}"#, #"{"a":1,"b":{"c":["d"]},"a":2}"#, #"{"k\u0065y":false}"#,
        #"{"type":"tab\tand \#u{E9}","of":1}"#, #"{"type":"\q","of":1}"#,
        #"{"type":"a kind whose name is longer than the sixty-four bytes that are shown","of":1}"#,
        #"{"id":"1","model":"m","created":2,"usage":{"x":3},"choices":[]}"#,
        #"{"id":"1","rest":[null,"",{"role":"assistant","more":{}}]}"#, #"{"x":0}"#, #"{"type":"message_start"}"#,
    ]

    private static let errors = [
        #"{"error":"no"}"#, #"{"error":""}"#, #"{"error":{}}"#, #"{"error":[]}"#, #"{"error":false}"#,
        #"{"error":0.0}"#,
        #"{"error":true,"message":"no"}"#, #"{"error":500,"status":503}"#, #"{"error":[{"msg":"no","code":7}]}"#,
        #"{"error":{"message":"no","type":"t","code":"c","param":"p"},"request_id":"r"}"#,
        #"{"error":{"code":429,"retryDelay":"39.5s","a":{}},"trace_id":8}"#, #"{"error":{"message":""}}"#,
        #"{"type":"error","error":{"message":"a\nb"},"retry_after":1.5}"#, #"{"error":{"message":"\q"}}"#,
        #"{"errors":[{"detail":"no"}]}"#, #"{"errors":["no","nor"]}"#, #"{"errors":{"a":1}}"#, #"{"detail":"no"}"#,
        #"{"detail":[{"loc":["body","tools",0],"msg":"no","type":"missing"}]}"#, #"{"detail":{"a":1}}"#,
        #"{"error_message":"no","error_code":5}"#, #"{"errorText":"no"}"#, #"{"error_description":""}"#,
        #"{"errorCode":"E1"}"#, #"{"error_type":"t","reason":"no"}"#, #"{"message":"no","code":17}"#,
        #"{"message":"yes","code":200}"#, #"{"msg":"no","status":400}"#, #"{"msg":"yes","status":399}"#,
        #"{"message":"no","__type":"Throttled"}"#, #"{"message":"only"}"#, #"{"object":"error","message":"no"}"#,
        #"{"type":"error"}"#, #"{"success":false,"message":"no","requestId":"r"}"#, #"{"success":true}"#,
        #"{"base_resp":{"status_code":1004,"status_msg":"no"}}"#, #"{"base_resp":{"status_code":0}}"#,
        #"{"title":"no","status":404}"#, #"{"title":"yes","status":"ok"}"#,
    ]

    private static func chat(_ call: String, _ more: String = "") -> String {
        #"{"choices":[{"index":0,"delta":{"tool_calls":[\#(call)]}\#(more)}]}"#
    }

    private static func gemini(_ call: String, _ more: String = "") -> String {
        #"{"candidates":[{"content":{"parts":[{"functionCall":\#(call)}]}\#(more)}]}"#
    }

    private static func partial(_ values: String) -> String { #"{"partialArgs":[\#(values)],"willContinue":true}"# }

    /// Events of calls, and of what ends them.
    private static let named: [String: [String]] = [
        "openai-chat": [
            chat(#"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#),
            chat(#"{"index":0,"id":"b","function":{"name":"f"}}"#),
            chat(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#),
            chat(#"{"index":0,"function":{"name":"_g"}}"#), chat(#"{"index":0,"function":{"name":"f_g"}}"#),
            chat(#"{"index":0,"function":{"arguments":"1"}}"#), chat(#"{"index":0,"id":"c"}"#),
            chat(#"{"id":"b","function":{"arguments":"2"}}"#), chat(#"{"index":-1,"id":"a"}"#),
            chat(#"{"index":1,"function":{"name":"h"}}"#), chat(#"{"index":2,"id":"a"},{"id":"a"}"#),
            chat(#"{"index":"1","id":"","function":{"name":""}}"#),
            chat(#"{"index":1,"id":"d","function":{"name":"h"}}"#, #","finish_reason":"tool_calls""#),
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":""}]}"#,
            #"{"choices":[{"index":1,"finish_reason":"stop","delta":{"tool_calls":[{"id":"e"}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"t"}}],"error":""}"#,
            #"{"choices":[{"index":0,"delta":{"content":""}}]}"#, #"{"choices":[],"error":{"message":"no"}}"#,
        ],
        "openai-responses": [
            #"{"type":"response.output_item.added","output_index":1,"item":"#
                + #"{"type":"function_call","call_id":"a","name":"f","arguments":""}}"#,
            #"{"type":"response.function_call_arguments.delta","output_index":1,"delta":"{"}"#,
            #"{"type":"response.function_call_arguments.done","output_index":1,"arguments":"{}"}"#,
            #"{"type":"response.output_item.done","output_index":1,"item":"#
                + #"{"type":"function_call","call_id":"a","name":"f","arguments":"{\"b\":1}"}}"#,
            #"{"type":"response.output_item.added","output_index":2,"item":"#
                + #"{"type":"custom_tool_call","call_id":"c","name":"g","input":""}}"#,
            #"{"type":"response.output_item.added","output_index":3,"item":{"type":"web_search_call","id":"w"}}"#,
            #"{"type":"response.output_text.delta","output_index":0,"delta":"t"}"#,
            #"{"type":"response.output_text.done","output_index":0,"text":"t"}"#,
            #"{"type":"response.content_part.done","part":{"type":"output_text","text":"t"}}"#,
            #"{"type":"response.output_item.done","output_index":0,"item":"#
                + #"{"type":"message","content":[{"type":"output_text","text":"t"}]}}"#,
            #"{"type":"response.completed","response":{"status":"completed","output":[{"type":"message","#
                + #""content":[{"type":"output_text","text":"t"}]}]}}"#,
            #"{"type":"response.in_progress","response":{"status":"in_progress"}}"#,
        ],
        "anthropic-messages": [
            #"{"type":"content_block_start","index":1,"content_block":"#
                + #"{"type":"tool_use","id":"a","name":"f","input":{}}}"#,
            #"{"type":"content_block_start","index":1,"content_block":"#
                + #"{"type":"tool_use","id":"b","name":"f","input":{"c":[1]}}}"#,
            #"{"type":"content_block_start","index":2,"content_block":"#
                + #"{"type":"server_tool_use","id":"d","name":"web_search","input":{}}}"#,
            #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
            #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}"#,
            #"{"type":"content_block_stop","index":1}"#, #"{"type":"content_block_stop","index":2}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#, #"{"type":"message_stop"}"#,
        ],
        "cohere-v2": [
            #"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":"#
                + #"{"id":"a","function":{"name":"f","arguments":""}}}}}"#,
            #"{"type":"tool-call-end","index":0}"#,
            #"{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"#,
        ],
        "gemini-generate": [
            #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}},"#
                + #"{"functionCall":{"name":"g","args":{"a":1}}},{"functionCall":{"id":""}}]}}]}"#,
            gemini(#"{"name":"f","willContinue":true}"#), gemini("{}"), gemini(#"{"willContinue":true}"#),
            gemini(#"{"name":"h","partialArgs":[{"jsonPath":"$.z","stringValue":"","willContinue":true}]}"#),
            gemini(partial(#"{"jsonPath":"$.a","stringValue":"x\n","willContinue":true}"#)),
            gemini(partial(#"{"jsonPath":"$.a","stringValue":"\ud83d"},{"jsonPath":"$.b.c","numberValue":-1.5}"#)),
            gemini(partial(#"{"jsonPath":"$.b['d']","boolValue":true},{"jsonPath":"$.e[0].f","nullValue":"N"}"#)),
            gemini(partial(#"{"jsonPath":"$.e[1].f","stringValue":"y","x":[{"jsonPath":"$.q"}]},{"jsonPath":"$.a"}"#)),
            gemini(partial(#"{"jsonPath":"$.e.g","stringValue":"y"}"#)), gemini(partial(#"{"stringValue":"y"}"#)),
            gemini(partial(#"{"jsonPath":"$[0]","numberValue":1}"#)),
            gemini(partial(#"{"jsonPath":"a","boolValue":false}"#)),
            gemini(#"{"partialArgs":[{"jsonPath":"$.last","numberValue":1}]}"#),
            gemini(partial(#"{"jsonPath":"$.two","stringValue":"x","boolValue":true}"#)),
            gemini(#"{"name":"f","willContinue":true}"#, #","finishReason":"STOP""#),
            gemini("{}", #","finishReason":"MAX_TOKENS""#),
        ],
        "ollama-chat": [
            #"{"message":{"tool_calls":[{"function":{"name":"f"}},{"function":{"name":"g","arguments":{}}}]}}"#
        ],
    ]
}

extension DifferentialSource {
    /// A custom format, with whole and held values and calls of every origin, over documents on lines.
    static let custom: DifferentialSource = {
        let format = WireFormat(
            name: "custom", framing: .ndjson, terminalPayloads: ["END"],
            rules: [
                Rule("t", .text), Rule("r", .reasoning), Rule("text", .text, whole: .text),
                Rule("part", .text, whole: .part), Rule("item", .text, whole: .item),
                Rule("all[].t", .text, whole: .answer), Rule("thought", .reasoning, whole: .answer), Rule("c", .choice),
                Rule("n", .tool), Rule("id", .toolID), Rule("f", .toolName),
                Rule("own", .toolName, origin: .custom), Rule("srv", .toolName, origin: .server),
                Rule("mcp", .toolName, origin: .mcp), Rule("ask", .toolName, origin: .approval),
                Rule("a", .toolArguments), Rule("args", .toolArguments, whole: .item), Rule("held", .heldArguments),
                Rule("end", .toolEnd), Rule("stop", .finish), Rule("bye", .terminal), Rule("error", .error),
                Rule("failure.text", .errorMessage), Rule("failure.kind", .errorType),
            ], silentEvents: ["news", "hush"])
        return DifferentialSource(format: format, table: ReferenceTable(format), events: customEvents)
    }()

    private static let customEvents: [[UInt8]] = [
        #"{"t":"x"}"#, #"{"t":""}"#, #"{"r":"x"}"#, #"{"text":"x"}"#, #"{"part":"x"}"#, #"{"item":"x"}"#,
        #"{"all":[{"t":"x"},{"t":"y"}]}"#, #"{"thought":"x"}"#, #"{"t":"x","part":"x"}"#,
        #"{"text":"x","item":"x","c":1}"#, #"{"t":"\ud83d"}"#, #"{"part":"\ude00"}"#,
        #"{"n":0,"id":"i","f":"f"}"#, #"{"n":0,"f":"g"}"#, #"{"n":1,"id":"j"}"#, #"{"id":"j","a":"1"}"#,
        #"{"n":1,"own":"o"}"#, #"{"n":2,"srv":"s"}"#, #"{"n":3,"mcp":"m","id":"k"}"#, #"{"n":4,"ask":"q"}"#,
        #"{"n":0,"a":"2"}"#, #"{"n":0,"args":{"b":1}}"#, #"{"n":1,"args":"{}"}"#, #"{"n":0,"held":{"h":1}}"#,
        #"{"n":0,"held":{}}"#, #"{"n":1,"held":"h"}"#, #"{"n":5,"held":"h"}"#, #"{"end":true,"n":0}"#,
        #"{"end":{},"n":1,"args":{"late":1}}"#, #"{"stop":"s"}"#, #"{"stop":""}"#, #"{"c":1,"stop":"s"}"#,
        #"{"n":0,"id":"l","f":"f","c":1}"#, #"{"bye":1}"#, "END", " END ", #"{"type":"hush","x":1}"#,
        #"{"failure":{"text":"","kind":"k"}}"#, #"{"failure":{"text":"no","code":3},"request_id":"r"}"#,
    ].map { Array(($0 + "\n").utf8) }
}
