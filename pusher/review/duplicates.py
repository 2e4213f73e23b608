"""When two published things are the same one: posted in two columns, or posted again by somebody else. Pure."""

import re
from datetime import datetime, timedelta

from pusher.review.phrases import plain

#: Another site of the same town posts it again within so many days …
REPOST_DAYS = 90
#: … but without the mark （转载） a title that comes back later is the next issue of a series.
SAME_DAYS = 3
#: A title of fewer characters says too little ("公告") to be known again by its words.
LEAST_LETTERS = 8
_REPOST = re.compile(r"[((\[【〔](?:转载|转发|转)[))\]】〕]|^转载:?")
_CUT = re.compile(r"(?:\.{2,}|…+)$")
_NUMBER = re.compile(r"[((][^()()]{1,12}[〔\[【(]\d{4}[〕\]】)]\d+号[))]$")
_MARKS = re.compile(r"[\W_]+")
_PUBLISHER = re.compile(r"^[^《》]{2,60}?(?:局|厅|部|委员会|委|办公室|办|政府|管委会|办事处|中心|院|站|队|会)(?=关于)")


def plain_title(title: str) -> str:
    """What makes two titles the same words: no marks, blanks, full-width forms, （转载） or document number at its end."""
    text = _NUMBER.sub("", _CUT.sub("", _REPOST.sub("", plain(title))))
    return _MARKS.sub("", text).casefold()


def is_repost(title: str) -> bool:
    """Whether the title says that it was published elsewhere before."""
    return bool(_REPOST.search(plain(title)))


def same_thing(
    title: str, published: datetime | None, other: str, other_published: datetime | None, *, url: str = "", other_url: str = ""
) -> bool:
    """Whether two titles with their times are one published thing; times are aware, None where the page says none.

    Same words within some days; or, on one day, the same words but for the publisher before 关于, or for a cut end.
    Things of the same address are the same whatever their titles.
    """
    if url and url == other_url:
        return True
    one, two = plain_title(title), plain_title(other)
    if min(len(one), len(two)) < LEAST_LETTERS:
        return False
    apart = _apart(published, other_published)
    if one == two:
        return apart <= timedelta(days=REPOST_DAYS if is_repost(title) or is_repost(other) else SAME_DAYS)
    return apart < timedelta(days=1) and (_cut_short(title, one, other, two) or _core(title) == _core(other))


def _apart(one: datetime | None, other: datetime | None) -> timedelta:
    return abs(one - other) if one and other else timedelta(0)


def _cut_short(title: str, one: str, other: str, two: str) -> bool:
    return bool((_CUT.search(plain(title)) and two.startswith(one)) or (_CUT.search(plain(other)) and one.startswith(two)))


def _core(title: str) -> str:
    """The title from 关于 on, where a publisher stands before it."""
    return plain_title(_PUBLISHER.sub("", plain(_REPOST.sub("", plain(title)))))
