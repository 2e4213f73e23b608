"""Words are ready for every hazard and level before anybody needs them."""

from dataclasses import replace

import pytest

from pusher.warnings import guide
from pusher.warnings.draft_file import DraftFileError, content_of, prepared_draft
from pusher.warnings.hazard import hazards
from pusher.warnings.warning import Act, State, Status, Version
from pusher.warnings.words import headline
from subscribers.topic import Severity
from tests.support.engine import START, Engine
from tests.support.office import Town, settings

_LEVELS = [level for level in Severity if level > Severity.NOTICE]
#: Social safety has no colours (突发事件应对法 Art. 63, 69).
_CODES = [code for code in hazards() if not code.startswith("14")]
#: An SMS of four parts holds 268 characters, the headline and the issuer among them.
_LONGEST = 150


@pytest.mark.parametrize("level", _LEVELS)
def test_every_hazard_has_a_title_what_to_do_an_end_and_a_correction(level: Severity) -> None:
    organisation = settings().organisations["met"]
    draft = Town(Engine(None)).content(level=level)  # type: ignore[arg-type]
    for code in _CODES:
        words = guide.of(code, level)
        name = hazards()[code].name
        assert 10 <= len(words.instruction) <= _LONGEST, code
        assert words.instruction.endswith("。")
        assert guide.LEVEL_NAMES[level] in words.end
        assert name in words.correct
        assert "误发" in words.correct
        assert words.after_end
        assert words.after_correct
        assert "{" not in "".join((words.instruction, words.end, words.correct))
        for act, verb in ((Act.ALERT, "发布"), (Act.END, "解除"), (Act.CORRECT, "误发")):
            version = Version(1, 1, 1, act, State.DRAFT, Status.ACTUAL, replace(draft, hazard=code), "li", START)
            title = headline(version, organisation)
            assert verb in title
            assert name + guide.LEVEL_NAMES[level] in title


def test_a_higher_level_says_more_than_a_lower_one() -> None:
    for code in _CODES:
        said = [guide.of(code, level).instruction for level in _LEVELS]
        assert len(set(said)) == len(_LEVELS), code


def test_what_has_no_colour_has_no_words() -> None:
    assert guide.of("14A00", Severity.RED).instruction == ""
    assert guide.of("99Z99", Severity.RED).instruction == ""


def test_a_prepared_draft_lacks_only_what_is_coming_and_where() -> None:
    import tomllib

    said = tomllib.loads(prepared_draft("暴雨", Severity.RED, settings()))
    assert {name for name, value in said.items() if not value} == {"area_words", "description"}
    assert content_of(said, settings(), at=START).instruction.startswith("立即停止户外活动")
    with pytest.raises(DraftFileError, match="hazard"):
        prepared_draft("没有这种灾害", Severity.RED, settings())


def test_who_drafts_may_know_better() -> None:
    said = {"hazard": "暴雨", "level": "red", "instruction": "到三中操场集合。"}
    assert content_of(said, settings(), at=START).instruction == "到三中操场集合。"
    assert content_of({**said, "instruction": " "}, settings(), at=START).instruction.startswith("立即停止户外活动")
