"""Values inside JSON that settings point at: "data.0.id" is the `id` of the first entry of `data`. Pure."""

from collections.abc import Mapping


def at(value: object, path: str) -> object:
    """The value below `path`, "" = `value` itself; None where there is none."""
    for name in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def text_at(value: object, path: str) -> str:
    """What stands below `path` as text (true and false as in JSON); "" where there is nothing, or no single value."""
    found = at(value, path)
    if isinstance(found, bool):
        return "true" if found else "false"
    # Half of a surrogate pair is valid JSON, yet no database or log takes it.
    return str(found).strip().encode("utf-8", "replace").decode() if isinstance(found, (str, int, float)) else ""
