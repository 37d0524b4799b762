extension WireFormat {
    /// The built-in formats, in the order in which detection tries them.
    public static let all: [WireFormat] = [
        openAIChat, openAICompletions, anthropicMessages, openAIResponses, geminiGenerate, geminiInteractions,
        openAIImages, openAIAgents, anthropicAgents, cohereV2, cohereV1, ollamaGenerate, ollamaChat, ollamaPull,
        huggingFaceTGI, watsonx, openAIAssistants,
        openAIAudio, mistralConversations, mistralTranscription, aiSDKUI, a2a, mcpJSONRPC, bedrock, bedrockAgent,
        workersAI, replicate, deltaDone, textField, writerCompletions, rawText,
    ]

    /// Returns the built-in format with this name, or nil if there is none.
    public static func named(_ name: String) -> WireFormat? {
        all.first { $0.name == name }
    }
}
