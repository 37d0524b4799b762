"""Seed corpora of the fuzzers: recorded streams and the golden tests' cases, cut to a few KiB, each behind the choices
that its fuzzer reads first (see the fuzzers' heads). Everything is written under the build folder."""

import hashlib
import random
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRAMINGS = ["sse", "ndjson", "json-array", "aws"]
LONGEST = 3000
# Cases that a target takes of one kind of stream.
MOST = 24


def streams(names):
    """(format, framing, bytes) of all recordings and cases; `names` are the catalogue's."""
    for folder in sorted((ROOT / "corpora").iterdir()):
        for file in folder.glob("stream.*"):
            if file.suffix in (".sse", ".ndjson"):
                content = file.read_bytes()
                middle = content.find(b"\n", len(content) // 2) + 1
                for part in (content[:LONGEST], content[middle:middle + LONGEST], content[-LONGEST // 2:]):
                    yield folder.name, file.suffix[1:], part
    for file in sorted((ROOT / "Tests/SluiceTests/Golden/Wire").glob("*.md")):
        for block in re.findall(r"```text\n(.*?)\n```", file.read_text(), re.S):
            content = unescape(block.replace("\n", ""))
            yield file.stem, framing_of(content), content[:LONGEST]
    for file in sorted(file for set in ("recorded", "recorded2") for file in (ROOT / "../shared" / set).glob("*/*")):
        name = format_name(file.parent.name, names)
        if name and file.suffix in (".sse", ".ndjson", ".bin"):
            content = file.read_bytes()
            framing = "aws" if file.suffix == ".bin" else framing_of(content)
            yield name, framing, content[:LONGEST * 4 if framing == "aws" else LONGEST]


def format_name(folder, names):
    """The format that a folder of recordings holds; many providers speak another's."""
    if folder in names:
        return folder
    for ending, name in (("-responses", "openai-responses"), ("-completions", "openai-completions")):
        if folder.endswith(ending):
            return name
    if inside := [name for name in names if name in folder]:
        return max(inside, key=len)
    if folder.endswith("-chat"):
        return "openai-chat"
    first = folder.split("-")[0]
    return first if first in names else None


def framing_of(content):
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "json-array" if start.startswith(b"[") else "ndjson" if start.startswith(b"{") else "sse"


def unescape(text):
    """Golden files write bytes as `VisibleBytes` does."""
    plain = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"'}
    result = bytearray()
    for escape, character in re.findall(r"\\(x[0-9A-Fa-f]{2}|.)|(.)", text, re.S):
        if escape.startswith("x") and len(escape) == 3:
            result.append(int(escape[1:], 16))
        else:
            result += (plain.get(escape, escape) if escape else character).encode()
    return bytes(result)


def messages(content):
    """AWS messages as the fuzzers describe them: a byte for a valid message, its payload's length, its payload."""
    described = bytearray()
    while len(content) >= 16:
        total, headers = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
        if total < 16 or total > len(content):
            break
        payload = content[12 + headers:total - 4][:4095]
        described += bytes([0xB8]) + len(payload).to_bytes(2, "little") + payload
        content = content[total:]
    return bytes(described)


def edits(draw, events):
    """Most events unchanged, several times, and a changed one now and then."""
    found = bytearray()
    for number in range(12 + draw.randrange(12)):
        kind = draw.randrange(16) if number % 3 == 2 else 0
        found += bytes([kind | draw.randrange(8) << 4, number // 4 % max(1, events)]) + draw.randbytes(3)
    return bytes([len(found) // 5]) + bytes(found)


def inputs(target, name, framing, content, draw, names):
    """The inputs made from one stream for one target."""
    cutting = draw.randbytes(4) + bytes([draw.choice([1, 2, 7, 64, 255]), draw.randrange(16)])
    style = draw.randrange(2)
    if target == "framing":
        if framing == "aws":
            yield bytes([3, 0x80 | style]) + cutting + content
            yield bytes([3, style]) + cutting + messages(content)
        else:
            yield bytes([FRAMINGS.index(framing), style]) + cutting + content
            yield bytes([4, style]) + cutting + content
    elif target == "formats":
        body = messages(content) if framing == "aws" else content
        yield bytes([names.index(name)]) + cutting + body
        if framing != "aws":
            yield bytes([len(names)]) + cutting + body
    elif target == "templates" and framing in ("sse", "ndjson"):
        # A format with another framing is not one of this target's.
        sources = [known for known in names if known != "bedrock"]
        if name in sources:
            separator = b"\n\n" if framing == "sse" else b"\n"
            events = separator.join(content.replace(b"\r\n", b"\n").split(separator)[:6]) + separator
            header = bytes([sources.index(name), draw.randrange(256)])
            yield header + cutting + edits(draw, events.count(separator)) + events
    elif target == "scanner" and framing != "aws":
        yield draw.randbytes(4) + content[:1500]
    elif target == "wide":
        body = messages(content) if framing == "aws" else content
        yield bytes([names.index(name), draw.choice([0, 32])]) + cutting + draw.randbytes(8) + b"\x00" + body
    elif target == "abi":
        body = messages(content) if framing == "aws" else content
        for number in (names.index(name), len(names)) if framing != "aws" else (names.index(name),):
            calls = draw.randbytes(draw.randrange(64))
            yield bytes([number]) + cutting + bytes([draw.choice([0, 0, draw.randrange(128)]), len(calls)]) + calls + body
    elif target == "ring":
        yield draw.randbytes(200)


def write(target, folder, names):
    """Writes the seeds of one target into `folder`, unless they are there; returns how many there are."""
    if folder.exists():
        return len(list(folder.iterdir()))
    folder.mkdir(parents=True)
    taken = {}
    for name, framing, content in streams(names):
        if name not in names or (target == "ring" and taken):
            continue
        # By their content, so that each build of the corpus is the same.
        digest = hashlib.sha1(target.encode() + content).hexdigest()
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > MOST:
            continue
        for number, data in enumerate(inputs(target, name, framing, content, random.Random(digest), names)):
            (folder / f"{name}-{digest[:10]}-{number}").write_bytes(data)
    return len(list(folder.iterdir()))
