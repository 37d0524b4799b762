"""Lists the fields of an AWS event stream from the service models that botocore ships."""

import gzip
import json
from importlib import resources

from walk import join

KINDS = {
    "string": "string", "blob": "string", "timestamp": "string", "boolean": "boolean", "integer": "number",
    "long": "number", "float": "number", "double": "number", "map": "object",
}


def load(service):
    folder = resources.files("botocore") / "data" / service
    version = max(entry.name for entry in folder.iterdir())
    return json.loads(gzip.decompress((folder / version / "service-2.json.gz").read_bytes()))


def walk(service, operation, rows, aliases):
    """Adds the rows of an operation's event stream. The event's type is outside the payload, so no row names it."""
    model = load(service)
    shapes = model["shapes"]
    output = shapes[model["operations"][operation]["output"]["shape"]]["members"].values()
    (stream,) = [member["shape"] for member in output if shapes[member["shape"]].get("eventstream")]
    for event, member in shapes[stream]["members"].items():
        choice = ((":event-type", event),)
        rows.setdefault((choice, ":event-type"), set()).add("tag")
        walk_shape(shapes, member["shape"], "", choice, rows, (), aliases)


def walk_shape(shapes, name, path, event, rows, stack, aliases):
    shape = shapes[name]
    if path in aliases:
        rows.setdefault((event, path), set()).add(aliases[path])
    elif name in stack:
        rows.setdefault((event, path), set()).add("recursive")
    elif shape["type"] == "structure" and shape.get("members"):
        for key, member in shape["members"].items():
            walk_shape(shapes, member["shape"], join(path, key), event, rows, stack + (name,), aliases)
    elif shape["type"] == "list":
        walk_shape(shapes, shape["member"]["shape"], path + "[]", event, rows, stack + (name,), aliases)
    else:
        kind = "any" if shape.get("document") else KINDS.get(shape["type"], "object")
        if path:
            rows.setdefault((event, path), set()).add(kind)
