"""Chat and Tools against `sluice replay`, a server that refuses what it has not sent, and one that the test drives."""

import io
import json
import os
import signal
import sys
import threading
import unittest

from upstream import ROOT, Program, Upstream, first_answer, replay

sys.path.insert(0, str(ROOT / "Tests" / "Clients"))
import test_turns as turns  # noqa: E402

BIN = os.environ["EXAMPLES"]


def example(name, api, url, *arguments):
    return Program(f"{BIN}/{name}", *arguments, "--api", api, "--url", url, "--model", "m")


class Chat(unittest.TestCase):
    maxDiff = 2000

    def check_replay(self, corpus, api):
        with replay(corpus) as address, example("Chat", api, address) as chat:
            chat.say("Hello")
            chat.say("/quit")
            status, output = chat.end()
        self.assertEqual(status, 0, output[-500:])
        answer = first_answer(corpus)
        self.assertIn(answer["text"], output)
        self.assertIn(answer.get("reasoning") or "", output)
        # A pipe is no terminal: nothing is dimmed.
        self.assertNotIn("\x1b", output)

    def test_a_recorded_answer_of_an_openai_compatible_server(self):
        self.check_replay("openai-chat", "chat")

    def test_a_recorded_answer_of_anthropic(self):
        self.check_replay("anthropic-messages", "anthropic")

    def test_a_recorded_answer_of_ollama(self):
        self.check_replay("ollama-chat", "ollama")

    def test_answers_are_part_of_the_next_request_until_reset(self):
        with Upstream() as upstream, example("Chat", "chat", upstream.address, "--system", "Be \"brief\"") as chat:
            chat.say("One?")
            first = upstream.next()
            self.assertEqual(first.path, "/v1/chat/completions")
            self.assertTrue(first.body["stream"])
            system, question = {"role": "system", "content": 'Be "brief"'}, {"role": "user", "content": "One?"}
            self.assertEqual(first.body["messages"], [system, question])
            first.text("A\x1b[31m\u0007 é")
            chat.await_output("A[31m é")
            first.text("…")
            first.finish()
            chat.await_output("> ", 2)
            chat.say("Two?")
            second = upstream.next()
            answer = {"role": "assistant", "content": "A\x1b[31m\u0007 é…"}
            self.assertEqual(second.body["messages"], [system, question, answer, {"role": "user", "content": "Two?"}])
            second.finish()
            chat.await_output("> ", 3)
            chat.say("/reset")
            chat.say("Three?")
            self.assertEqual(upstream.next().body["messages"][1:], [{"role": "user", "content": "Three?"}])

    def test_ctrl_c_interrupts_the_answer_and_keeps_what_came(self):
        with Upstream() as upstream, example("Chat", "anthropic", upstream.address) as chat:
            chat.say("Long?")
            first = upstream.next()
            start = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "m"}
            block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
            first.event({"type": "message_start", "message": {**start, "usage": {"input_tokens": 1}}})
            first.event(block)
            delta = {"type": "text_delta", "text": "Once upon"}
            first.event({"type": "content_block_delta", "index": 0, "delta": delta})
            chat.await_output("Once upon")
            chat.process.send_signal(signal.SIGINT)
            first.await_close()
            chat.await_output("cancelled")
            chat.await_output("> ", 2)
            chat.say("And then?")
            asked = [(message["role"], message["content"]) for message in upstream.next().body["messages"]]
            self.assertEqual(asked, [("user", "Long?"), ("assistant", "Once upon"), ("user", "And then?")])

    def test_a_question_without_an_answer_is_not_asked_again(self):
        with Upstream() as upstream, example("Chat", "chat", upstream.address) as chat:
            chat.say("Lost?")
            first = upstream.next()
            first.event({"error": {"message": "overloaded"}})
            first.pieces.put(None)
            chat.await_output("overloaded")
            chat.await_output("> ", 2)
            chat.say("Found?")
            self.assertEqual([message["content"] for message in upstream.next().body["messages"]], ["Found?"])


class Turn:
    """Answers of `Tests/Clients/test_turns.py` that call the tools of the example."""

    text = '{"title": "Tea \U0001f375", "steps": ["Boil", "Pour"]}'

    def results(self, request):
        raise NotImplementedError


class AnthropicTurn(turns.Anthropic, Turn):
    def answer(self, is_last):
        blocks = super().answer(is_last)
        calls = [block for block in blocks if block["type"] == "tool_use"]
        for block, (name, arguments) in zip(calls, [("plan", json.loads(self.text)), ("clock", {})]):
            block.update(name=name, input=arguments)
        return blocks

    def results(self, request):
        last = request["messages"][-1]["content"]
        return [(result["tool_use_id"], result["content"], result.get("is_error", False)) for result in last]


class ChatTurn(turns.Chat, Turn):
    def answer(self, is_last):
        message = super().answer(is_last)
        for call, (name, arguments) in zip(message.get("tool_calls", []), [("plan", self.text), ("clock", "{}")]):
            call["function"] = {"name": name, "arguments": arguments}
        return message

    def results(self, request):
        found = [message for message in request["messages"] if message["role"] == "tool"][-2:]
        return [(message["tool_call_id"], message["content"], False) for message in found]


class ResponsesTurn(turns.Responses, Turn):
    def answer(self, is_last):
        items = super().answer(is_last)
        calls = [item for item in items if item["type"] == "function_call"]
        for call, (name, arguments) in zip(calls, [("plan", self.text), ("clock", "{}")]):
            call.update(name=name, arguments=arguments)
        return items

    def returned(self, request):
        # What stands between a question or results and the next results is one answer.
        answers, open_answer = [], []
        for item in request["input"]:
            if item.get("type") == "function_call_output" or item.get("role") == "user":
                answers += [open_answer] if open_answer else []
                open_answer = []
            else:
                open_answer.append(item)
        return answers

    def results(self, request):
        return [(item["call_id"], item["output"], False) for item in request["input"][-2:]]


class GeminiTurn(turns.Gemini, Turn):
    def answer(self, is_last):
        parts = super().answer(is_last)
        if not is_last:
            parts[-1]["functionCall"].update(name="plan", args=json.loads(self.text))
            parts.append({"functionCall": {"name": "clock", "args": {}}})
        return parts

    def results(self, request):
        found = [part["functionResponse"] for part in request["contents"][-1]["parts"]]
        return [(result.get("id", ""), result["response"].get("output"), False) for result in found]


class Handler(turns.Handler):
    """Keeps the requests, too."""

    def do_POST(self):
        size = int(self.headers["content-length"])
        body = self.rfile.read(size)
        self.server.asked.append(json.loads(body))
        self.rfile = io.BytesIO(body)
        super().do_POST()


class Tools(unittest.TestCase):
    """Several requests with results; the server refuses answers that do not come back as it sent them."""

    maxDiff = 4000

    def converse(self, provider, api):
        server = turns.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.provider, server.sent, server.asked = provider, [], []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}"
            with example("Tools", api, address, "How is the weather?") as program:
                status, output = program.end()
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
        self.assertEqual(status, 0, output)
        self.assertEqual(len(server.sent), turns.TURNS)
        # The arguments as they are shown while they arrive.
        self.assertEqual(output.count("[plan Tea \U0001f375\n  1. Boil\n  2. Pour]"), turns.TURNS - 1, output)
        for request in server.asked[1:]:
            results = provider.results(request)
            self.assertEqual(results[0][1:], ("shown, with 2 steps", False))
            self.assertRegex(results[1][1], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertFalse(results[1][2])
        return server.asked

    def test_anthropic(self):
        asked = self.converse(AnthropicTurn(), "anthropic")
        self.assertEqual({tool["name"] for tool in asked[0]["tools"]}, {"clock", "letters", "plan"})

    def test_responses(self):
        self.converse(ResponsesTurn(), "responses")

    def test_chat(self):
        self.converse(ChatTurn(), "chat")

    def test_gemini(self):
        self.converse(GeminiTurn(), "gemini")

    def test_what_goes_wrong_is_for_the_model_to_read(self):
        with Upstream() as upstream, example("Tools", "chat", upstream.address, "Count") as program:
            first = upstream.next()
            calls = [("letters", '{"text":"strawberry","letter":"r"}'), ("letters", '{"text":7}'), ("rm", "{}")]
            for index, (name, arguments) in enumerate(calls):
                call = {"index": index, "id": f"c{index}", "function": {"name": name, "arguments": arguments}}
                first.event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
            first.finish()
            second = upstream.next()
            contents = [message["content"] for message in second.body["messages"] if message["role"] == "tool"]
            self.assertEqual(contents[0], '{"count":3}')
            self.assertIn("'letters' (c1) are wrong at 'text': the number 7 was found, not String", contents[1])
            self.assertEqual(contents[2], "there is no tool 'rm'")
            second.text("Three.")
            second.finish()
            status, output = program.end()
            self.assertEqual(status, 0, output)
            self.assertIn("Three.", output)

    def test_an_answer_that_was_cut_runs_nothing(self):
        with Upstream() as upstream, example("Tools", "chat", upstream.address, "Count") as program:
            first = upstream.next()
            call = {"index": 0, "id": "c", "function": {"name": "clock", "arguments": '{"zone":'}}
            first.event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
            first.pieces.put(None)
            status, output = program.end()
            self.assertNotEqual(status, 0)
            self.assertIn("the call of 'clock' is incomplete", output)


if __name__ == "__main__":
    unittest.main()
