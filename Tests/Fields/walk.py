"""Lists the fields of a Python type as paths: pydantic models, typed dictionaries, data classes, and unions of them.

A row is (event, path, type). The event is a tuple of choices, each the path of a discriminator and its value:
(("type", "content_block_delta"), ("delta.type", "text_delta")).
"""

import dataclasses
import datetime
import enum
import types
import typing

import pydantic
import typing_extensions

# Fields that name the variant of a union, in the order in which they are tried.
DISCRIMINATORS = ("type", "event_type", "event", "kind", "object", "role", "method", "name", "status", "format")
# Variants that stand for whatever the SDK does not know, and strings that are no member of an enumeration.
UNKNOWN_PREFIXES = ("Unknown", "Unrecognized", "Unset")
MAX_DEPTH = 24


class Walker:
    """Collects the rows of one SDK's type.

    `aliases` maps a path to the note that replaces the fields below it, where another event lists the same fields.
    A type inside itself is listed once; the second time, it is an object of type `recursive`.
    """

    def __init__(self, aliases=None):
        self.aliases = aliases or {}
        self.rows = {}
        self.undecided = set()

    def add(self, event, path, kind):
        if kind is None:
            return
        self.rows.setdefault((event, path or "$"), set()).add(kind)

    def walk(self, annotation, path="", event=(), stack=()):
        if path in self.aliases:
            self.add(event, path, self.aliases[path])
            return
        models, others = [], []
        for member in members(annotation):
            (models if fields(member) is not None else others).append(member)
        for member in others:
            self.walk_value(member, path, event, stack)
        for variant, choice in self.variants(models, path):
            self.walk_model(variant, path, event + choice, stack)

    def walk_framed(self, annotation):
        """Walks events whose SDK types have the event's type as `event` and the document as `data`."""
        for model in members(annotation):
            content = fields(model)
            for name in literals(content["event"]):
                event = ((":event-type", name),)
                self.add(event, ":event-type", "tag")
                self.walk(content["data"], "", event, (model,))

    def walk_names(self, names):
        """Adds events of which the type is all that the SDK tells: their documents are text."""
        for name in names:
            self.add(((":event-type", name.value),), ":event-type", "tag")
            self.add(((":event-type", name.value),), "$", "string")

    def walk_value(self, annotation, path, event, stack):
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in (list, set, tuple, typing.Sequence, frozenset) or str(origin).endswith("abc.Sequence'>"):
            elements = [argument for argument in arguments if argument is not Ellipsis] or [typing.Any]
            for element in dict.fromkeys(elements):
                self.walk(element, path + "[]", event, stack)
        elif annotation in (list, tuple):
            self.add(event, path + "[]", "any")
        else:
            self.add(event, path, scalar(annotation))

    def walk_model(self, model, path, event, stack):
        if model in stack or len(stack) > MAX_DEPTH:
            self.add(event, path, "recursive")
            return
        content = fields(model)
        if not content:
            self.add(event, path, "object")
        for key, annotation in content.items():
            self.walk(annotation, join(path, key), event, stack + (model,))

    def variants(self, models, path):
        """The models of a union, each with the choice that leads to it."""
        if len(models) < 2:
            return [(model, ()) for model in models]
        for key in DISCRIMINATORS:
            values = [literals(fields(model).get(key)) for model in models]
            named = [value for value in values if value]
            if len(set(map(tuple, named))) > 1 and (len(named) == len(models) or key == "type"):
                return [
                    (model, ((join(path, key), value),) if value else ())
                    for model, texts in zip(models, values)
                    for value in texts or [None]
                ]
        self.undecided.add((path, ", ".join(model.__name__ for model in models)))
        return [(model, ()) for model in models]


def join(path, key):
    if any(character in key for character in '.[]"'):
        key = f'"{key}"'
    return f"{path}.{key}" if path else key


def members(annotation):
    """The members of a possibly nested union, without None and without variants for the unknown."""
    annotation = bare(annotation)
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        found = [member for argument in typing.get_args(annotation) for member in members(argument)]
        return list(dict.fromkeys(found))
    if isinstance(annotation, typing.TypeVar):
        bound = annotation.__bound__ or (annotation.__constraints__ and typing.Union[annotation.__constraints__])
        return members(bound) if bound else [typing.Any]
    if annotation is None or annotation is type(None):
        return []
    if getattr(annotation, "__name__", "").startswith(UNKNOWN_PREFIXES):
        return []
    if is_class(annotation) and issubclass(annotation, pydantic.RootModel):
        return members(annotation.model_fields["root"].annotation)
    return [annotation]


def bare(annotation):
    """The type without its annotations, aliases and requirements."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated or origin in (typing.Required, typing.NotRequired, typing.ClassVar, typing.Final):
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing_extensions.Required, typing_extensions.NotRequired):
            annotation = typing.get_args(annotation)[0]
        elif isinstance(annotation, typing_extensions.TypeAliasType):
            annotation = annotation.__value__
        elif isinstance(origin, typing_extensions.TypeAliasType):
            annotation = origin.__value__[typing.get_args(annotation)]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        else:
            return annotation


def fields(model):
    """The wire names and types of a model's fields; None if it is no model."""
    model = typing.get_origin(model) if typing.get_origin(model) and not is_class(model) else model
    if not is_class(model):
        return None
    if issubclass(model, pydantic.BaseModel) and model is not pydantic.BaseModel:
        if not model.__pydantic_complete__:
            model.model_rebuild()
        return {wire_name(name, field): field.annotation for name, field in model.model_fields.items()}
    if typing_extensions.is_typeddict(model):
        return typing.get_type_hints(model, include_extras=True)
    if dataclasses.is_dataclass(model):
        hints = typing.get_type_hints(model, include_extras=True)
        return {field.name: hints[field.name] for field in dataclasses.fields(model)}
    return None


def is_class(annotation):
    return isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias)


def wire_name(name, field):
    for item in field.metadata:
        alias = getattr(item, "alias", None)
        if isinstance(alias, str):
            return alias
    alias = field.serialization_alias or field.alias
    return alias if isinstance(alias, str) else name


def literals(annotation):
    """The values of a field that can only have these; none for any other field."""
    values = []
    for member in members(annotation) if annotation is not None else []:
        if typing.get_origin(member) is not typing.Literal:
            return []
        values += [value for value in typing.get_args(member) if isinstance(value, str)]
    return values


def scalar(annotation):
    if typing.get_origin(annotation) is typing.Literal:
        values = typing.get_args(annotation)
        if all(isinstance(value, str) for value in values):
            return "tag" if len(values) == 1 else "string"
        return "boolean" if isinstance(values[0], bool) else "number"
    if typing.get_origin(annotation) is dict or annotation is dict or "Mapping" in str(typing.get_origin(annotation)):
        return "object"
    if is_class(annotation):
        if issubclass(annotation, bool):
            return "boolean"
        if issubclass(annotation, (enum.Enum, str, bytes, datetime.date, datetime.time)):
            return "string"
        if issubclass(annotation, (int, float)):
            return "number"
    return "any"
