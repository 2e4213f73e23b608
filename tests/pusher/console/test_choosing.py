"""From fields to choices and back to lines: whatever is sent, nothing breaks and only what is offered is chosen."""

from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from pusher.console.choosing import LEVELS, MOST_AREAS, Form, Offer, Subject, lines, read
from pusher.console.hazard_groups import HAZARD_GROUPS
from pusher.console.places import Area, Areas
from pusher.warnings.hazard import hazards
from subscribers.choices import Frequency
from subscribers.enrol import Subscription
from subscribers.topic import Severity

AREAS = Areas(
    [
        Area("360403", "浔阳区"),
        Area("360403001", "甘棠街道"),
        Area("360403001007", "东湖社区"),
        Area("360403002", "湓浦街道"),
        Area("360403100200", "直属村"),
        Area("4403", "别处"),
    ],
    town=Area("360403", "浔阳区"),
)
OFFER = Offer([Subject("education", "教育", ""), Subject("disaster", "灾害", "")], "disaster", AREAS)

_FIELDS = {
    "domain": ["education", "disaster", "weapons"],
    "warn": ["all", "some", "none", "maybe"],
    "hazard": [*HAZARD_GROUPS, "ufo"],
    "least": [*LEVELS, "notice"],
    "area": ["360403", "360403001", "4403", "x"],
    "place": ["360403002", "360403001007", ""],
    "frequency": [each.value for each in Frequency],
    "hour": ["0", "23", "24", "-1", "１"],
    "quiet": ["on"],
    "quiet_from": ["22", "6", "nan"],
    "quiet_until": ["6", "22"],
    "urgent": ["red", "violet"],
}
_SENT = st.lists(
    st.sampled_from(sorted(_FIELDS)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(_FIELDS[name]) | st.text(max_size=20))
    ),
    max_size=25,
)


@given(_SENT)
def test_whatever_is_sent_becomes_choices_of_what_is_offered_or_a_sentence(fields: list[tuple[str, str]]) -> None:
    found = read(Form(MultiDict[object](fields)), OFFER, language="zh")
    wishes = found.choices.subscriptions
    offered = {"education", "disaster", *(domain for group in HAZARD_GROUPS.values() for domain in group.domains)}
    assert {wish.domain for wish in wishes} <= offered
    assert {wish.area for wish in wishes} <= {"360403", "360403001", "360403002", "360403001007"}
    assert len({wish.area for wish in wishes}) <= MOST_AREAS
    assert len({(wish.domain, wish.area) for wish in wishes}) == len(wishes)
    assert wishes or found.errors
    chosen = [each for each in ("education", "disaster") if ("domain", each) in fields]
    assert all(Subscription(each, wish.area) in wishes for each in chosen for wish in wishes)


@given(
    st.lists(
        st.builds(
            Subscription,
            st.sampled_from(["education", *(domain for group in HAZARD_GROUPS.values() for domain in group.domains)]),
            st.sampled_from(["360403", "360403001"]),
            st.sampled_from(Severity),
        ),
        unique_by=lambda wish: (wish.domain, wish.area),
        max_size=60,
    )
)
def test_lines_say_all_wishes_and_each_once(wishes: list[Subscription]) -> None:
    shown = lines(wishes, OFFER)
    said = [wish for line in shown for wish in line.wishes]
    assert sorted(said, key=repr) == sorted(wishes, key=repr)
    assert len({line.key for line in shown}) == len(shown)
    assert all((wish.area, wish.least) == (line.area, line.least) for line in shown for wish in line.wishes)


def test_areas_go_down_step_by_step_and_a_missing_step_is_skipped() -> None:
    assert [each.name for each in AREAS.below("360403")] == ["甘棠街道", "湓浦街道", "直属村"]
    assert [each.name for each in AREAS.below("360403001")] == ["东湖社区"]
    assert [each.name for each in AREAS.path("360403001007")] == ["浔阳区", "甘棠街道", "东湖社区"]
    assert AREAS.full_name("360403001007") == "甘棠街道 · 东湖社区"
    assert (AREAS.full_name("360403"), AREAS.full_name("4403")) == ("浔阳区", "4403")


def test_hazards_in_plain_words_are_those_of_the_national_list_and_stand_in_one_group_each() -> None:
    codes = [code for group in HAZARD_GROUPS.values() for code in group.codes]
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if code.ljust(5, "0") not in hazards()] == []
