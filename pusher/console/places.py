"""The areas of a town as a tree that people go down step by step: district, street or town, village. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A place that can be chosen."""

    code: str
    name: str


class Areas:
    """Places by their division codes: one lies in another if its code begins with the other's."""

    def __init__(self, places: Sequence[Area], town: Area) -> None:
        """`places`: also of elsewhere, which are left out; `town`: the whole."""
        inside = {place.code: place for place in places if place.code.startswith(town.code)}
        self.town = inside.get(town.code, town)
        self._places = {town.code: self.town, **inside}

    def __contains__(self, code: object) -> bool:
        return code in self._places

    def name(self, code: str) -> str:
        """As people call it; the code itself for a place elsewhere."""
        return self._places[code].name if code in self._places else code

    def path(self, code: str) -> list[Area]:
        """The town, and what lies between it and a place, down to the place itself."""
        return [each for each in sorted(self._places.values(), key=_length) if code.startswith(each.code)]

    def below(self, code: str) -> list[Area]:
        """The places right below one, in the order of their codes."""
        inside = sorted((each for each in self._places.values() if _is_within(each, code)), key=_length)
        found: list[Area] = []
        for each in inside:
            if not any(_is_within(each, known.code) for known in found):
                found.append(each)
        return sorted(found, key=lambda each: each.code)

    def full_name(self, code: str) -> str:
        """With the places that it lies in, below the town ("湖滨街道 · 东湖社区")."""
        names = [each.name for each in self.path(code)[1:]] if code in self._places else []
        return " · ".join(names) or self.name(code)


def _length(place: Area) -> tuple[int, str]:
    return len(place.code), place.code


def _is_within(place: Area, code: str) -> bool:
    return place.code.startswith(code) and place.code != code
