"""Writes the lists of the fields that the SDKs' types have for streams: one file a format, beside this one.

    python generate.py            Writes the lists.
    python generate.py --check    Says whether the lists are up to date; exits with 1 if they are not.

README.md has the columns. The SDKs are those of requirements.txt: scripts/sdk-fields.sh installs them first.
"""

import importlib
import importlib.metadata
import os
import sys
import typing
from pathlib import Path

# Otherwise importing litellm starts a download.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import botocore_walk
import protobuf_walk
from compact import compact
from fold import fold
from formats import FORMATS, PACKAGES
from walk import Walker

HERE = Path(__file__).resolve().parent


def main():
    is_check = "--check" in sys.argv[1:]
    stale = []
    for format in FORMATS:
        path, content = HERE / f"{format}.tsv", document(format)
        if not path.exists() or path.read_text() != content:
            stale.append(path.name)
            if not is_check:
                path.write_text(content)
    for path in sorted(HERE.glob("*.tsv")):
        if path.stem not in FORMATS and path.stem != "passed-over":
            stale.append(f"{path.name} (no such format; remove it)")
    if is_check and stale:
        sys.exit(f"not up to date: {', '.join(stale)}; run scripts/sdk-fields.sh")
    print(f"{len(FORMATS)} lists, " + ("up to date" if not stale else f"written: {', '.join(stale)}"))


def document(format):
    """The text of a format's list."""
    sdks = list(dict.fromkeys(sdk for sdk, *_ in FORMATS[format]))
    packages = dict.fromkeys(PACKAGES.get(sdk, sdk) for sdk in sdks)
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)
    columns = ["event", "path", "type"] + (["sdks"] if len(sdks) > 1 else [])
    lines = [f"# {versions}", "# " + "\t".join(columns)]
    for (event, path), (kinds, known) in sorted(compact(collect(format)).items()):
        row = [event, path, "|".join(sorted(kinds)), ",".join(sorted(known, key=sdks.index))]
        lines.append("\t".join(row[: len(columns)]))
    return "\n".join(lines) + "\n"


def collect(format):
    """The rows of all SDKs that know the format, with the SDKs' names."""
    collected, folded = {}, {}
    for sdk, place, *aliases in FORMATS[format]:
        aliases = aliases[0] if aliases else {}
        folded |= {path: note[3:] for path, note in aliases.items() if is_fold(note)}
        walker = Walker({path: note for path, note in aliases.items() if path not in folded})
        walk(walker, place)
        for key, kinds in walker.rows.items():
            known, sdks = collected.setdefault(key, (set(), set()))
            known |= kinds
            sdks.add(sdk)
    return fold(collected, folded)


def is_fold(note):
    """Whether an alias names a path of the same format."""
    return note is not None and note.startswith("as:") and " of " not in note


def walk(walker, place):
    if ":" not in place:
        botocore_walk.walk(*place.split(".", 1), walker.rows, walker.aliases)
        return
    place, _, path = place.partition("@")
    place, _, form = place.partition("#")
    root = typing.Union[tuple(load(name) for name in place.split("|"))]
    if form == "data":
        walker.walk_framed(root)
    elif form == "event":
        walker.walk_names(root.EventType)
    elif form == "protobuf":
        protobuf_walk.walk(root.DESCRIPTOR, path, walker.rows, walker.aliases)
    elif form == "subclasses":
        walker.walk(typing.Union[tuple(root.__subclasses__())], path)
    else:
        walker.walk(root, path)


def load(place):
    module_name, name = place.split(":")
    module = importlib.import_module(module_name)
    # Some unions name their members.
    holder = type("Holder", (), {"__annotations__": {"root": getattr(module, name)}})
    return typing.get_type_hints(holder, vars(module), include_extras=True)["root"]


if __name__ == "__main__":
    main()
