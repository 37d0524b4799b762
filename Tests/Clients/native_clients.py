"""What the official clients build from a recorded stream, and how that is compared with Sluice's object."""

import json
import os
import warnings
from pathlib import Path

import anthropic
import httpx2
import openai
from openai.lib.streaming.chat import ChatCompletionStreamState

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT / "corpora"
SHARED = ROOT.parent / "shared"

#: What the clients' models add to the objects of the API.
ADDED = {"parsed", "parsed_arguments", "parsed_output", "_request_id"}

#: The formats that have an accumulator in an official client, by the recordings' names of their APIs.
FORMATS = {
    "openai-chat": "openai-chat",
    "groq-chat": "openai-chat",
    "mistral-chat": "openai-chat",
    "writer-chat": "openai-chat",
    "openai-responses": "openai-responses",
    "anthropic-messages": "anthropic-messages",
}


def transport(body):
    def answer(request):
        return httpx2.Response(200, content=body, headers={"content-type": "text/event-stream"})

    return httpx2.Client(transport=httpx2.MockTransport(answer))


def openai_client(body):
    return openai.OpenAI(api_key="none", base_url="http://localhost/v1", max_retries=0, http_client=transport(body))


def chat_completion(body):
    messages = [{"role": "user", "content": "Hello"}]
    try:
        with openai_client(body).chat.completions.stream(model="any", messages=messages) as stream:
            return stream.get_final_completion()
    except openai.LengthFinishReasonError as error:
        return error.completion
    except AssertionError:
        # The helper skips chunks whose `object` is not that of OpenAI; what it is made of does not.
        state = ChatCompletionStreamState()
        for chunk in openai_client(body).chat.completions.create(model="any", messages=messages, stream=True):
            state.handle_chunk(chunk)
        return state.current_completion_snapshot


def response(body):
    with openai_client(body).responses.stream(model="any", input="Hello") as stream:
        return stream.get_final_response()


def anthropic_message(body):
    client = anthropic.Anthropic(
        api_key="none", base_url="http://localhost", max_retries=0, http_client=transport(body)
    )
    messages = [{"role": "user", "content": "Hello"}]
    with client.messages.stream(model="any", max_tokens=100, messages=messages) as stream:
        return stream.get_final_message()


READERS = {
    "openai-chat": chat_completion,
    "openai-responses": response,
    "anthropic-messages": anthropic_message,
}


def client_object(format, body):
    """The client's object as plain JSON, without fields that are absent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return READERS[format](body).model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)


def plain(value):
    """Without nulls and without what the clients' models add."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items() if member is not None and key not in ADDED}
    if isinstance(value, list):
        return [plain(element) for element in value]
    return value


def documents(body):
    """The JSON objects of a stream of Server-Sent Events, read line by line."""
    found = []
    for line in body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line.startswith(b"data:"):
            try:
                document = json.loads(line[5:])
            except ValueError:
                continue
            if isinstance(document, dict):
                found.append(document)
    return found


def differences(client, own, path=()):
    """Where two JSON values differ: (path, the client's value, Sluice's); None for a missing one."""
    if isinstance(client, dict) and isinstance(own, dict):
        for key in client.keys() | own.keys():
            yield from differences(client.get(key), own.get(key), (*path, key))
    elif isinstance(client, list) and isinstance(own, list) and len(client) == len(own):
        for index, (first, second) in enumerate(zip(client, own, strict=True)):
            yield from differences(first, second, (*path, index))
    elif client != own or isinstance(client, bool) != isinstance(own, bool):
        yield path, client, own


def corpus(name):
    """The responses of a corpus, each with a name."""
    folder = CORPORA / name
    data, start = (folder / "stream.sse").read_bytes(), 0
    for number, reads in enumerate((folder / "stream.times").read_text().rstrip("\n").split("\n\n")):
        size = sum(int(line.split("\t")[1]) for line in reads.split("\n"))
        yield f"{name}/{number}", data[start : start + size]
        start += size


def recordings():
    """The recorded streams that are there: entry, file, what was read. `SLUICE_RECORDED=all` adds the larger set."""
    names = ["recorded", "recorded2"] if os.environ.get("SLUICE_RECORDED") == "all" else ["recorded"]
    for folder in (SHARED / name for name in names):
        if not (folder / "manifest.jsonl").exists():
            continue
        lines = (folder / "expected.jsonl").read_text().splitlines()
        expected = {entry["file"]: entry for entry in map(json.loads, lines)}
        for entry in map(json.loads, (folder / "manifest.jsonl").read_text().splitlines()):
            yield entry, folder / entry["file"], expected.get(entry["file"])


def streams():
    """All streams that an official client can read: provider, name, format, bytes."""
    for name in READERS:
        for stream, body in corpus(name):
            yield f"corpora/{name}", stream, name, body
    for entry, path, _ in recordings():
        if entry["api"] in FORMATS and entry["format"] == "sse":
            yield entry["file"].split("/")[0], entry["file"], FORMATS[entry["api"]], path.read_bytes()
