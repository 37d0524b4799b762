"""What answers of OpenAI's Responses and of Anthropic have and requests must not, by the types of the official clients.

`AssistantMessage` leaves these fields out (`Sources/SluiceKit/Requests/RequestForm.swift`). A new version of a client that has more of
them fails here.
"""

import types
import typing
import unittest

from anthropic.types import ContentBlock, ContentBlockParam, TextCitation, TextCitationParam
from openai.types.responses import ResponseInputItemParam, ResponseOutputItem


def members(union):
    """The classes of a union."""
    if typing.get_origin(union) is typing.Annotated:
        return members(typing.get_args(union)[0])
    if typing.get_origin(union) in (typing.Union, types.UnionType):
        return [member for argument in typing.get_args(union) for member in members(argument)]
    return [union]


def annotations(kind):
    if hasattr(kind, "model_fields"):
        return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
    return typing.get_type_hints(kind)


def fields(union):
    """The fields of each type, by the value of its `type`."""
    found = {}
    for kind in members(union):
        hints = annotations(kind)
        for name in typing.get_args(hints.get("type")):
            found.setdefault(name, set()).update(hints)
    return found


def surplus(answer, request):
    """The fields that an answer has and a request has not, by type."""
    answer, request = fields(answer), fields(request)
    assert len(answer) > 3
    return {name: answer[name] - request.get(name, set()) for name in answer if answer[name] - request.get(name, set())}


class Requests(unittest.TestCase):
    def test_responses(self):
        found = surplus(ResponseOutputItem, ResponseInputItemParam)
        # Results of custom tools are made by the client, and never part of an answer.
        found.pop("custom_tool_call_output", None)
        self.assertEqual(set().union(*found.values()), {"created_by"}, found)

    def test_anthropic(self):
        self.assertEqual(surplus(ContentBlock, ContentBlockParam), {})
        found = surplus(TextCitation, TextCitationParam)
        self.assertEqual(set().union(*found.values()), {"file_id"}, found)


if __name__ == "__main__":
    unittest.main()
