extension WireFormat {
    /// Amazon Bedrock: the documents of Converse, or with InvokeModel those of the model's provider, wrapped in base64.
    public static let bedrock = WireFormat(
        name: "bedrock", framing: .awsEventStream,
        rules: [
            Rule("bytes", .document),
            // Converse, unwrapped: the event's type names the document.
            Rule("contentBlockIndex", .tool),
            Rule("delta.reasoningContent.text", .reasoning),
            Rule("start.toolUse.toolUseId", .toolID),
            Rule("start.toolUse.name", .toolName),
            Rule("delta.toolUse.input", .toolArguments),
            Rule("stopReason", .finish),
            Rule("stopReason", .terminal),
            Rule("usage.inputTokens", .inputTokens),
            Rule("usage.outputTokens", .outputTokens),
            Rule("message", .errorMessage, when: .errorEvent),
            // Amazon's Nova through InvokeModel: Converse's documents, each under its type.
            Rule("contentBlockDelta.contentBlockIndex", .tool),
            Rule("contentBlockDelta.delta.text", .text),
            Rule("contentBlockDelta.delta.reasoningContent.text", .reasoning),
            Rule("contentBlockDelta.delta.toolUse.input", .toolArguments),
            Rule("contentBlockStart.contentBlockIndex", .tool),
            Rule("contentBlockStart.start.toolUse.toolUseId", .toolID),
            Rule("contentBlockStart.start.toolUse.name", .toolName),
            Rule("messageStop.stopReason", .finish),
            Rule("messageStop.stopReason", .terminal),
            Rule("metadata.usage.inputTokens", .inputTokens),
            Rule("metadata.usage.outputTokens", .outputTokens),
            // Amazon's Titan.
            Rule("outputText", .text),
            Rule("completionReason", .terminal),
            // Meta's Llama and Cohere's Command.
            Rule("generation", .text),
        ] + anthropicRules,
        signature: [
            [.present("bytes")],
            [.present("p"), .present("role")],
            [.present("contentBlockIndex")],
            [.event("messageStart")],
        ])
}
