"""The words by which people refuse further messages (拒收请回复R). Pure."""

import re
import unicodedata

#: As carriers and platforms use them, in capitals; 0000 means everything.
STOP_WORDS = frozenset({"R", "T", "TD", "N", "退订", "拒收", "0000"})

#: By which the owner of a number says that it was somebody else's before: the person whom we mean is gone.
STRANGER_WORDS = frozenset({"错号", "打错了", "发错了", "不是我", "不是本人", "不认识", "此号已换人", "换号了"})

#: What people put around the word.
_AROUND = " \t\r\n.,;:!?。、，；：！？~'\"“”‘’「」《》()[]【】"


#: The same as people copy it from what they were told ("拒收请回复R", "退订回T"), or say it twice ("TD退订").
_COPIED = re.compile(r"(?:退订|退訂|拒收)(?:(?:请?回复?)?(?:R|TD|T))?|(?:请?回复?)?(?:R|TD|T)(?:退订|退訂|拒收)?")

#: Blanks, and what nobody sees (zero-width characters).
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")


def is_stop(text: str) -> bool:
    """Whether `text` is such a word, or the request for it with it, and nothing else.

    Case, full width, blanks and surrounding punctuation do not matter.
    """
    word = bare(_UNSEEN.sub("", text))
    return word in STOP_WORDS or _COPIED.fullmatch(word) is not None


def is_stranger(text: str) -> bool:
    """Whether `text` says, and says nothing else, that the number belongs to another person than we think."""
    return bare(text) in STRANGER_WORDS


def bare(text: str) -> str:
    """A word as it is looked up: in capitals and half width, without the punctuation around it."""
    return unicodedata.normalize("NFKC", text).upper().strip(_AROUND)
