"""Hazards as residents choose them: a few plain words for many codes of the national list. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HazardGroup:
    """One choice."""

    name: str
    #: Codes of `pusher.warnings.hazards`; a family's ("11C") stands for all of it.
    codes: tuple[str, ...]

    @property
    def domains(self) -> tuple[str, ...]:
        """What subscriptions name (`pusher.warnings.hazard.families`)."""
        return tuple(f"hazard:{code}" for code in self.codes)


def _weather(*numbers: str) -> tuple[str, ...]:
    return tuple(f"11B{number}" for number in numbers)


#: By the word that forms use.
HAZARD_GROUPS: Mapping[str, HazardGroup] = {
    "rain": HazardGroup(
        "暴雨、洪水、山洪、内涝",
        ("11A01", "11A02", "11A03", "11A04", "11A51", *_weather("03", "35", "36", "38", "49", "64")),
    ),
    "wind": HazardGroup(
        "台风、大风、雷电、冰雹",
        _weather("01", "02", "06", "12", "14", "15", "20", "31", "43", "58"),
    ),
    "heat": HazardGroup("高温", _weather("09", "10", "24")),
    "cold": HazardGroup(
        "寒潮、暴雪、道路结冰",
        _weather("04", "05", "08", "16", "21", "27", "30", "33", "34", "39", "40", "48", "50", "56", "57", "59"),
    ),
    "air": HazardGroup("大雾、霾、沙尘、重污染", _weather("07", "17", "19", "29", "32", "47", "51", "61")),
    "drought": HazardGroup("干旱、缺水", ("11A10", "11A52", "11A53", "11A54", *_weather("11", "22"))),
    "ground": HazardGroup("地震、滑坡、泥石流", ("11C", "11D", "11B37")),
    "fire": HazardGroup("森林火险和火灾", ("11G", *_weather("25", "26", "41"))),
    "sea": HazardGroup("风暴潮、海浪等海上灾害", ("11E", *_weather("23", "46", "52", "53", "54", "55"))),
    "school": HazardGroup("停课、停工", _weather("44", "45")),
}
