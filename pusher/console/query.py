"""What stands behind the question mark of an address, taken one value at a time. Pure.

Unknown names are left alone: those who pass an address on (chat programs, statistics) add theirs.
"""

import re
from collections.abc import Collection

from multidict import MultiMapping


class WrongQueryError(Exception):
    """A value that cannot be ours; the sentence, in the reader's language, says which and what may stand there."""


def text(query: MultiMapping[str], name: str) -> str:
    """The one value of `name`, "" where it is missing."""
    given = query.getall(name, [])
    if len(given) > 1:
        raise WrongQueryError(f"参数 {name} 只能出现一次。")
    return given[0] if given else ""


def choice(query: MultiMapping[str], name: str, known: Collection[str]) -> str:
    """One of `known`; "" where it is missing or empty."""
    value = text(query, name)
    if value and value not in known:
        raise WrongQueryError(
            f"参数 {name} 只能是：{'、'.join(known)}。" if known else f"这里没有参数 {name} 可选的值。"
        )
    return value


def number(query: MultiMapping[str], name: str, *, least: int, most: int) -> int | None:
    """A whole number from `least` to `most`; None where it is missing or empty."""
    value = text(query, name)
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,18}", value) is None or not least <= int(value) <= most:
        raise WrongQueryError(f"参数 {name} 应是 {least} 到 {most} 之间的整数，例如 {name}={least}。")
    return int(value)


def month(query: MultiMapping[str], name: str) -> tuple[int, int] | None:
    """Year and month of "2026-11"; None where it is missing or empty."""
    value = text(query, name)
    if not value:
        return None
    found = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", value)
    if found is None:
        raise WrongQueryError(f"参数 {name} 应是年和月，例如 {name}=2026-11。")
    return int(found[1]), int(found[2])
