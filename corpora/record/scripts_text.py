"""A text of several scripts, written for Sluice: it heads every recording."""

TEXT = r"""Hello. Every word you are reading arrived in an envelope of its own: a few bytes of text, folded into a JSON document, wrapped in a server-sent event, and cut into chunks by a network that knows nothing about words. That is how language models talk. Most of what they send is paper; very little of it is letter.

Sluice is the gate in that stream. Bytes come in as the transport delivers them, in chunks whose boundaries mean nothing. Out come the deltas: text, reasoning, tool-call arguments, the finish, the usage, the errors. Nothing is copied without need, and once the engine is warm, no delta costs an allocation.

The trouble starts with the cuts. A chunk may end between the CR and the LF of one line, inside a field name, or halfway through a character. Take 水門, the Japanese word for a sluice: six bytes, and five places to cut it. Take «بوابة الماء», a water gate that reads from right to left. Take 👩🏽‍🚀, 👨‍👩‍👧‍👦 or 🏳️‍🌈: one picture each to the eye, a train of code points to a parser, coupled by joiners that nobody sees. Sluice promises that every possible split gives the same deltas, byte for byte.

水門は流れを止めるものではなく、流れを整えるものです。
闸门一开，文字如水。
수문이 열리면 글자가 흐릅니다.

Here is the parser that everybody writes first:

```python
for line in body.split("\n"):
    if line.startswith("data: "):
        print(json.loads(line[6:])["delta"], end="")
```

It works in the demo. Then a server ends its lines with "\r\n", or leaves out the space after "data:", or sends a keep-alive comment such as the pings between these very words. Then a text holds a quote (\"), a path (C:\streams\new.sse) or something that only looks like an escape (\u00e9), and the demo is over.

Sluice frames the bytes first, exactly as the WHATWG standard says, and only then looks inside. simdjson reads the documents. And because a stream repeats itself from event to event, Sluice learns the part that stays the same and compares it instead of parsing it again. Where it cannot prove that both roads lead to the same answer, simdjson parses.

Three promises for your pocket:

	1. Nothing is lost silently: what is skipped is reported.
	2. Nothing grows without a limit, and the limit is yours to set.
	3. Every end has a name: complete, truncated or failed.

If you can read this line, the gate held. 🌊
"""
