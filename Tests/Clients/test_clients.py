"""The official clients read what `sluice replay` serves, and find in it what the recorded servers meant to send."""

import json
import os
import subprocess
import time
import unittest
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import anthropic
import ollama
import openai

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
SLUICE = os.environ["SLUICE"]


@contextmanager
def replay(name, *options):
    """Serves a corpus on a free port, and gives the server's address."""
    command = [SLUICE, "replay", str(CORPORA / name), "--port", "0", *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        status = server.wait(timeout=30)
        server.stdout.close()
    if status != 0:
        raise AssertionError(f"sluice replay ended with status {status}")


def read_times(name):
    """The reads of each response: nanoseconds and bytes."""
    responses = (CORPORA / name / "stream.times").read_text().rstrip("\n").split("\n\n")
    return [[tuple(map(int, line.split("\t"))) for line in response.split("\n")] for response in responses]


def expected(name):
    """What the server meant to send in all of its responses, by kind."""
    files = {"text": "stream.txt", "reasoning": "stream.reasoning.txt", "arguments": "stream.arguments.txt"}
    texts = {kind: CORPORA / name / file for kind, file in files.items()}
    return {kind: path.read_bytes().decode() for kind, path in texts.items() if path.exists()}


def collected(name):
    """What Sluice reads in each response: one object a response."""
    stream = next(path for path in (CORPORA / name).glob("stream.*") if path.suffix in (".sse", ".ndjson"))
    data, start, answers = stream.read_bytes(), 0, []
    for reads in read_times(name):
        size = sum(count for _, count in reads)
        run = subprocess.run([SLUICE, "collect"], input=data[start : start + size], capture_output=True, check=False)
        answers.append(json.loads(run.stdout))
        start += size
    return answers


def openai_client(address):
    return openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)


def anthropic_client(address):
    return anthropic.Anthropic(base_url=address, api_key="none", max_retries=0)


def ollama_client(address):
    return ollama.Client(host=address)


class Clients(unittest.TestCase):
    """Each client reads every response of its corpus, one request after the other."""

    maxDiff = 2000

    def check(self, name, make, read):
        """`make` takes a server's address and gives a client; `read` gives (kind, text) pairs of its next response."""
        found, answers = Counter(), []
        with replay(name, "--pace", "max") as address, make(address) as client:
            for _ in read_times(name):
                answer = Counter()
                for kind, text in read(client):
                    answer[kind] = (answer[kind] or "") + text
                answers.append(answer)
                for kind, text in answer.items():
                    found[kind] = (found[kind] or "") + text
        wanted = expected(name)
        self.assertGreater(len(wanted["text"]), 10_000)
        self.assertEqual({kind: text for kind, text in found.items() if text}, wanted)
        # The client and Sluice read the same in every single response.
        for answer, own in zip(answers, collected(name), strict=True):
            self.assertEqual(answer["text"] or "", own["choices"].get("0", {}).get("text", ""))

    def test_openai_chat(self):
        def read(client):
            messages = [{"role": "user", "content": "Hello"}]
            for chunk in client.chat.completions.create(model="any", messages=messages, stream=True):
                for choice in chunk.choices:
                    yield "text", choice.delta.content or ""
                    yield "reasoning", getattr(choice.delta, "reasoning_content", None) or ""
                    for call in choice.delta.tool_calls or []:
                        yield "arguments", call.function.arguments or ""

        self.check("openai-chat", openai_client, read)

    def test_openai_completions(self):
        def read(client):
            for chunk in client.completions.create(model="any", prompt="Hello", stream=True):
                for choice in chunk.choices:
                    yield "text", choice.text or ""

        self.check("openai-completions", openai_client, read)

    def test_openai_responses(self):
        kinds = {"response.output_text.delta": "text", "response.function_call_arguments.delta": "arguments"}

        def read(client):
            for event in client.responses.create(model="any", input="Hello", stream=True):
                if event.type in kinds:
                    yield kinds[event.type], event.delta

        self.check("openai-responses", openai_client, read)

    def test_anthropic_messages(self):
        def read(client):
            messages = [{"role": "user", "content": "Hello"}]
            for event in client.messages.create(model="any", max_tokens=100, messages=messages, stream=True):
                if event.type != "content_block_delta":
                    continue
                if event.delta.type == "text_delta":
                    yield "text", event.delta.text
                elif event.delta.type == "thinking_delta":
                    yield "reasoning", event.delta.thinking
                elif event.delta.type == "input_json_delta":
                    yield "arguments", event.delta.partial_json

        self.check("anthropic-messages", anthropic_client, read)

    def test_ollama_generate(self):
        def read(client):
            for part in client.generate(model="any", prompt="Hello", stream=True):
                yield "text", part.response

        self.check("ollama-generate", ollama_client, read)

    def test_ollama_chat(self):
        def read(client):
            messages = [{"role": "user", "content": "Hello"}]
            for part in client.chat(model="any", messages=messages, stream=True):
                yield "text", part.message.content or ""

        self.check("ollama-chat", ollama_client, read)

    def test_recorded_pace(self):
        """A client gets the first response no sooner than it was recorded, and its pieces one by one."""
        name = "openai-chat"
        recorded = read_times(name)[0][-1][0] / 1e9
        self.assertGreater(recorded, 0.1)
        with replay(name) as address, openai_client(address) as client:
            # On a busy machine the client may be stopped for so long that all pieces wait for it: it gets other tries.
            for _ in range(20):
                start = time.monotonic()
                stream = client.chat.completions.create(
                    model="any", messages=[{"role": "user", "content": "Hello"}], stream=True
                )
                arrivals = [time.monotonic() - start for _ in stream]
                end = time.monotonic() - start
                self.assertGreaterEqual(end, recorded)
                if arrivals[0] < end - recorded / 2:
                    return
        self.fail("the pieces arrived all at once")

    def test_errors_are_the_clients_own(self):
        """A refusal reaches the user as the error class that the client has for it."""
        with replay("openai-chat") as address, openai_client(address) as client:
            with self.assertRaisesRegex(openai.BadRequestError, "ask for it with"):
                client.post("/chat/completions", cast_to=object, body={"stream": False})
            with self.assertRaises(openai.NotFoundError):
                client.models.list()
        with replay("anthropic-messages") as address, anthropic_client(address) as client:
            with self.assertRaises(anthropic.NotFoundError):
                client.models.list()


if __name__ == "__main__":
    unittest.main()
