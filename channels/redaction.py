"""What a provider said, made fit for logs: one short line without addresses, numbers of people, links or secrets. Pure.

Providers like to echo what they were given ("550 <zhang@example.cn>: unknown"), so no word of theirs is passed on raw.
"""

import re

#: What stands where something was taken out.
HIDDEN = "[…]"

#: Longest line that is kept, in characters.
LIMIT = 200

#: Links (they may carry tokens), mail addresses, runs of seven and more digits, opaque words of 24 and more characters.
_TELLING = re.compile(
    r"""[a-z][a-z0-9+.-]*://\S+
      | [^\s<>"'(),:;\[\]]+@[^\s<>"'(),:;\[\]]+
      | \+?\d(?:[\s-]?\d){6,}
      | [A-Za-z0-9_+/=]{24,}""",
    re.VERBOSE | re.IGNORECASE,
)


def redact(text: str, *private: str) -> str:
    """`text` as one line of at most `LIMIT` characters, without `private` values and whatever else looks personal.

    `private` are the values at hand that must not show (the address, slot values, secrets), compared without regard to
    case; those of a single character are left alone.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    for value in sorted(private, key=len, reverse=True):
        if len(value) > 1:
            line = re.sub(re.escape(value), HIDDEN, line, flags=re.IGNORECASE)
    line = _TELLING.sub(HIDDEN, line)
    return line if len(line) <= LIMIT else line[: LIMIT - 1] + "…"
