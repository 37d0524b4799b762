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
        ],
        silentEvents: ["trace"],
        signature: [
            [.event("chunk"), .present("bytes")],
            [.event("trace"), .present("trace")],
            [.event("returnControl"), .present("invocationId")],
            [.event("files"), .present("files")],
        ])
}
