"""Which areas a text speaks of, and which area a web site belongs to. Pure."""

import re
from functools import lru_cache

from pusher.review.phrases import plain
from pusher.review.taxonomy import Place, Taxonomy
from subscribers.topic import area_code

#: Codes that sites still carry although the area has another one today (GB/T 2260 before and after).
SUCCESSORS = {
    "440183": "440118",  # 增城市 → 增城区
    "440184": "440117",  # 从化市 → 从化区
    "360421": "360404",  # 九江县 → 柴桑区
    "360427": "360483",  # 星子县 → 庐山市
}
#: So many characters before a name may be the name of the area above it.
LONGEST_NAME = 24
_SITE_CODE = re.compile(r"\d{10}")
#: "…市", "…区", "…县" right before a name: the name belongs to that area.
_OTHER_AREA = re.compile(r"[\u4e00-\u9fff]{2,}[省市县区旗]$")
#: These end like the name of an area but are none.
_NO_AREA = re.compile(
    r"(?:全|我|本|各|该|外|城|辖|地|社|小|片|市|郊|山|园|景|库|校|厂|灾|疫|新|老|旧|特|专|开发|管理|自治)[省市县区]$"
)


def site_area(site_id_code: str) -> str:
    """The area of a web site by its SiteIDCode ("3604030001" → "360403"); "" for ministries and for anything else."""
    code = site_id_code.strip()
    if not _SITE_CODE.fullmatch(code):
        return ""
    return area_code(SUCCESSORS.get(code[:6], code[:6]))


def find_areas(text: str, taxonomy: Taxonomy) -> frozenset[str]:
    """The codes of the areas that `text` names, the narrowest of each ("浔阳区甘棠街道" is the street alone).

    Own places count by themselves, unless another area's name stands right before them; places elsewhere count only
    behind one of the names in their `after`. Of overlapping names the longest counts.
    """
    flat = plain(text)
    pattern, by_name = _search(taxonomy.places)
    found = set()
    for match in pattern.finditer(flat):
        place = by_name[match.group()]
        before = flat[max(0, match.start() - LONGEST_NAME) : match.start()]
        if _is_meant(place, before, taxonomy.under):
            found.add(place.code)
    return frozenset(code for code in found if not any(other != code and other.startswith(code) for other in found))


def _is_meant(place: Place, before: str, under: tuple[str, ...]) -> bool:
    if place.after:
        return before.endswith(place.after)
    if before.endswith(under):
        return True
    return not _OTHER_AREA.search(before) or bool(_NO_AREA.search(before))


@lru_cache(maxsize=16)
def _search(places: tuple[Place, ...]) -> tuple[re.Pattern[str], dict[str, Place]]:
    by_name = {plain(name): place for place in reversed(places) for name in (place.name, *place.also)}
    longest_first = sorted(by_name, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)"), by_name
