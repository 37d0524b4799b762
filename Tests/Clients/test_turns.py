"""Several turns with thinking and tools, against a server that refuses what it has not sent.

The server draws ids and signatures anew for each turn, streams an answer in small pieces, and takes the next request only if the
answer came back as the provider would have it: every block, signature, id and argument. What it streamed is joined by `sluice collect
--native`, and sent back.
"""

import base64
import json
import os
import random
import subprocess
import threading
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLUICE = os.environ["SLUICE"]
TURNS = 4


def token(size=24):
    return base64.b64encode(os.urandom(size)).decode()


def pieces(text):
    """The text in pieces of a few characters."""
    while text:
        count = random.randint(1, 7)
        yield text[:count]
        text = text[count:]


class Anthropic:
    """Thinking, redacted thinking and two tool calls; the last turn is text."""

    format = "anthropic-messages"

    def answer(self, is_last):
        if is_last:
            return [{"type": "text", "text": "It is 7 °C in Oslo \U0001f327 and 21 in Rome."}]
        return [
            {"type": "thinking", "thinking": "The user wants the weather… \n", "signature": token(60)},
            {"type": "redacted_thinking", "data": token(80)},
            {"type": "text", "text": "I look it up."},
            {"type": "tool_use", "id": "toolu_" + token(9), "name": "weather", "input": {"city": "Oslo", "days": [1, 2]}},
            {"type": "tool_use", "id": "toolu_" + token(9), "name": "now", "input": {}},
        ]

    def events(self, blocks, is_last):
        message = {"id": "msg_" + token(9), "type": "message", "role": "assistant", "model": "m", "content": []}
        yield {"type": "message_start", "message": {**message, "usage": {"input_tokens": 5, "output_tokens": 1}}}
        for index, block in enumerate(blocks):
            empty = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}
            yield {"type": "content_block_start", "index": index, "content_block": {**block, **empty.get(block["type"], {})}}
            deltas = []
            if block["type"] == "text":
                deltas = [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
            if block["type"] == "thinking":
                deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
                deltas.append({"type": "signature_delta", "signature": block["signature"]})
            if block["type"] == "tool_use" and block["input"]:
                text = json.dumps(block["input"])
                deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(text)]
            for delta in deltas:
                yield {"type": "content_block_delta", "index": index, "delta": delta}
            yield {"type": "content_block_stop", "index": index}
        reason = "end_turn" if is_last else "tool_use"
        yield {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 9}}
        yield {"type": "message_stop"}

    def first(self):
        return {"messages": [{"role": "user", "content": "How is the weather?"}]}

    def next(self, request, message):
        results = [
            {"type": "tool_result", "tool_use_id": block["id"], "content": "7"}
            for block in message["content"]
            if block["type"] == "tool_use"
        ]
        turn = [{"role": message["role"], "content": message["content"]}, {"role": "user", "content": results}]
        return {"messages": request["messages"] + turn}

    def returned(self, request):
        return [message["content"] for message in request["messages"] if message["role"] == "assistant"]

    def calls(self, message):
        return [block for block in message["content"] if block["type"] == "tool_use"]


class Responses:
    """Encrypted reasoning, a message and two function calls, sent back as items."""

    format = "openai-responses"

    def answer(self, is_last):
        message = {"id": "msg_" + token(9), "type": "message", "role": "assistant", "status": "completed", "content": []}
        message["content"].append({"type": "output_text", "text": "It is 7 °C \U0001f327.", "annotations": []})
        if is_last:
            return [message]
        reasoning = {"id": "rs_" + token(9), "type": "reasoning", "encrypted_content": token(90), "summary": []}
        reasoning["summary"] = [{"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": "Then."}]
        call = {"type": "function_call", "status": "completed", "name": "weather", "arguments": '{"city": "Oslo"}'}
        return [
            reasoning,
            message,
            {**call, "id": "fc_" + token(9), "call_id": "call_" + token(9)},
            {**call, "id": "fc_" + token(9), "call_id": "call_" + token(9), "arguments": "{}"},
        ]

    def events(self, items, is_last):
        response = {"id": "resp_" + token(9), "object": "response", "model": "m", "output": []}
        yield {"type": "response.created", "response": {**response, "status": "in_progress"}}
        for index, item in enumerate(items):
            place = {"output_index": index, "item_id": item["id"]}
            empty = {"content": [], "summary": [], "arguments": ""}
            begun = {key: empty.get(key, value) for key, value in item.items()}
            yield {"type": "response.output_item.added", "output_index": index, "item": begun}
            if item["type"] == "function_call":
                for piece in pieces(item["arguments"]):
                    yield {"type": "response.function_call_arguments.delta", **place, "delta": piece}
            for number, part in enumerate(item.get("summary", [])):
                for piece in pieces(part["text"]):
                    kind = "response.reasoning_summary_text.delta"
                    yield {"type": kind, **place, "summary_index": number, "delta": piece}
            for number, part in enumerate(item.get("content", [])):
                for piece in pieces(part["text"]):
                    yield {"type": "response.output_text.delta", **place, "content_index": number, "delta": piece}
            yield {"type": "response.output_item.done", "output_index": index, "item": item}
        yield {"type": "response.completed", "response": {**response, "status": "completed", "output": items}}

    def first(self):
        return {"input": [{"role": "user", "content": "How is the weather?"}]}

    def next(self, request, response):
        results = [
            {"type": "function_call_output", "call_id": item["call_id"], "output": "7"} for item in self.calls(response)
        ]
        return {"input": request["input"] + [{"sent": response["output"]}] + results}

    def returned(self, request):
        return [item["sent"] for item in request["input"] if "sent" in item]

    def calls(self, response):
        return [item for item in response["output"] if item["type"] == "function_call"]


class Chat:
    """Reasoning details with a signature, text and two tool calls."""

    format = "openai-chat"

    def answer(self, is_last):
        message = {"role": "assistant", "content": "It is 7 °C \U0001f327."}
        if is_last:
            return message
        message["reasoning_details"] = [
            {"type": "reasoning.text", "text": "Hm, the weather.", "signature": token(40), "index": 0},
        ]
        message["tool_calls"] = [
            {"id": "call_" + token(9), "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}},
            {"id": "call_" + token(9), "type": "function", "function": {"name": "now", "arguments": "{}"}},
        ]
        return message

    def events(self, message, is_last):
        def chunk(delta, reason=None):
            head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

        yield chunk({"role": "assistant", "content": ""})
        for detail in message.get("reasoning_details", []):
            for piece in pieces(detail["text"]):
                yield chunk({"reasoning_details": [{"type": detail["type"], "text": piece, "index": 0}]})
            yield chunk({"reasoning_details": [{"type": detail["type"], "signature": detail["signature"], "index": 0}]})
        for piece in pieces(message["content"]):
            yield chunk({"content": piece})
        for index, call in enumerate(message.get("tool_calls", [])):
            yield chunk({"tool_calls": [{"index": index, **call, "function": {**call["function"], "arguments": ""}}]})
            for piece in pieces(call["function"]["arguments"]):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        yield chunk({}, "stop" if is_last else "tool_calls")
        yield "[DONE]"

    def first(self):
        return {"messages": [{"role": "user", "content": "How is the weather?"}]}

    def next(self, request, completion):
        message = completion["choices"][0]["message"]
        results = [{"role": "tool", "tool_call_id": call["id"], "content": "7"} for call in message["tool_calls"]]
        return {"messages": request["messages"] + [message] + results}

    def returned(self, request):
        return [message for message in request["messages"] if message["role"] == "assistant"]

    def calls(self, completion):
        return completion["choices"][0]["message"].get("tool_calls", [])


class Gemini:
    """Thoughts, a signature on the part of a call, and text."""

    format = "gemini-generate"

    def answer(self, is_last):
        if is_last:
            return [{"text": "It is 7 °C \U0001f327."}]
        call = {"functionCall": {"name": "weather", "args": {"city": "Oslo"}, "id": token(6)}, "thoughtSignature": token(50)}
        return [{"text": "Hm, the weather.", "thought": True}, {"text": "I look."}, call]

    def events(self, parts, is_last):
        for part in parts:
            for piece in pieces(part["text"]) if "text" in part else [None]:
                sent = part if piece is None else {**part, "text": piece}
                yield {"candidates": [{"content": {"role": "model", "parts": [sent]}, "index": 0}], "modelVersion": "m"}
        yield {"candidates": [{"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "STOP", "index": 0}]}

    def first(self):
        return {"contents": [{"role": "user", "parts": [{"text": "How is the weather?"}]}]}

    def next(self, request, response):
        content = response["candidates"][0]["content"]
        results = [
            {"functionResponse": {"name": part["functionCall"]["name"], "response": {"t": 7}}}
            for part in content["parts"]
            if "functionCall" in part
        ]
        return {"contents": request["contents"] + [content, {"role": "user", "parts": results}]}

    def returned(self, request):
        found = []
        for content in request["contents"]:
            if content["role"] == "model":
                # An empty text says nothing.
                found.append([part for part in content["parts"] if part != {"text": ""}])
        return found

    def calls(self, response):
        return [part for part in response["candidates"][0]["content"]["parts"] if "functionCall" in part]


class Handler(BaseHTTPRequestHandler):
    """Checks what comes back, and streams the next turn in small writes."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server = self.server
        returned = server.provider.returned(request)
        if returned != server.sent:
            body = json.dumps({"error": {"type": "invalid_request_error", "returned": returned, "sent": server.sent}})
            self.send_response(400)
            self.end_headers()
            self.wfile.write(body.encode())
            return
        is_last = len(server.sent) == TURNS - 1
        answer = server.provider.answer(is_last)
        server.sent.append(answer)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for event in server.provider.events(answer, is_last):
            text = event if isinstance(event, str) else json.dumps(event, ensure_ascii=random.random() < 0.5)
            name = f"event: {event['type']}\n" if isinstance(event, dict) and "type" in event else ""
            data = f"{name}data: {text}\n\n".encode()
            cut = random.randint(0, len(data))
            for piece in (data[:cut], data[cut:]):
                self.wfile.write(piece)
                self.wfile.flush()


class Turns(unittest.TestCase):
    maxDiff = 4000

    def collect(self, response):
        """What Sluice makes of the stream as it arrives."""
        command = [SLUICE, "collect", "--native"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            while piece := response.read1(512):
                run.stdin.write(piece)
                run.stdin.flush()
            output, errors = run.communicate()
            return run.returncode, output, errors.decode()

    def converse(self, provider, change=lambda message: message):
        """All turns; `change` may spoil an answer before it is sent back. Gives the number of turns that were answered."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.provider, server.sent = provider, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            request = provider.first()
            for turn in range(TURNS):
                address = f"http://127.0.0.1:{server.server_port}/"
                try:
                    with urllib.request.urlopen(address, json.dumps(request).encode(), timeout=60) as response:
                        status, output, errors = self.collect(response)
                except urllib.error.HTTPError as error:
                    return turn, json.loads(error.read())
                self.assertEqual(status, 0, errors)
                message = json.loads(output)
                if not provider.calls(message):
                    return turn + 1, None
                request = provider.next(request, change(message))
            self.fail("the last turn has tool calls")
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def check(self, provider):
        turns, refused = self.converse(provider)
        self.assertIsNone(refused, refused)
        self.assertEqual(turns, TURNS)

    def test_anthropic(self):
        self.check(Anthropic())

    def test_responses(self):
        self.check(Responses())

    def test_chat(self):
        self.check(Chat())

    def test_gemini(self):
        self.check(Gemini())

    def test_the_server_refuses_another_signature(self):
        def spoil(message):
            for block in message["content"]:
                if block["type"] == "thinking":
                    block["signature"] = block["signature"][:-1]
            return message

        turns, refused = self.converse(Anthropic(), spoil)
        self.assertEqual(turns, 1)
        self.assertEqual(refused["error"]["type"], "invalid_request_error")


if __name__ == "__main__":
    unittest.main()
