"""A draft as a TOML file: what the person who drafts a warning writes by hand."""

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pusher.clock import CHINA
from pusher.warnings import guide
from pusher.warnings.cap import shape
from pusher.warnings.hazard import hazard, named
from pusher.warnings.settings import LEVELS, WarningSettings
from pusher.warnings.warning import Content, Translation
from subscribers.datum import Datum
from subscribers.topic import Severity, area_code

#: The least and the most that the file may say.
_TEXTS = ("area_words", "description", "instruction")
_KNOWN = frozenset(
    {*_TEXTS, "organisation", "hazard", "level", "areas", "contact", "onset", "expires", "hours"}
    | {"polygons", "circles", "datum", "translations"}
)
_LANGUAGE = frozenset({"language", "headline", "description", "instruction"})


class DraftFileError(ValueError):
    """The file cannot be read as a draft; one sentence says where and what to do."""


def read_draft(file: Path, settings: WarningSettings, *, at: datetime) -> Content:
    """The content that a file states. Raises DraftFileError.

    Times without a zone are Chinese time; `onset` is now where it is left out, `expires` comes after `hours`, and
    `instruction` is what was prepared for the hazard and level.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DraftFileError(f"{file} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DraftFileError(f"{file} is not TOML in UTF-8: {error}") from None
    try:
        return content_of(said, settings, at=at)
    except DraftFileError as error:
        raise DraftFileError(f"{file}: {error}") from None


def content_of(said: Mapping[str, Any], settings: WarningSettings, *, at: datetime) -> Content:
    """The content that a table states. Raises DraftFileError."""
    unknown = sorted(set(said) - _KNOWN)
    if unknown:
        raise DraftFileError(f"there is no {unknown[0]!r}; known are {', '.join(sorted(_KNOWN))}")
    organisation = _text(said, "organisation") or next(iter(settings.organisations), "")
    onset = _time(said, "onset") or at.astimezone(CHINA).replace(second=0, microsecond=0)
    hours = said.get("hours", settings.hours)
    if not isinstance(hours, int | float) or isinstance(hours, bool) or not 0 < hours <= 240:
        raise DraftFileError("hours is a number from 0 to 240")
    known = settings.organisations.get(organisation)
    datum = _datum(_text(said, "datum"))
    code = _hazard(_text(said, "hazard"))
    level = LEVELS.get(_text(said, "level").lower()) or _refuse(f"level is one of {', '.join(LEVELS)}")
    texts = {name: _text(said, name) for name in _TEXTS}
    # What to do is known beforehand; whoever drafts may know better.
    texts["instruction"] = texts["instruction"] or guide.of(code, level).instruction
    return Content(
        organisation=organisation,
        hazard=code,
        level=level,
        areas=tuple(area_code(code) for code in _list(said, "areas")),
        contact=_text(said, "contact") or (known.contact if known else ""),
        onset=onset,
        expires=_time(said, "expires") or onset + timedelta(hours=hours),
        polygons=tuple(shape.in_wgs84(text, datum) for text in _list(said, "polygons")),
        circles=tuple(shape.in_wgs84(text, datum) for text in _list(said, "circles")),
        translations=tuple(_translation(each) for each in said.get("translations", ())),
        **texts,
    )


def _hazard(text: str) -> str:
    known = hazard(text) or named(text)
    return known.code if known and text else _refuse("hazard is a code or a name of `pusher warn hazards`")


def _datum(text: str) -> Datum:
    """In which coordinates polygons and circles are drawn; CAP is in WGS 84, so others are turned into it."""
    match text.lower():
        case "" | "wgs-84":
            return "wgs-84"
        case "gcj-02":
            return "gcj-02"
        case "bd-09":
            return "bd-09"
        case _:
            raise DraftFileError('datum is "wgs-84" (GPS, 天地图), "gcj-02" (高德, 腾讯) or "bd-09" (百度)')


def _translation(said: object) -> Translation:
    if not isinstance(said, dict) or set(said) != _LANGUAGE or not all(isinstance(each, str) for each in said.values()):
        raise DraftFileError(f"each of translations has {', '.join(sorted(_LANGUAGE))}")
    return Translation(**said)


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name, "")
    return value.strip() if isinstance(value, str) else _refuse(f"{name} is a text")


def _list(said: Mapping[str, Any], name: str) -> list[str]:
    value = said.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise DraftFileError(f'{name} is a list of texts, such as ["360403"]')
    return value


def _time(said: Mapping[str, Any], name: str) -> datetime | None:
    value = said.get(name)
    if value is None:
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise DraftFileError(f"{name} is a time such as 2026-11-27T18:30:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _refuse(sentence: str) -> Any:
    raise DraftFileError(sentence)


def prepared_draft(hazard_named: str, level: Severity, settings: WarningSettings) -> str:
    """A draft file with the prepared words, in which somebody only has to say what is coming and where.

    Raises DraftFileError.
    """
    code = _hazard(hazard_named)
    organisation = next((name for name, each in settings.organisations.items() if each.may_issue(code)), "")
    areas = settings.organisations[organisation].areas if organisation else ()
    known = hazard(code)
    values = {
        "organisation": organisation,
        "hazard": known.name if known else code,
        "level": level.name.lower(),
        "areas": list(areas),
        "area_words": "",
        "description": "",
        "instruction": guide.of(code, level).instruction,
    }
    # A JSON text or list of texts is one of TOML too.
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())
