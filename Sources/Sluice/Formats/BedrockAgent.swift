extension WireFormat {
    /// Amazon Bedrock's agents (InvokeAgent and InvokeInlineAgent). No event marks the end of a text.
    ///
    /// Calls have no ids; the `invocationId` is that of all calls of one `returnControl`.
    public static let bedrockAgent = WireFormat(
        name: "bedrock-agent", framing: .awsEventStream, toolNumbering: .counted,
        rules: [
            Rule("bytes", .encodedText, when: .event("chunk")),
            Rule("trace.orchestrationTrace.rationale.text", .reasoning),
            Rule("invocationInputs[].functionInvocationInput.function", .toolName),
            Rule("invocationInputs[].functionInvocationInput.parameters", .toolArguments),
            Rule("invocationInputs[].apiInvocationInput.apiPath", .toolName),
            Rule("invocationInputs[].apiInvocationInput.parameters", .toolArguments),
            Rule(
                "invocationInputs[].apiInvocationInput.requestBody", .toolArguments,
                when: .empty("invocationInputs[].apiInvocationInput.parameters")),
            Rule("invocationId", .terminal),
            Rule("message", .errorMessage, when: .errorEvent),
            // Flows.
            Rule("content.document", .text, when: .event("flowOutputEvent")),
            Rule("content.document", .text, when: .event("flowMultiTurnInputRequestEvent")),
            Rule("completionReason", .finish, when: .event("flowCompletionEvent")),
            Rule("completionReason", .terminal, when: .event("flowCompletionEvent")),
            // RetrieveAndGenerate.
            Rule("text", .text, when: .event("output")),
            Rule("text", .text, when: .event("responseEvent")),
            Rule("generatedResponse.answer", .text, whole: .answer),
        ] + bedrockAgentDetails,
        silentEvents: ["trace", "files", "flowTraceEvent", "citation", "guardrail", "traceEvent", "result"],
        signature: [
            [.event("chunk"), .present("bytes")],
            [.event("trace"), .present("trace")],
            [.event("returnControl"), .present("invocationId")],
            [.event("files"), .present("files")],
            [.event("flowOutputEvent")], [.event("flowTraceEvent")], [.event("flowCompletionEvent")],
            [.event("output"), .present("text")], [.event("responseEvent")], [.event("traceEvent")],
        ])
}
