"""Servers on loopback for the examples: one that does what the test says when it says so, and `sluice replay`."""

import json
import os
import queue
import select
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT / "corpora"
SLUICE = os.environ["SLUICE"]
# A machine may be slow, but what is awaited comes.
LIMIT = 300


class Answer:
    """One request, and the answer to it that the test writes."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.pieces = queue.Queue()
        self.closed = threading.Event()

    def send(self, text):
        self.pieces.put(text)

    def event(self, document):
        self.send(f"data: {document if isinstance(document, str) else json.dumps(document)}\n\n")

    def text(self, text):
        """A delta of OpenAI's chat format."""
        self.event({"choices": [{"index": 0, "delta": {"content": text}}]})

    def finish(self):
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.event("[DONE]")
        self.pieces.put(None)

    def await_close(self):
        """Waits until the client has closed the connection before the end of the answer."""
        if not self.closed.wait(LIMIT):
            raise AssertionError("the connection to the server was not closed")


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = Answer(self.path, dict(self.headers), body)
        self.server.requests.put(answer)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        while not self.server.is_over.is_set():
            try:
                piece = answer.pieces.get(timeout=0.05)
            except queue.Empty:
                # A request has one body: what can be read behind it is the end of the connection.
                if select.select([self.connection], [], [], 0)[0]:
                    answer.closed.set()
                    return
                continue
            if piece is None:
                return
            try:
                self.wfile.write(piece.encode())
                self.wfile.flush()
            except OSError:
                answer.closed.set()
                return


class Upstream:
    """A server whose answers the test writes."""

    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.requests = queue.Queue()
        self.server.is_over = threading.Event()
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.is_over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def next(self):
        """The next request."""
        return self.server.requests.get(timeout=LIMIT)


@contextmanager
def replay(name):
    """Serves a corpus on a free port, and gives the server's address."""
    command = [SLUICE, "replay", str(CORPORA / name), "--port", "0", "--pace", "max"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        status = server.wait(timeout=LIMIT)
        server.stdout.close()
    if status != 0:
        raise AssertionError(f"sluice replay ended with status {status}")


def first_answer(name):
    """What Sluice reads in the first response of a corpus: its first choice."""
    folder = CORPORA / name
    stream = next(path for path in folder.glob("stream.*") if path.suffix in (".sse", ".ndjson"))
    first = (folder / "stream.times").read_text().split("\n\n")[0]
    size = sum(int(line.split("\t")[1]) for line in first.split("\n") if line)
    run = subprocess.run([SLUICE, "collect"], input=stream.read_bytes()[:size], capture_output=True, check=False)
    return next(iter(json.loads(run.stdout)["choices"].values()))


class Program:
    """An example that runs, with what it has written so far."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.output = ""
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        rest = b""
        while piece := self.process.stdout.read1(4096):
            rest += piece
            # A character may be cut.
            text = rest.decode(errors="ignore")
            rest = rest[len(text.encode()) :]
            with self.changed:
                self.output += text
                self.changed.notify_all()

    def await_output(self, text, count=1):
        """Waits until the program has written a text this many times."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.output.count(text) >= count, timeout=LIMIT):
                raise AssertionError(f"{text!r} was not written {count} times: {self.output!r}")

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def end(self, close=True):
        """Ends the input, and gives the status and all output."""
        if close:
            self.process.stdin.close()
        status = self.process.wait(timeout=LIMIT)
        self.reader.join()
        self.process.stdout.close()
        if not close:
            self.process.stdin.close()
        return status, self.output

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            # A server would wait for its requests to end.
            self.process.kill()
            self.end(close=False)
