"""Arguments that stream, looked at after every piece, by the parsers that the official Python clients use.

    sh Benchmarks/peers/json.sh        the pieces are those of `sluice-bench json`
"""

import json
import statistics
import sys
import time

import jiter


def look(value, seen):
    steps = value.get("steps") if isinstance(value, dict) else None
    if not steps:
        return
    seen[0] += len(steps)
    last = steps[-1]
    if isinstance(last, dict):
        seen[1] += len(last)
        seen[2] += len(last.get("title", "").encode())


def anew(pieces):
    """What the clients of Anthropic and OpenAI do: the whole text is parsed again at each delta."""
    seen, text = [0, 0, 0], b""
    for piece in pieces:
        text += piece
        look(jiter.from_json(text, partial_mode="trailing-strings"), seen)
    return seen


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        pieces = [piece.encode() for piece in json.load(file)]
    print(f"{'reader':45} {'pieces':>7} {'ms in all':>10} {'µs/piece':>9}  values, members, bytes of strings seen")
    for count in (len(pieces) // 4, len(pieces) // 2, len(pieces)):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            seen = anew(pieces[:count])
            times.append(time.perf_counter() - start)
        median = statistics.median(times)
        print(f"{'jiter, parsing anew at each piece':45} {count:7} {median * 1e3:10.2f} {median / count * 1e6:9.2f}  {seen}")


main()
