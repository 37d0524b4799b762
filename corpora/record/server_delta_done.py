"""A FastAPI server that streams in the wire format `delta-done`.

Each delta is one server-sent event. The JSON comes from sse-starlette's own `JSONServerSentEvent`, the line
separator (CRLF) and the ping comments from its `EventSourceResponse`: nothing here writes a byte of framing.
"""

import asyncio

from fastapi import FastAPI
from sse_starlette import EventSourceResponse, JSONServerSentEvent

import material

DELTA_INTERVAL_SECONDS = 0.001
PING_INTERVAL_SECONDS = 1

app = FastAPI()


async def _events(response: material.Response):
    for index, delta in enumerate(response.text):
        yield JSONServerSentEvent(event="message", data={"delta": delta, "done": False, "chunk_index": index})
        await asyncio.sleep(DELTA_INTERVAL_SECONDS)
    count = len(response.text)
    if response.fails:
        yield JSONServerSentEvent(event="error", data={"message": "the model went away", "partial": "".join(response.text)})
    else:
        end = {"delta": "", "done": True, "chunk_index": count, "total_chunks": count}
        yield JSONServerSentEvent(event="message", data=end)


@app.get("/delta-done/{number}")
async def stream(number: int) -> EventSourceResponse:
    return EventSourceResponse(_events(material.responses("delta-done")[number]), ping=PING_INTERVAL_SECONDS)
