"""FastAPI servers as people write them: raw text in server-sent events, and Ollama's two forms of NDJSON.

Starlette's StreamingResponse sends what the generators yield; each yield is one event or line.
"""

import asyncio
import json
from datetime import datetime, timezone

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

import material

MODEL = "llama3.2"
TOKENS_PER_BURST = 20
BURST_INTERVAL_SECONDS = 0.004

app = FastAPI()


async def paced(tokens: list[str]):
    for number, token in enumerate(tokens):
        if number % TOKENS_PER_BURST == 0:
            await asyncio.sleep(BURST_INTERVAL_SECONDS)
        yield token


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def line(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def last(count: int, content: dict) -> str:
    return line({
        "model": MODEL, "created_at": now(), **content, "done_reason": "stop", "done": True,
        "total_duration": 5_043_500_667, "load_duration": 5_025_959, "prompt_eval_count": 26,
        "prompt_eval_duration": 325_953_000, "eval_count": count, "eval_duration": 4_709_213_000,
    })


@app.get("/raw-text/{number}")
async def raw_text(number: int) -> StreamingResponse:
    async def events():
        async for token in paced(material.responses("raw-text")[number].text):
            # A newline inside of a token makes two data lines, which the standard joins again.
            yield "".join(f"data: {part}\n" for part in token.split("\n")) + "\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/ollama-generate/{number}")
async def ollama_generate(number: int) -> StreamingResponse:
    tokens = material.responses("ollama-generate")[number].text

    async def lines():
        async for token in paced(tokens):
            yield line({"model": MODEL, "created_at": now(), "response": token, "done": False})
        yield last(len(tokens), {"response": ""})

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@app.get("/ollama-chat/{number}")
async def ollama_chat(number: int) -> StreamingResponse:
    tokens = material.responses("ollama-chat")[number].text

    async def lines():
        async for token in paced(tokens):
            message = {"role": "assistant", "content": token}
            yield line({"model": MODEL, "created_at": now(), "message": message, "done": False})
        yield last(len(tokens), {"message": {"role": "assistant", "content": ""}})

    return StreamingResponse(lines(), media_type="application/x-ndjson")
