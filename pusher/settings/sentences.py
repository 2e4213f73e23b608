"""Says in one sentence what pydantic found wrong: its place in the file, and never the value."""

from collections.abc import Sequence

from pydantic import ValidationError

#: Steps that pydantic adds for functions and unions, which are no places of the file.
_NO_PLACES = ("function-", "tagged-", "literal", "constrained", "tuple[", "lax-or-strict[", "list[")
_TYPES = ("bool", "str", "int", "float")


def sentences(error: ValidationError, *place: str) -> list[str]:
    """One sentence for each thing that pydantic found: its place in the file and what is wrong, without the value."""
    found = [f"{_place((*place, *each['loc']))}: {_reason(each['type'], each['msg'])}" for each in error.errors()]
    return list(dict.fromkeys(found))


def _place(path: Sequence[int | str]) -> str:
    words = [str(step) for step in path if not str(step).startswith(_NO_PLACES) and step not in _TYPES]
    return ".".join(words) or "the file"


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such setting; remove it or check its spelling"
    return message.removeprefix("Value error, ")
