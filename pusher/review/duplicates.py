"""When two published things are the same one: posted in two columns, or posted again by somebody else. Pure."""

import re
from datetime import timedelta

from pusher.item import Item
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
    """What makes two titles the same words: without marks, blanks, （转载） and a document number at the end."""
    text = _NUMBER.sub("", _CUT.sub("", _REPOST.sub("", plain(title))))
    return _MARKS.sub("", text).casefold()


def is_repost(title: str) -> bool:
    """Whether the title says that it was published elsewhere before."""
    return bool(_REPOST.search(plain(title)))


def same_thing(one: Item, other: Item) -> bool:
    """Whether two items are one published thing, whichever sources found them.

    They are if they have one address, or the same words in their titles within some days, or on one day the same words
    but for the publisher before 关于 or for an end that a list has cut off. An item without a time may be of any day.
    """
    if one.url and one.url == other.url:
        return True
    first, second = plain_title(one.title), plain_title(other.title)
    if min(len(first), len(second)) < LEAST_LETTERS:
        return False
    apart = abs(one.published - other.published) if one.published and other.published else timedelta(0)
    if first == second:
        days = REPOST_DAYS if is_repost(one.title) or is_repost(other.title) else SAME_DAYS
        return apart <= timedelta(days=days)
    return apart < timedelta(days=1) and (
        _is_cut_from(one.title, other.title)
        or _is_cut_from(other.title, one.title)
        or _matter(one.title) == _matter(other.title)
    )


def _is_cut_from(cut: str, whole: str) -> bool:
    return bool(_CUT.search(plain(cut))) and plain_title(whole).startswith(plain_title(cut))


def _matter(title: str) -> str:
    """The title from 关于 on, where a publisher stands before it."""
    return plain_title(_PUBLISHER.sub("", _REPOST.sub("", plain(title))))
