"""Where Sluice's object differs from that of the official client on purpose: the API without streaming does otherwise.

Each rule looks at one difference and gives the reason, or None. A rule checks Sluice's value against the stream.
"""

#: Values that a stream repeats; the client concatenates them as if they were text.
REPEATED = {"role", "id", "type", "format", "channel"}


def last(documents, path):
    """The last value that is not null at this path; nothing if there is none."""
    found = None
    for document in documents:
        value = document
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        found = value if value is not None else found
    return found


def pieces(documents, number):
    """The entries of one choice."""
    for document in documents:
        for position, choice in enumerate(document.get("choices") or []):
            if choice.get("index", position) == number:
                yield choice


def plain(value):
    """Without nulls, as both objects are compared."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [plain(element) for element in value]
    return value


def ids(documents):
    """The ids of the answers in a file."""
    found = [document.get("id") or None for document in documents if "choices" in document]
    for key in ("message", "response"):
        found += [document[key].get("id") for document in documents if isinstance(document.get(key), dict)]
    return {id for id in found if id}


# MARK: Chat


def repeated_value(path, client, own, documents):
    if "message" in path and path[-1] in REPEATED and isinstance(own, str) and own and isinstance(client, str):
        count = len(client) // len(own)
        if count > 1 and client == own * count:
            return "the client concatenates roles, ids and formats that each chunk repeats"
    return None


def number_of_the_stream(path, client, own, documents):
    if path[-1] == "index" and own is None and path[2:3] == ("message",):
        if path[3] == "tool_calls" or len(path) == 4:
            return "`index` of a call or delta is of the stream; messages have none"
    return None


def added_number(path, client, own, documents):
    if path[2:3] == ("message",) and len(path) == 4 and isinstance(own, int) and isinstance(client, int):
        deltas = [choice.get("delta") or {} for choice in pieces(documents, path[1])]
        values = [delta[path[3]] for delta in deltas if delta.get(path[3]) is not None]
        if values and client == sum(values) and own == values[-1]:
            return "the client adds numbers that are ids"
    return None


def later_field(path, client, own, documents):
    if path[0] != "choices" and own is not None and own == plain(last(documents, path)):
        return "the client drops fields of the answer that come after the first chunk, or that a later chunk lacks"
    return None


def later_field_of_choice(path, client, own, documents):
    if path[0] != "choices" or len(path) < 3 or path[2] == "message" or own is None:
        return None
    choices = list(pieces(documents, path[1]))
    text = [choice.get(path[2]) or "" for choice in choices]
    if own == plain(last(choices, path[2:])) or all(isinstance(piece, str) for piece in text) and own == "".join(text):
        return "the client drops fields of a choice that come after its first chunk"
    return None


def other_probabilities(path, client, own, documents):
    if path[2:3] == ("logprobs",) and len(path) == 4 and client is None:
        lists = [(choice.get("logprobs") or {}).get(path[3]) or [] for choice in pieces(documents, path[1])]
        if own == plain([entry for entries in lists for entry in entries]):
            return "the client keeps only `content` and `refusal` of log probabilities"
    return None


def added_field(path, client, own, documents):
    if path == ("object",) and own is None and not any("object" in document for document in documents):
        return "the client adds `object`, which the provider does not send"
    return None


def other_call(path, client, own, documents):
    if path[2:] == ("message", "tool_calls") and len(own) > len(client):
        if "".join(call["id"] for call in own) == "".join(call["id"] for call in client):
            return "the client joins calls with the same index and other ids"
    return None


def executed_tool(path, client, own, documents):
    if path[2:4] == ("message", "executed_tools"):
        tools = [tool for choice in pieces(documents, path[1]) for tool in choice["delta"].get("executed_tools") or []]
        whole = last([tool for tool in tools if tool["index"] == path[4]], path[5:])
        if own == plain(whole):
            return "the client concatenates what Groq's tools repeat with their results"
    return None


def other_detail(path, client, own, documents):
    if path[2:] != ("message", "reasoning_details"):
        return None
    texts = {}
    for choice in pieces(documents, path[1]):
        for detail in (choice.get("delta") or {}).get("reasoning_details") or []:
            key = (detail.get("index"), detail["type"])
            for name in ("text", "summary", "data"):
                texts[key] = texts.get(key, "") + (detail.get(name) or "")
    held = {}
    for detail in own:
        text = "".join(detail.get(name, "") for name in ("text", "summary", "data"))
        held[detail.get("index"), detail["type"]] = text
    if held == texts:
        return "the client joins reasoning details with the same index and other types"
    return None


# MARK: Responses


def done_items(documents):
    done = [document for document in documents if document.get("type") == "response.output_item.done"]
    return plain([document["item"] for document in sorted(done, key=lambda document: document["output_index"])])


def empty_output(path, client, own, documents):
    if path == ("output",) and client == [] and own == done_items(documents):
        return "the last response has no output; Sluice's object has the items that were done"
    return None


# MARK: Messages of Anthropic


def unknown_delta(path, client, own, documents):
    """Deltas and inputs that the client does not know."""
    if path[0] != "content" or client is not None:
        return None
    deltas = [document for document in documents if document.get("type") == "content_block_delta"]
    deltas = [document["delta"] for document in deltas if document["index"] == path[1]]
    if path[2] == "content" and own == "".join(delta.get("content") or "" for delta in deltas):
        return "the client has no rule for compaction_delta"
    starts = [document for document in documents if document.get("type") == "content_block_start"]
    types = [document["content_block"]["type"] for document in starts if document["index"] == path[1]]
    if path[2] == "input" and types == ["mcp_tool_use"]:
        return "the client has no input of mcp_tool_use"
    return None


def later_member(path, client, own, documents):
    deltas = [document for document in documents if document.get("type") == "message_delta"]
    if client is None and own == plain(last(deltas, path)):
        return "the client has no rule for this member of message_delta"
    return None


DIFFERENCES = {
    "openai-chat": [
        repeated_value, number_of_the_stream, added_number, added_field, other_probabilities, later_field,
        later_field_of_choice, other_call, other_detail, executed_tool,
    ],
    "openai-responses": [empty_output],
    "anthropic-messages": [unknown_delta, later_member],
}


def is_plain_joining(own, documents):
    """Whether all choices have the text and calls of their pieces, joined by index."""
    if not own.get("choices"):
        return False
    for choice in own.get("choices") or []:
        content, calls = "", {}
        for piece in pieces(documents, choice["index"]):
            content += (piece.get("delta") or {}).get("content") or ""
            for call in (piece.get("delta") or {}).get("tool_calls") or []:
                held = calls.setdefault(call["index"], ["", "", ""])
                function = call["function"]
                for place, value in enumerate([call.get("id"), function.get("name"), function.get("arguments")]):
                    held[place] += value or ""
        message = choice["message"]
        joined = [
            [call["id"], call["function"]["name"], call["function"]["arguments"]]
            for call in message.get("tool_calls") or []
        ]
        if (message.get("content") or "") != content or joined != [calls[index] for index in sorted(calls)]:
            return False
    return True


def reason(format, path, client, own, documents):
    """Why a difference is right; None if nothing explains it."""
    for rule in DIFFERENCES[format]:
        found = rule(path, client, own, documents)
        if found:
            return found
    return None


def reason_of_failure(format, own, documents):
    """Why the client gives no object, when Sluice's is right all the same; None if nothing explains it."""
    carried = last(documents, ("error",))
    if carried is not None and own.get("error") == plain(carried):
        return "the client throws the stream's error; Sluice's object has it"
    if format == "openai-chat" and is_plain_joining(own, documents):
        return "the client fails at null or missing values; Sluice's object has the text and calls of all pieces"
    if format == "openai-responses":
        if last(documents, ("type",)) == "error" and own["error"]["message"] == last(documents, ("message",)):
            return "the client throws the stream's error; Sluice's object has it"
        response = plain(last(documents, ("response",)) or {})
        if own in (response, {**response, "output": done_items(documents)}):
            return "the client refuses the order of the events; Sluice's object is the last response"
    return None
