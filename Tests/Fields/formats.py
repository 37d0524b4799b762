"""The types with which the SDKs' streams begin, by wire format.

The formats that Sluice has are named as in Sources/Sluice/Formats/Catalog.swift. A place is `module:Name`, or several that
form a union with `|` between them; with `@path` if the document has the value at that path; and with the form of the type:

    #data         wraps the document in `event` and `data`
    #event        only names the events
    #subclasses   its subclasses are the events
    #protobuf     a protocol buffer

A place of botocore is `service.Operation`.

Not listed, because no package has types for them: watsonx and workers-ai (their packages have plain dictionaries), what
InvokeModel has in `bytes`, OpenAI's speech, and delta-done, text-field and raw-text (custom servers). Nor are the
events of openai-agents, which it makes on the client, and what comes over WebSockets or gRPC (realtime, live, xai-sdk).
"""

# What replaces the fields below a path: `as:PATH` where they repeat those of another path (what that path does not have stays),
# `as:PATH of FORMAT` where they are another list's, `request` where the answer repeats what was asked, `object` for definitions
# of tools, and None where only the SDK has them, not the wire.
CHAT = {
    "choices[].message": "as:choices[].delta",
    "choices[].delta.executed_tools[].code_results[].charts[]": "as:choices[].delta.executed_tools[].code_results[].chart",
    "choices[].reasoning_logprobs": "as:choices[].logprobs",
    "choices[].logprobs.refusal[]": "as:choices[].logprobs.content[]",
    "choices[].logprobs.content[].top_logprobs[]": "as:choices[].logprobs.content[]",
    "choices[].usage": "as:usage",
    "x_groq.usage": "as:usage",
    "x_groq.usage_breakdown.models[].usage": "as:usage",
    "moderation.output": "as:moderation.input",
}
COMPLETIONS = {"choices[].delta": "as:choices[].delta of openai-chat", "usage": "as:usage of openai-chat"}
RESPONSES = {
    "response.output[]": "as:item",
    "item.actions[]": "as:item.action",
    **{
        f"response.{key}": "request"
        for key in ("instructions", "tools[]", "tool_choice", "text", "prompt", "reasoning", "metadata", "plugins[]")
    },
    "item.tools[]": "object",
    "response.error.metadata.alignment.rejected[]": "as:item",
    "response.error.metadata.alignment.calls[]": "as:response.alignment.calls[]",
    "response.openrouter_metadata": "as:openrouter_metadata of openai-chat",
    "response.moderation.output": "as:response.moderation.input",
    "item.output[].annotations[]": "as:item.content[].annotations[]",
    "part.annotations[]": "as:item.content[].annotations[]",
    "part.logprobs[]": "as:item.content[].logprobs[]",
    "item.output[].logprobs[]": "as:item.content[].logprobs[]",
    "annotation": "as:item.content[].annotations[]",
}
A2A = {
    "task.history[]": "request",
    "task.artifacts[]": "as:artifactUpdate.artifact",
    "task.status.message": "as:message",
    "statusUpdate.status.message": "as:message",
    "result.history[]": "request",
    "result.artifacts[]": "as:result.artifact",
    "result.status.message": "as:result",
}
MCP = {"params.messages[]": "request", "params.tools[]": "request", "params.requestedSchema": "request"}
MESSAGES = {
    "content_block.citations[]": "as:delta.citation",
    "usage.iterations[]": "as:message.usage.iterations[]",
    "message.content[]": "as:content_block",
    "content_block.tool_changes[].tool": "object",
    "content_block.content.content[].citations[]": "as:delta.citation",
    "content_block.content[].citations[]": "as:delta.citation",
}
ASSISTANTS = {
    "tools[]": "request",
    "tool_choice": "request",
    "response_format": "request",
    "tool_resources": "request",
    "step_details.tool_calls[].file_search.results[].content[]": "object",
}
AGENTS = {"session.agent": "request"}
MANAGED_AGENTS = {
    "agent": "request",
    "session_thread.agent": "request",
}
GEMINI = {
    "automaticFunctionCallingHistory[]": None,
    "parsed": None,
    "sdkHttpResponse": None,
    "candidates[].groundingMetadata.groundingChunks[].maps.placeAnswerSources.reviewSnippet[]":
        "as:candidates[].groundingMetadata.groundingChunks[].maps.placeAnswerSources.reviewSnippets[]",
    "candidates[].content.parts[].functionResponse.parts[]": "as:candidates[].content.parts[]",
}
ANNOTATIONS = "as:step.content[].annotations[]"
INTERACTIONS = {
    "interaction.steps[]": "as:step",
    "interaction.tools[]": "request",
    "interaction.agent_config": "request",
    "interaction.response_format": "request",
    "interaction.generation_config": "request",
    "interaction.environment": "request",
    "interaction.input": "request",
    "step.summary[].annotations[]": ANNOTATIONS,
    "step.result[]": "as:delta.result[]",
    "delta.result[]": "as:step.content[]",
    "delta.content.annotations[]": ANNOTATIONS,
    "delta.annotations[]": ANNOTATIONS,
    "delta.content.processing": "as:step.content[].processing",
    "delta.processing": "as:step.content[].processing",
    "step.summary[].processing": "as:step.content[].processing",
}
COHERE = {
    "response.chat_history[]": "request",
    "response.search_results[]": "as:search_results[]",
    "response.search_queries[]": "as:search_queries[]",
    "response.citations[]": "as:citations[]",
    "response.documents[]": "as:documents[]",
}
TRACE = "as:trace.orchestrationTrace"
BEDROCK_AGENT = {
    **{
        f"trace.routingClassifierTrace.{key}": f"{TRACE}.{key}"
        for key in ("observation", "invocationInput", "modelInvocationInput", "modelInvocationOutput")
    },
    **{
        f"trace.{step}ProcessingTrace.{key}": f"{TRACE}.{key}"
        for step in ("pre", "post")
        for key in ("modelInvocationInput", "modelInvocationOutput.metadata", "modelInvocationOutput.rawResponse")
    },
    "trace.orchestrationTrace.observation.knowledgeBaseLookupOutput.retrievedReferences[]":
        "as:attribution.citations[].retrievedReferences[]",
    **{
        f"trace.{trace}.observation.agentCollaboratorInvocationOutput.output.returnControlPayload":
            "as:the document of returnControl"
        for trace in ("orchestrationTrace", "routingClassifierTrace")
    },
    "trace.guardrailTrace.outputAssessments[]": "as:trace.guardrailTrace.inputAssessments[]",
    "trace.orchestrationTrace.modelInvocationInput": "request",
}
RETRIEVE = {
    "generatedResponsePart": "as:citation.generatedResponsePart",
    "retrievedReferences[]": "as:citation.retrievedReferences[]",
}
BEDROCK_FLOW = {"trace.nodeDependencyTrace.traceElements": "as:trace of bedrock-agent"}

# SDKs whose names in the lists are not those of their packages. `beta` are the same package's types of beta routes.
PACKAGES = {
    "cerebras": "cerebras_cloud_sdk",
    "google": "google-genai",
    "huggingface": "huggingface_hub",
    "mistral": "mistralai",
    "perplexity": "perplexityai",
    "writer": "writer-sdk",
    "openai-beta": "openai",
    "anthropic-beta": "anthropic",
}

FORMATS = {
    "openai-chat": [
        ("openai", "openai.types.chat:ChatCompletionChunk", CHAT),
        ("openai", "openai.types.shared:ErrorObject@error", CHAT),
        ("openrouter", "openrouter.components:ChatStreamChunk", CHAT),
        ("groq", "groq.types.chat:ChatCompletionChunk", CHAT),
        ("mistral", "mistralai.client.models:CompletionChunk", CHAT),
        ("perplexity", "perplexity.types:StreamChunk", CHAT),
        ("together", "together.types.chat:ChatCompletionChunk", CHAT),
        ("cerebras", "cerebras.cloud.sdk.types.chat.chat_completion:ChatChunkResponse", CHAT),
        ("cerebras", "cerebras.cloud.sdk.types.chat.chat_completion:ErrorChunkResponse", CHAT),
        ("huggingface", "huggingface_hub:ChatCompletionStreamOutput", CHAT),
        # The fields of its choices are declared for type checkers only.
        ("litellm", "litellm.types.utils:ModelResponseStream", {**CHAT, "choices[]": None}),
        ("litellm", "litellm.types.utils:Delta@choices[].delta", CHAT),
        ("litellm", "litellm.types.llms.openai:ChatCompletionAnnotation@choices[].delta.annotations[]", CHAT),
        ("litellm", "litellm.types.utils:ImageURLListItem@choices[].delta.images[]", CHAT),
        ("litellm", "litellm.types.utils:Usage@usage", CHAT),
        ("writer", "writerai.types:ChatCompletionChunk", CHAT),
    ],
    "openai-completions": [
        ("openai", "openai.types:Completion", COMPLETIONS),
        ("together", "together.types:CompletionChunk", COMPLETIONS),
        ("cerebras", "cerebras.cloud.sdk.types.completion:CompletionResponse", COMPLETIONS),
        ("cerebras", "cerebras.cloud.sdk.types.completion:ErrorChunkResponse", COMPLETIONS),
        ("litellm", "litellm.types.utils:TextCompletionResponse", {**COMPLETIONS, "choices[]": None}),
    ],
    "openai-responses": [
        ("openai", "openai.types.responses:ResponseStreamEvent", RESPONSES),
        ("openai-beta", "openai.types.beta:BetaResponseStreamEvent", RESPONSES),
        ("openrouter", "openrouter.components:StreamEvents", RESPONSES),
        ("mistral", "mistralai.client.models.responsesstreamframe:ResponsesStreamFrameData", RESPONSES),
        ("perplexity", "perplexity.generated.api:ResponseStreamChunk", RESPONSES),
    ],
    "openai-assistants": [("openai", "openai.types.beta:AssistantStreamEvent#data", ASSISTANTS)],
    "openai-audio": [("openai", "openai.types.audio:TranscriptionStreamEvent")],
    "openai-images": [
        ("openai", "openai.types:ImageGenStreamEvent"),
        ("openai", "openai.types:ImageEditStreamEvent"),
        ("openrouter", "openrouter.components:ImageStreamingResponseData"),
    ],
    "openai-agents": [("openai", "openai.types.beta.agent_session_event:AgentSessionEvent", AGENTS)],
    "anthropic-messages": [
        ("anthropic", "anthropic.types:RawMessageStreamEvent|anthropic.types.shared:ErrorResponse", MESSAGES),
        ("anthropic-beta", "anthropic.types.beta:BetaRawMessageStreamEvent", MESSAGES),
    ],
    "anthropic-agents": [
        ("anthropic", "anthropic.types.beta.sessions:BetaManagedAgentsStreamSessionEvents", MANAGED_AGENTS),
        ("anthropic", "anthropic.types.beta.sessions:BetaManagedAgentsStreamSessionThreadEvents", MANAGED_AGENTS),
    ],
    "gemini-generate": [("google", "google.genai.types:GenerateContentResponse", GEMINI)],
    "gemini-interactions": [("google", "google.genai._gaos.types.interactions:InteractionSSEEvent", INTERACTIONS)],
    "cohere-v2": [("cohere", "cohere:V2ChatStreamResponse")],
    "cohere-v1": [("cohere", "cohere:StreamedChatResponse", COHERE)],
    "cohere-generate": [("cohere", "cohere:GenerateStreamedResponse")],
    "ollama-generate": [("ollama", "ollama:GenerateResponse")],
    "ollama-chat": [("ollama", "ollama:ChatResponse")],
    "ollama-pull": [("ollama", "ollama:ProgressResponse")],
    "hf-tgi": [("huggingface", "huggingface_hub:TextGenerationStreamOutput")],
    "mistral-conversations": [("mistral", "mistralai.client.models:ConversationEventsData")],
    "mistral-transcription": [("mistral", "mistralai.client.models:TranscriptionStreamEventsData")],
    "mistral-speech": [("mistral", "mistralai.client.models.speech_v1_audio_speech_postop:SpeechV1AudioSpeechPostData")],
    "together-speech": [("together", "together.types:AudioSpeechStreamChunk")],
    "writer-completions": [("writer", "writerai.types:CompletionChunk")],
    "writer-application": [("writer", "writerai.types:ApplicationGenerateContentChunk")],
    "writer-question": [("writer", "writerai.types:QuestionResponseChunk")],
    "replicate": [("replicate", "replicate.stream:ServerSentEvent#event")],
    "mcp-jsonrpc": [
        ("mcp", "mcp_types:CallToolResult@result"),
        ("mcp", "mcp_types:ServerNotification"),
        ("mcp", "mcp_types:ServerRequest", MCP),
    ],
    "a2a": [
        ("a2a-sdk", "a2a.types:StreamResponse#protobuf", A2A),
        ("a2a-sdk", "a2a.compat.v0_3.types:SendStreamingMessageResponse", A2A),
    ],
    # The AI SDK has no Python package of its own; this one writes its streams.
    "ai-sdk-ui": [("pydantic-ai-slim", "pydantic_ai.ui.vercel_ai.response_types:BaseChunk#subclasses")],
    "bedrock": [
        ("botocore", "bedrock-runtime.ConverseStream"),
        ("botocore", "bedrock-runtime.InvokeModelWithResponseStream"),
    ],
    "bedrock-agent": [
        ("botocore", "bedrock-agent-runtime.InvokeAgent", BEDROCK_AGENT),
        ("botocore", "bedrock-agent-runtime.InvokeInlineAgent", BEDROCK_AGENT),
    ],
    "bedrock-flow": [("botocore", "bedrock-agent-runtime.InvokeFlow", BEDROCK_FLOW)],
    "bedrock-retrieve": [
        ("botocore", "bedrock-agent-runtime.RetrieveAndGenerateStream", RETRIEVE),
        ("botocore", "bedrock-agent-runtime.AgenticRetrieveStream"),
    ],
    "bedrock-harness": [("botocore", "bedrock-agentcore.InvokeHarness")],
}
