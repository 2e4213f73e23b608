"""Selecting people by what a list says of them, without reading it: columns as keyed fingerprints of their values.

A department declares at the import which columns people may be selected by. Of these, equal values can be found by who
holds the key ring. Whoever holds the database alone sees which members of a list share a value, not which one it is.
"""

import json
import re
import unicodedata
from collections.abc import Sequence

from subscribers.keys import KeyRing
from subscribers.topic import area_code

#: The slot of a column that says where somebody lives, as a division code: selected by whatever it lies in.
AREA = "area"

#: Lengths of whole levels of a division code.
_LEVELS = (2, 4, 6, 9, 12)
_CODE = re.compile(r"\d{2,12}", re.ASCII)


def prints_of(ring: KeyRing, group_id: int, selectable: Sequence[str], columns: str) -> list[bytes]:
    """The fingerprints of a member's selectable values; `columns`: JSON object of strings, "" for none."""
    if not selectable or not columns:
        return []
    values: dict[str, str] = json.loads(columns)
    stated = [(slot, value) for slot in selectable for value in _values(slot, values.get(slot, ""))]
    return [print_of(ring, group_id, slot, value) for slot, value in stated]


def print_of(ring: KeyRing, group_id: int, slot: str, value: str) -> bytes:
    """The fingerprint of one value of one column of one list: the same value elsewhere has another one."""
    return ring.fingerprint(f"attribute {group_id} {slot}", normal(slot, value))


def normal(slot: str, value: str) -> str:
    """What equal values share: width, case and white space aside; an area without its trailing zeros."""
    plain = "".join(unicodedata.normalize("NFKC", value).casefold().split())
    return area_code(plain) if slot == AREA and _CODE.fullmatch(plain) else plain


def _values(slot: str, value: str) -> list[str]:
    """The values that a cell is found by: of an area, it and all that contain it."""
    plain = normal(slot, value)
    if not plain:
        return []
    if slot == AREA and _CODE.fullmatch(plain):
        return [*(plain[:length] for length in _LEVELS if length < len(plain)), plain]
    return [plain]
