"""Lists the fields of a protocol buffer's message, as its JSON has them."""

from walk import join

# Messages that JSON writes as one value.
VALUES = {
    "google.protobuf.Struct": "object",
    "google.protobuf.Value": "any",
    "google.protobuf.ListValue": "any",
    "google.protobuf.Timestamp": "string",
    "google.protobuf.Duration": "string",
}
STRINGS = {"string", "bytes", "enum", "int64", "uint64", "fixed64", "sfixed64", "sint64"}


def walk(descriptor, path, rows, aliases, stack=()):
    for field in descriptor.fields:
        walk_field(field, join(path, field.json_name), rows, aliases, stack + (descriptor.full_name,))


def walk_field(field, path, rows, aliases, stack):
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        kind = "object"
    else:
        path += "[]" if field.is_repeated else ""
        if message is None:
            names = {getattr(field, name): name[5:].lower() for name in dir(field) if name.startswith("TYPE_")}
            name = names[field.type]
            kind = "string" if name in STRINGS else "boolean" if name == "bool" else "number"
        elif message.full_name in stack:
            kind = "recursive"
        else:
            kind = aliases.get(path) or VALUES.get(message.full_name)
    if kind is None:
        walk(message, path, rows, aliases, stack)
    else:
        rows.setdefault(((), path), set()).add(kind)
