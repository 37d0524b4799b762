"""Folds the fields of a path into those of another path, of which they are a repetition."""


def fold(rows, aliases):
    """Replaces the rows below each path of `aliases` by one row `as:PATH`, and keeps those that PATH does not have.

    The rows are {(event, path): (types, sdks)}; the aliases are {path: PATH}.
    """
    targets = {target: Target(rows, target) for target in aliases.values()}
    kept = {}
    for (event, path), found in rows.items():
        alias = next((alias for alias in aliases if is_below(path, alias)), None)
        if alias is None:
            kept[event, path] = found
            continue
        target = targets[aliases[alias]]
        if not target.has(event, path, alias):
            kept[event, path] = found
        outside = tuple(choice for choice in event if not is_below(choice[0], alias))
        kinds, sdks = kept.setdefault((outside, alias), (set(), set()))
        kinds.add(f"as:{aliases[alias]}")
        sdks |= found[1]
    return kept


class Target:
    """What the rows below a path have, relative to it."""

    def __init__(self, rows, container):
        below = {key: found for key, found in rows.items() if is_below(key[1], container)}
        self.known = {signature(event, path, container) for event, path in below}
        self.closed = [
            path[len(container) :] for (_, path), (kinds, _) in below.items() if kinds & {"request", "recursive", "object"}
        ]

    def has(self, event, path, container):
        relative, value = signature(event, path, container)
        return (relative, value) in self.known or any(is_below(relative, closed) for closed in self.closed)


def is_below(path, container):
    return path == container or path.startswith((container + ".", container + "["))


def signature(event, path, container):
    """The path relative to its container; of a discriminator also its value."""
    value = next((value for discriminator, value in event if discriminator == path), None)
    return path[len(container) :], value
