"""What is wrong, for whoever has to mend it: in English on terminals and to programs, in Chinese on pages. Pure."""

from dataclasses import dataclass

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing in both languages, said where it is found, so that no page has to guess what an English text means."""

    #: English; without a full stop.
    text: str
    #: Chinese; without a full stop.
    said: str

    @override
    def __str__(self) -> str:
        return self.text
