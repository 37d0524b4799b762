"""Starts the servers that are recorded, each on a free port of the loopback interface, and ends them."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

HERE = Path(__file__).resolve().parent
MASTER_KEY = f"sk-{secrets.token_hex(8)}"
START_SECONDS = 120


@contextmanager
def python_server(app: FastAPI):
    """Binds first and hands the socket over, so that nobody can take the port in between."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise SystemExit("the server did not start within 10 seconds")
        time.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def litellm_proxy(upstream: int):
    """LiteLLM's proxy with a master key of its own; it needs nothing but loopback."""
    program = Path(sys.executable).with_name("litellm")
    if not program.exists():
        raise SystemExit("LiteLLM is not installed; install corpora/record/requirements.txt")
    port = free_port()
    environment = {
        **os.environ, "LITELLM_MASTER_KEY": MASTER_KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False",
        "SLUICE_UPSTREAM": f"http://127.0.0.1:{upstream}/v1", "NO_PROXY": "127.0.0.1",
    }
    command = [str(program), "--config", str(HERE / "litellm.yaml"), "--host", "127.0.0.1", "--port", str(port)]
    with child(command, environment, lambda: answers(f"http://127.0.0.1:{port}/health/liveliness")):
        yield port


@contextmanager
def express_relay(upstream: int):
    if not shutil.which("node") or not Path("/usr/share/nodejs/express").exists():
        raise SystemExit("Express was not found; on Debian: apt-get install nodejs node-express")
    port = free_port()
    environment = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
    command = ["node", str(HERE / "server_express.js"), str(port), str(upstream)]
    with child(command, environment, lambda: answers(f"http://127.0.0.1:{port}/")):
        yield port


@contextmanager
def child(command: list[str], environment: dict, is_up):
    with tempfile.TemporaryFile("w+") as log, tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not is_up():
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SystemExit(f"{command[0]} did not start:\n{log.read()[-2000:]}")
                time.sleep(0.2)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False
