"""What `pusher domains` and `pusher classify` answer: plain data, ready to be printed or written as JSON. Pure."""

import json
from collections.abc import Iterable, Iterator

from pusher.review.classify import classify
from pusher.review.taxonomy import Taxonomy

#: Longest line that is read; a title has a few hundred characters at most.
LONGEST_LINE = 65_536


def domains_table(taxonomy: Taxonomy) -> list[dict[str, object]]:
    """One row a domain in the order of the taxonomy: code, name, description, departments."""
    return [
        {
            "code": domain.code,
            "name": domain.name,
            "description": domain.description,
            "departments": list(domain.departments),
        }
        for domain in taxonomy.domains
    ]


def classify_lines(lines: Iterable[str], taxonomy: Taxonomy) -> Iterator[dict[str, object]]:
    """For each line of JSON `{"title", "issuer"?, "column"?}` one answer: `{"domains", "why"}`, or `{"error"}` naming
    the line and what is wrong with it; empty lines are passed over.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _answer(line, number, taxonomy)


class _Malformed(Exception):
    """What is wrong with a line, in one sentence."""


def _answer(line: str, number: int, taxonomy: Taxonomy) -> dict[str, object]:
    try:
        title, issuer, column = _asked(line)
    except _Malformed as error:
        return {"error": f"line {number}: {error}"}
    verdict = classify(title, issuer, column, taxonomy)
    return {"domains": list(verdict.domains), "why": list(verdict.why)}


def _asked(line: str) -> tuple[str, str, str]:
    if len(line) > LONGEST_LINE:
        raise _Malformed(f"more than {LONGEST_LINE} characters; give the title alone.")
    try:
        asked = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise _Malformed('this is not JSON; write {"title": "…"}.') from None
    if not isinstance(asked, dict):
        raise _Malformed('this is not a JSON object; write {"title": "…"}.')
    return _text(asked, "title", needed=True), _text(asked, "issuer"), _text(asked, "column")


def _text(asked: dict[str, object], key: str, *, needed: bool = False) -> str:
    value = asked.get(key)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise _Malformed(f"{key!r} must be a text.")
    if needed and not value.strip():
        raise _Malformed(f"{key!r} is missing or empty.")
    return value
