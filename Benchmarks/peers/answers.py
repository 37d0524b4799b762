"""What a peer has to find in a stream, and how its answer is compared with Sluice's: number, bytes and hash of the pieces."""

import re
from typing import Iterable, NamedTuple

MASK = (1 << 64) - 1
LENGTH_FACTOR = 0x9E3779B97F4A7C15
WORD_FACTOR = 0xFF51AFD7ED558CCD
CHUNK_BYTES = 65536

# The end of each response. The official clients stop there, so each of their requests is served one response.
RESPONSE_ENDS = {
    "openai-chat": re.compile(rb"^data: ?\[DONE\]\r?\n\r?\n", re.MULTILINE),
    "anthropic-messages": re.compile(rb'^data: ?\{ ?"type": ?"message_stop".*\r?\n\r?\n', re.MULTILINE),
    "ollama-generate": re.compile(rb'^\{.*"done": ?true.*\n', re.MULTILINE),
}


class Answer(NamedTuple):
    deltas: int
    bytes: int
    hash: int

    @classmethod
    def expected(cls, row: dict) -> "Answer":
        return cls(int(row["deltas"]), int(row["bytes"]), int(row["hash"], 16))

    def __str__(self) -> str:
        return f"{self.deltas:,} deltas, {self.bytes:,} bytes, hash {self.hash:016x}"


def mix(hash: int, piece: bytes) -> int:
    """One piece, as `baseline_add` in CBaselines mixes it in: eight bytes at a time, little-endian, the rest padded with zeros."""
    hash ^= len(piece) * LENGTH_FACTOR & MASK
    for start in range(0, len(piece) // 8 * 8 + 1, 8):
        hash = (hash ^ int.from_bytes(piece[start : start + 8], "little")) * WORD_FACTOR & MASK
        hash ^= hash >> 32
    return hash


def answer(pieces: Iterable[str | bytes]) -> Answer:
    """Too slow to be timed: peers collect their pieces, and those are hashed when the clock has stopped."""
    deltas = size = hash = 0
    for piece in pieces:
        # A lone surrogate has no UTF-8. Here it becomes '?', which makes the answer of whoever left it in a wrong one.
        data = piece if isinstance(piece, bytes) else piece.encode(errors="replace")
        hash = mix(hash, data)
        deltas += 1
        size += len(data)
    return Answer(deltas, size, hash)


def cut(body: bytes) -> list[bytes]:
    """The reads of a client with a 64 KiB buffer."""
    return [body[start : start + CHUNK_BYTES] for start in range(0, len(body), CHUNK_BYTES)]


def responses(body: bytes, wire_format: str) -> list[list[bytes]]:
    """The stream cut behind each response, each response cut into chunks."""
    ends = [match.end() for match in RESPONSE_ENDS[wire_format].finditer(body)]
    if not ends or ends[-1] < len(body):
        ends.append(len(body))
    return [cut(body[start:end]) for start, end in zip([0, *ends], ends)]
