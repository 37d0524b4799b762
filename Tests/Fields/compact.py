"""Merges rows that only differ by their event, and writes events as text."""

from fnmatch import fnmatchcase

# Events that carry the same object, of whose names any three or more are written so.
EVENT_LISTS = {
    "response.*": {
        f"response.{status}"
        for status in ("cancelled", "completed", "created", "failed", "in_progress", "incomplete", "queued")
    },
    "thread.run.*": {
        f"thread.run.{status}"
        for status in (
            "cancelled", "cancelling", "completed", "created", "expired", "failed", "in_progress", "incomplete",
            "queued", "requires_action",
        )
    },
}


# Longer lists of values are written as any.
LONGEST_LIST = 12


def compact(rows):
    """Gives {(event, path): (types, sdks)} for {(event, path): (types, sdks)}, where an event is text.

    An event's segments are values, globs, or `{lists}` of values. A segment that would be any of the variants is `*`, and
    omitted at the end. The row of a discriminator keeps its value, so that every variant has a row that names it.
    """
    universe, paths = {}, {}
    # Paths of discriminators at the top of the document, or outside it.
    root = {event[0][0] for event, _ in rows if event and "." not in event[0][0]}
    for (event, path), found in rows.items():
        for level, (discriminator, value) in enumerate(event):
            universe.setdefault((event[:level], discriminator), set()).add(value)
        paths.setdefault(path, {})[event] = found
    result = {}
    for path, events in paths.items():
        for level in range(max(map(len, events)) - 1, -1, -1):
            events = merge(events, level, path, universe)
        for event, found in events.items():
            add(result, (text(event, root), path), found)
    return result


def merge(events, level, path, universe):
    """Merges the events that differ at one level only."""
    merged, groups = {}, {}
    for event, found in events.items():
        if len(event) <= level or event[level][0] == path:
            add(merged, event, found)
        else:
            groups.setdefault((event[:level], event[level][0], event[level + 1 :]), {})[event[level][1]] = found
    for (head, discriminator, tail), values in groups.items():
        name = segment(set(values), universe[head, discriminator])
        for found in values.values():
            add(merged, head + ((discriminator, name),) + tail, found)
    return merged


def add(rows, key, found):
    known = rows.setdefault(key, tuple(set() for _ in found))
    for values, more in zip(known, found):
        values |= more


def segment(found, known):
    if found == known:
        return "*"
    if len(found) == 1:
        return min(found)
    for name, members in EVENT_LISTS.items():
        if len(found) > 2 and found <= members:
            return name
    start = common_prefix(found)
    start = start[: max(map(start.rfind, "._-")) + 1]
    end = common_prefix([value[::-1] for value in found])
    end = end[: max(map(end.rfind, "._-")) + 1][::-1]
    for glob in (f"{start}*", f"*{end}"):
        if len(glob) > 1 and {value for value in known if fnmatchcase(value, glob)} == found:
            return glob
    if len(found) > LONGEST_LIST:
        return "*"
    return start + "{" + ",".join(sorted(value[len(start) :] for value in found)) + "}"


def common_prefix(values):
    first, last = min(values), max(values)
    count = 0
    while count < min(len(first), len(last)) and first[count] == last[count]:
        count += 1
    return first[:count]


def text(event, root):
    """The event's segments; the first is `-` if the format's documents have no discriminator at their top."""
    segments = [value for _, value in event]
    if not event or event[0][0] not in root:
        segments.insert(0, "-")
    while len(segments) > 1 and segments[-1] == "*":
        segments.pop()
    return "/".join(segments)
