"""The words by which people refuse further messages (拒收请回复R). Pure."""

import unicodedata

#: As carriers and platforms use them, in capitals; 0000 means everything.
STOP_WORDS = frozenset({"R", "T", "TD", "N", "退订", "拒收", "0000"})

#: By which the owner of a number says that it was somebody else's before: the person whom we mean is gone.
STRANGER_WORDS = frozenset({"错号", "打错了", "发错了", "不是我", "不是本人", "不认识", "此号已换人", "换号了"})

#: What people put around the word.
_AROUND = " \t\r\n.,;:!?。、，；：！？~'\"“”‘’「」《》()[]【】"


def is_stop(text: str) -> bool:
    """Whether `text` is such a word and nothing else; case, full width and surrounding punctuation do not matter."""
    return bare(text) in STOP_WORDS


def is_stranger(text: str) -> bool:
    """Whether `text` says, and says nothing else, that the number belongs to another person than we think."""
    return bare(text) in STRANGER_WORDS


def bare(text: str) -> str:
    """A word as it is looked up: in capitals and half width, without the punctuation around it."""
    return unicodedata.normalize("NFKC", text).upper().strip(_AROUND)
