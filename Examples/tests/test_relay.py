"""The relay's page in headless Chromium, and the relay alone."""

import json
import os
import re
import shutil
import unittest
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from upstream import LIMIT, Program, Upstream, first_answer, replay

BIN = os.environ["EXAMPLES"]
DRIVER = shutil.which("chromedriver")


def relay(url, *options, api="chat"):
    program = Program(f"{BIN}/Relay", "--port", "0", "--api", api, "--url", url, "--model", "m", *options)
    program.await_output("/\n")
    program.address = re.search(r"http://127\.0\.0\.1:\d+", program.output)[0]
    return program


def post(address, text):
    body = json.dumps({"messages": [{"isAnswer": False, "text": text}]}).encode()
    request = urllib.request.Request(address + "/chat", body, {"content-type": "application/json"})
    return urllib.request.urlopen(request, timeout=LIMIT)


class Relay(unittest.TestCase):
    def test_a_recorded_answer_arrives_as_events(self):
        with replay("anthropic-messages") as upstream, relay(upstream, api="anthropic") as program:
            with post(program.address, "Hello") as response:
                self.assertEqual(response.headers["content-type"], "text/event-stream")
                events = response.read().decode().split("\n\n")
        texts = [event.split("\ndata: ")[1] for event in events if event.startswith("event: text\n")]
        self.assertEqual("".join(json.loads(text)["text"] for text in texts), first_answer("anthropic-messages")["text"])
        self.assertEqual(events[-2:], ["event: end\ndata: complete", ""])

    def test_silence_is_filled_with_comments(self):
        with Upstream() as upstream, relay(upstream.address, "--heartbeat", "1") as program:
            with post(program.address, "Hello") as response:
                answer = upstream.next()
                self.assertTrue(response.readline().startswith(b": "))
                self.assertEqual(response.readline(), b"\n")
                answer.text("Hi")
                answer.finish()
                self.assertIn('"text":"Hi"', response.read().decode())

    def test_a_client_that_goes_closes_the_connection_upstream(self):
        with Upstream() as upstream, relay(upstream.address) as program:
            response = post(program.address, "Hello")
            answer = upstream.next()
            answer.text("Hi")
            self.assertIn(b"text", response.readline())
            response.close()
            answer.await_close()


# CI installs both, so there nothing is skipped.
@unittest.skipUnless(
    os.environ.get("CI") or DRIVER and shutil.which("chromium"), "needs chromium and chromium-driver"
)
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        cls.browser = webdriver.Chrome(options=options, service=Service(DRIVER))

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def content(self, selector):
        """The text of the last element that is found, hidden or not."""
        return self.find(selector)[-1].get_property("textContent")

    def wait(self, condition):
        WebDriverWait(self.browser, LIMIT, poll_frequency=0.05).until(lambda _: condition())

    def ask(self, text):
        self.find("#question")[0].send_keys(text)
        self.find("#send")[0].click()

    def test_text_arrives_piece_by_piece_with_reasoning_folded(self):
        with Upstream() as upstream, relay(upstream.address) as program:
            self.browser.get(program.address)
            self.ask("Why?")
            answer = upstream.next()
            self.assertEqual(answer.body["messages"], [{"role": "user", "content": "Why?"}])
            answer.event({"choices": [{"index": 0, "delta": {"reasoning_content": "Hm, \n"}}]})
            self.wait(lambda: self.content(".reasoning p") == "Hm, \n")
            self.assertIsNone(self.find(".reasoning")[0].get_attribute("open"))
            self.assertFalse(self.find(".reasoning p")[0].is_displayed())
            so_far = ""
            for piece in ["Be", "cause", " of", " \U0001f327 é\n\nline"]:
                answer.text(piece)
                so_far += piece
                self.wait(lambda: self.content(".answer") == so_far)
            self.assertTrue(self.find("#stop")[0].is_displayed())
            answer.finish()
            self.wait(lambda: self.find("#send")[0].is_displayed())
            self.assertEqual(self.find(".note"), [])
            # The next question has the answer before it.
            self.ask("And?")
            asked = [(message["role"], message["content"]) for message in upstream.next().body["messages"]]
            self.assertEqual(asked, [("user", "Why?"), ("assistant", so_far), ("user", "And?")])

    def test_stop_closes_the_connection_upstream_and_keeps_what_came(self):
        with Upstream() as upstream, relay(upstream.address) as program:
            self.browser.get(program.address)
            self.ask("Long?")
            answer = upstream.next()
            answer.text("Once upon")
            self.wait(lambda: self.content(".answer") == "Once upon")
            self.find("#stop")[0].click()
            answer.await_close()
            self.wait(lambda: self.content(".note") == "Stopped." if self.find(".note") else False)
            self.ask("Go on")
            self.assertEqual(upstream.next().body["messages"][1], {"role": "assistant", "content": "Once upon"})

    def test_what_looks_like_html_is_text(self):
        hostile = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>&amp;"
        hostile += "\ndata: x\n\nevent: end"
        with Upstream() as upstream, relay(upstream.address) as program:
            self.browser.get(program.address)
            self.ask("Why?")
            answer = upstream.next()
            answer.event({"choices": [{"index": 0, "delta": {"reasoning_content": hostile}}]})
            answer.text(hostile)
            answer.event({"error": {"message": hostile}})
            answer.finish()
            self.wait(lambda: self.find("#send")[0].is_displayed())
            for selector in (".reasoning p", ".answer"):
                self.assertEqual(self.content(selector), hostile)
            self.assertIn(hostile, [note.get_property("textContent") for note in self.find(".note")])
            self.assertEqual(self.find("main img, main script"), [])
            self.assertEqual(self.browser.title, "Chat")

    def test_a_broken_answer_is_told(self):
        with Upstream() as upstream, relay(upstream.address) as program:
            self.browser.get(program.address)
            self.ask("Why?")
            answer = upstream.next()
            answer.text("Be")
            answer.pieces.put(None)
            self.wait(lambda: self.find(".note"))
            self.assertEqual(self.content(".note"), "The answer is truncated.")


if __name__ == "__main__":
    unittest.main()
