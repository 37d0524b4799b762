"""The Node peer: one process a corpus, kept for all rounds so that its compiler is as warm as it gets."""

import json
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "split_loop.mjs"


def node_version() -> str | None:
    """Nothing where Node is not installed."""
    if shutil.which("node") is None:
        return None
    return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()


class NodePeer:
    """Runs a round on request; returns its nanoseconds and its pieces."""

    def __init__(self, stream: Path, wire_format: str):
        self._folder = tempfile.TemporaryDirectory()
        self._pieces = Path(self._folder.name) / "pieces"
        self._process = subprocess.Popen(
            ["node", "--expose-gc", str(SCRIPT), wire_format, str(stream), str(self._pieces)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def round(self) -> tuple[int, list[bytes]]:
        print("round", file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("node ended before its round did; its own message stands above")
        return json.loads(line)["nanoseconds"], self._read()

    def _read(self) -> list[bytes]:
        data = self._pieces.read_bytes()
        pieces = []
        position = 0
        while position < len(data):
            (length,) = struct.unpack_from("<I", data, position)
            pieces.append(data[position + 4 : position + 4 + length])
            position += 4 + length
        return pieces

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()
