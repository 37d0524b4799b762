"""Streaming servers as people write them, on a free port of the loopback interface, that can be told to go wrong.

    streams.py        prints "port N", and ends when its standard input does

Three routes stream the same text: `/delta-done` by sse-starlette, `/raw-text` by Starlette's StreamingResponse, and
`/openai`, which a relay asks; `/chat/completions` is the same for a proxy, with the query as the model's name. `/refusal` answers
with the status, headers and body of its query. A query says how much, and what goes wrong:

    tokens=N   how many tokens; the text of these is what `/meant?tokens=N` gives
    times=N    each token so many times over
    stop=N     ends after N tokens as if that were all, without a terminal marker
    cut=N      ends the connection after N tokens, in the middle of an event
    stall=N    sends nothing more after N tokens, and keeps the connection
    fail=N     sends an error after N tokens, as the route's format has it
    every=S    seconds between tokens
    gate=N     sends nothing before N answers with a gate have begun
    id=NAME    `/progress?id=NAME` then says how many tokens were sent, and whether the answer is over
"""

import asyncio
import json
import os
import re
import socket
import sys
import threading
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from sse_starlette import EventSourceResponse, JSONServerSentEvent

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "corpora" / "record"))
import scripts_text  # noqa: E402

# Raw text cannot tell the marker from the end.
TOKENS = [token for token in re.findall(r"[^\S\n]*[^\s]{1,12}|\n|[^\S\n]+", scripts_text.TEXT) if "[DONE]" not in token]
# Comments that keep a connection alive would keep a stalled stream alive too.
PING_INTERVAL_SECONDS = 3600

app = FastAPI()
progress: dict[str, dict] = {}
waiting: list[asyncio.Event] = []


class Cut(Exception):
    """Ends the connection: the server can do nothing else once the answer has begun."""


@dataclass
class Plan:
    tokens: int
    times: int = 1
    stop: int | None = None
    cut: int | None = None
    stall: int | None = None
    fail: int | None = None
    every: float = 0
    gate: int = 0
    id: str = ""


def token(number: int) -> str:
    return TOKENS[number % len(TOKENS)]


async def passed(gate: int):
    """Waits until so many wait."""
    mine = asyncio.Event()
    waiting.append(mine)
    if len(waiting) == gate:
        for event in waiting:
            event.set()
        waiting.clear()
    await mine.wait()


async def planned(plan: Plan):
    """The tokens of a plan; at the end "stop", "fail" or "done" as a pair of nothing and that word."""
    state = progress.setdefault(plan.id, {"sent": 0, "over": False})
    try:
        if plan.gate:
            await passed(plan.gate)
        for number in range(plan.tokens):
            if number == plan.stop:
                yield None, "stop"
                return
            if number == plan.fail:
                yield None, "fail"
                return
            if number == plan.cut:
                yield None, "cut"
                raise Cut
            if number == plan.stall:
                await asyncio.Event().wait()
            if plan.every:
                await asyncio.sleep(plan.every)
            yield number, token(number) * plan.times
            state["sent"] = number + 1
        yield None, "done"
    finally:
        state["over"] = True


@app.get("/meant")
async def meant(tokens: int, times: int = 1) -> PlainTextResponse:
    return PlainTextResponse("".join(token(number) * times for number in range(tokens)))


@app.get("/progress")
async def told(id: str) -> dict:
    return progress.get(id, {"sent": 0, "over": False})


@app.get("/delta-done")
async def delta_done(plan: Plan = Depends()) -> EventSourceResponse:
    async def events():
        async for number, text in planned(plan):
            if number is not None:
                yield JSONServerSentEvent(event="message", data={"delta": text, "done": False, "chunk_index": number})
            elif text == "fail":
                yield JSONServerSentEvent(event="error", data={"message": "the model went away"})
            elif text == "cut":
                yield b'event: message\r\ndata: {"delta": "never whole'
            elif text == "done":
                end = {"delta": "", "done": True, "chunk_index": plan.tokens, "total_chunks": plan.tokens}
                yield JSONServerSentEvent(event="message", data=end)

    return EventSourceResponse(events(), ping=PING_INTERVAL_SECONDS)


@app.get("/raw-text")
async def raw_text(plan: Plan = Depends()) -> StreamingResponse:
    async def events():
        async for number, text in planned(plan):
            if number is not None:
                # A newline inside of a token makes two data lines, which the standard joins again.
                yield "".join(f"data: {part}\n" for part in text.split("\n")) + "\n"
            elif text == "fail":
                yield "event: error\ndata: the model went away\n\n"
            elif text == "cut":
                yield "data: never who"
            elif text == "done":
                yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/refusal")
async def refusal(request: Request, status: int = 200, body: str = "") -> Response:
    headers = {name: value for name, value in request.query_params.items() if name not in ("status", "body")}
    return Response(body, status_code=status, headers=headers)


@app.post("/chat/completions")
async def completions(request: Request) -> StreamingResponse:
    query = dict(urllib.parse.parse_qsl((await request.json())["model"]))
    kinds = {name: {"every": float, "id": str}.get(name, int) for name in query}
    return await openai(Plan(**{name: kinds[name](value) for name, value in query.items()}))


@app.get("/openai")
async def openai(plan: Plan = Depends()) -> StreamingResponse:
    def event(document: dict) -> str:
        return f"data: {json.dumps(document)}\n\n"

    def chunk(delta: dict, finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]})

    async def events():
        async for number, text in planned(plan):
            if number is not None:
                yield chunk({"content": text})
            elif text == "fail":
                yield event({"error": {"message": "the model went away", "type": "server_error"}})
            elif text == "cut":
                yield 'data: {"choices":[{"index":0,"delta":{"content":"never who'
            elif text == "done":
                yield chunk({}, "stop")
                yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    # Bound here and handed over, so that nobody can take the port in between.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    threading.Thread(target=end_with_input, daemon=True).start()
    print("port", listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])


if __name__ == "__main__":
    main()
