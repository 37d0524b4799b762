extension WireFormat {
    /// The AI SDK's UI message stream, as its chat front ends read it. Parts and tool calls have ids and no numbers.
    ///
    /// `finish` ends the message; `[DONE]` ends every stream, also one with an error or an abort.
    public static let aiSDKUI = WireFormat(
        name: "ai-sdk-ui", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("delta", .text, when: .equals("type", "text-delta")),
            Rule("delta", .reasoning, when: .equals("type", "reasoning-delta")),
            // Results have the id of a call too, perhaps of one that an earlier stream began: they begin none.
            Rule("toolCallId", .toolID, origin: .server, when: .present("toolName"), .isTrue("providerExecuted")),
            Rule("toolCallId", .toolID, when: .present("toolName"), .isNotTrue("providerExecuted")),
            Rule("toolCallId", .toolID, when: .present("inputTextDelta")),
            Rule("toolName", .toolName, origin: .server, when: .isTrue("providerExecuted")),
            Rule("toolName", .toolName, when: .isNotTrue("providerExecuted")),
            Rule("inputTextDelta", .toolArguments),
            Rule("input", .toolArguments, whole: .item, when: .equals("type", "tool-input-available")),
            // The text of input that is no JSON.
            Rule("input", .toolArguments, whole: .item, when: .equals("type", "tool-input-error")),
            Rule("finishReason", .finish, when: .equals("type", "finish")),
            Rule("type", .finish, when: .equals("type", "abort")),
            Rule("type", .terminal, when: .equals("type", "finish")),
            Rule("errorText", .errorMessage, when: .equals("type", "error")),
        ] + aiSDKDetails,
        silentEvents: [
            "start", "start-step", "finish-step", "text-start", "text-end", "reasoning-start", "reasoning-end",
            "message-metadata", "tool-output-available", "tool-output-error", "tool-output-denied",
        ],
        signature: [
            [.equals("type", "start"), .hasOnly(["type", "messageId", "messageMetadata"])],
            [.equals("type", "start-step"), .hasOnly(["type"])],
            [.equals("type", "text-start"), .present("id")],
            [.equals("type", "text-delta"), .present("id"), .present("delta")],
            [.equals("type", "reasoning-start"), .present("id")],
            [.equals("type", "reasoning-delta"), .present("id"), .present("delta")],
            [.equals("type", "tool-input-start"), .present("toolCallId")],
            [.equals("type", "tool-input-available"), .present("toolCallId")],
            [.equals("type", "tool-output-available"), .present("toolCallId")],
            [.equals("type", "error"), .present("errorText")],
            [.hasPrefix("type", "data-"), .present("data")],
        ])
}
