"""Recordings for check_reports.py: one of each framing, made from the corpora, and some that are none."""

import base64
import gzip
import json
import shutil
import zlib
from pathlib import Path


def copy(source, target):
    """A folder as `sluice record` writes it: the stream and its times, and nothing else."""
    target.mkdir(parents=True)
    for name in ("stream.sse", "stream.ndjson", "stream.times"):
        if (source / name).exists():
            shutil.copy(source / name, target / name)


def message(event, payload):
    """A message of an AWS event stream."""

    def header(name, value):
        return bytes([len(name)]) + name.encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()

    headers = header(":event-type", event) + header(":content-type", "application/json") + header(":message-type", "event")
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    prelude = (16 + len(headers) + len(body)).to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    start = prelude + zlib.crc32(prelude).to_bytes(4, "big") + headers + body
    return start + zlib.crc32(start).to_bytes(4, "big")


def converse(words):
    """An answer of Bedrock's Converse: text, a tool call, usage."""
    pad = "abcdefghijklmnopqrstuvwxyz"
    parts = [("messageStart", {"p": pad[:3], "role": "assistant"})]
    for number, word in enumerate(words):
        delta = {"contentBlockIndex": 0, "delta": {"text": word + " "}, "p": pad[: 1 + number % 25]}
        parts.append(("contentBlockDelta", delta))
    tool = {"toolUse": {"name": "look", "toolUseId": "tooluse_aB3dE5gH7jK9"}}
    parts.append(("contentBlockStart", {"contentBlockIndex": 1, "p": pad, "start": tool}))
    for piece in ('{"at":', "1}"):
        parts.append(("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": piece}}, "p": pad[:9]}))
    parts.append(("messageStop", {"p": pad[:5], "stopReason": "tool_use"}))
    usage = {"inputTokens": 5, "outputTokens": len(words), "totalTokens": 5 + len(words)}
    parts.append(("metadata", {"metrics": {"latencyMs": 11}, "p": pad[:7], "usage": usage}))
    return b"".join(message(*part) for part in parts)


def invoke_model(words):
    """An answer of Bedrock's InvokeModel: Anthropic's documents in base64."""
    events = [{"type": "message_start", "message": {"id": "msg_1"}}]
    for word in words:
        events.append({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word + " "}})
    events.append({"type": "message_stop"})
    return b"".join(message("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode()}) for event in events)


def events(documents):
    return "".join(f"data: {json.dumps(document)}\n\n" for document in documents)


def cohere(words):
    documents = [{"type": "message-start", "id": "1f0b7a2c9d"}]
    documents += [{"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": word + " "}}}} for word in words]
    documents.append({"type": "message-end", "delta": {"finish_reason": "COMPLETE"}})
    return events(documents)


def two_choices(words):
    def choice(number, word):
        return {"index": number, "delta": {"content": word + " "}}

    documents = [{"object": "chat.completion.chunk", "choices": [choice(0, word), choice(1, word)]} for word in words]
    return events(documents) + "data: [DONE]\n\n"


def write_all(corpora, folder):
    """Writes them into `folder`, under names that say nothing of their format."""
    chat = (corpora / "openai-chat/stream.sse").read_bytes()
    lines = (corpora / "ollama-chat/stream.ndjson").read_bytes()
    words = (corpora / "gemini-generate/stream.txt").read_text().split(" ")[:900]
    gemini = [line[6:].rstrip(b"\r") for line in (corpora / "gemini-generate/stream.sse").read_bytes().split(b"\n") if line.startswith(b"data: {")]
    array = b"[" + b"\n,\r\n".join(gemini) + b"\n]\n"
    first = chat[:200_000].rsplit(b"\n\n", 1)[0] + b"\n\n"
    copy(corpora / "openai-chat", folder / "my recording")
    for name in ("converse", "nothing", "two streams", "bad times", "other"):
        (folder / name).mkdir()
    files = {
        "chat.txt": lines,
        "other/chat.txt": lines,
        "a\x1b]0;b.ndjson": lines,
        "gemini.json": array[: len(array) // 3].rsplit(b"\n,\r\n", 1)[0] + b"\n]\n",
        "converse/stream.aws": converse(words),
        "invoke.bin": invoke_model(words),
        "cohere.sse": cohere(words).encode(),
        "two choices.sse": two_choices(words).encode(),
        "carriage returns.sse": first.replace(b"\n", b"\r"),
        "broken.sse": first + b"data: {broken\n\n",
        "cut.sse": chat[:500_017],
        "cut.ndjson": lines[:300_009],
        "cut.json": array[:28_875],
        "cut.bin": converse(words)[:50_009],
        "no line end.sse": chat[:-1],
        "stream.gz": gzip.compress(chat),
        "empty": b"",
        "prose.txt": " ".join(words).encode(),
        "unknown.sse": events({"number": number, "word": word} for number, word in enumerate(words)).encode(),
        "two streams/stream.sse": chat,
        "two streams/stream.ndjson": lines,
        "bad times/stream.sse": chat,
        "bad times/stream.times": b"0\t3\n",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
