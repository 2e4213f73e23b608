"""The words by which people refuse further messages (拒收请回复R). Pure."""

import unicodedata

#: As carriers and platforms use them, in capitals; 0000 means everything.
STOP_WORDS = frozenset({"R", "T", "TD", "N", "退订", "拒收", "0000"})

#: What people put around the word.
_AROUND = " \t\r\n.,;:!?。、，；：！？~'\"“”‘’「」《》()[]【】"


def is_stop(text: str) -> bool:
    """Whether `text` is such a word and nothing else; case, full width and surrounding punctuation do not matter."""
    return unicodedata.normalize("NFKC", text).upper().strip(_AROUND) in STOP_WORDS
