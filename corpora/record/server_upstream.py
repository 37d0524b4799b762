"""A small server in OpenAI's chat format, for LiteLLM's proxy and the Express relay to stand before.

The last message of a request says what is wanted: `openai-chat 17` is response 17 of that recording.
"""

import asyncio
import json
import random
import re
import string
import time

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

import material

TOKENS_PER_BURST = 10
BURST_INTERVAL_SECONDS = 0.004

app = FastAPI()


def wanted(body: dict) -> material.Response:
    last = body["messages"][-1]["content"]
    text = last if isinstance(last, str) else "".join(part.get("text", "") for part in last)
    name, number = re.search(r"([a-z-]+) (\d+)", text).groups()
    return material.responses(name)[int(number)]


def letters(count: int) -> str:
    return "".join(random.choices(string.ascii_letters + string.digits, k=count))


class Chunks:
    """Writes the chunks of one response, each with the response's own id, time and fingerprint."""

    def __init__(self, model: str) -> None:
        self.head = {
            "id": f"chatcmpl-{letters(29)}", "object": "chat.completion.chunk", "created": int(time.time()),
            "model": model, "service_tier": "default", "system_fingerprint": f"fp_{letters(10).lower()}",
        }

    def chunk(self, delta: dict, reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self.event({"choices": [choice], "usage": None, "obfuscation": letters(random.randint(0, 15))})

    def usage(self, prompt: int, completion: int) -> str:
        counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        return self.event({"choices": [], "usage": counts, "obfuscation": letters(random.randint(0, 15))})

    def event(self, rest: dict) -> str:
        return f"data: {json.dumps({**self.head, **rest}, ensure_ascii=False, separators=(',', ':'))}\n\n"


def deltas(response: material.Response):
    for token in response.reasoning:
        yield {"reasoning_content": token}
    for token in response.text:
        yield {"content": token}
    if response.arguments:
        function = {"name": "search", "arguments": ""}
        yield {"tool_calls": [{"index": 0, "id": f"call_{letters(24)}", "type": "function", "function": function}]}
    for piece in response.arguments:
        yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


@app.post("/v1/chat/completions")
async def chat(request: Request) -> StreamingResponse:
    body = await request.json()
    response = wanted(body)

    async def events():
        chunks = Chunks(body["model"])
        yield chunks.chunk({"role": "assistant", "content": "", "refusal": None})
        count = 0
        for delta in deltas(response):
            if count % TOKENS_PER_BURST == 0:
                await asyncio.sleep(BURST_INTERVAL_SECONDS)
            count += 1
            yield chunks.chunk(delta)
        yield chunks.chunk({}, "tool_calls" if response.arguments else "stop")
        if (body.get("stream_options") or {}).get("include_usage"):
            yield chunks.usage(random.randint(8, 900), count)
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
