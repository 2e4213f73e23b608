"""Says in one sentence what pydantic found wrong: its place in the file, and never the value."""

from collections.abc import Sequence

from pydantic import ValidationError


def sentences(error: ValidationError, *place: str) -> list[str]:
    """One sentence for each thing that pydantic found: its place in the file and what is wrong, without the value."""
    return [f"{_place((*place, *each['loc']))}: {_reason(each['type'], each['msg'])}" for each in error.errors()]


def _place(path: Sequence[int | str]) -> str:
    # Pydantic adds steps for unions and functions, which are no places of the file.
    words = [str(step) for step in path if not str(step).startswith(("function-", "tagged-", "literal", "constrained"))]
    return ".".join(words) or "the file"


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such setting; remove it or check its spelling"
    return message.removeprefix("Value error, ")
