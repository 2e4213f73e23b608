"""Routes look at labels: domain, area, severity, source, kind, revision."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from channels.message import Lane
from pusher.clock import CHINA
from pusher.plan.routes import Labels, Route, matching, takes
from subscribers.topic import Severity, Topic

_ITEM = Labels("edu", "notice", Topic(frozenset({"education"}), frozenset({"360403"})))


def _route(**values: object) -> Route:
    return Route.model_validate({"channels": ["mail"], **values})


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ({}, True),
        ({"domains": ["education", "health"]}, True),
        ({"domains": ["health"]}, False),
        ({"areas": ["3604"]}, True),
        ({"areas": ["360403001"]}, True),
        ({"areas": ["360400000000"]}, True),
        ({"areas": ["3605"]}, False),
        ({"sources": ["edu"]}, True),
        ({"sources": ["health"]}, False),
        ({"kinds": ["warning"]}, False),
        ({"least": "blue"}, False),
    ],
)
def test_a_route_takes_what_meets_all_its_labels(values: dict[str, object], taken: bool) -> None:
    assert takes(_route(**values), _ITEM) is taken


def test_an_item_without_domain_takes_only_routes_that_ask_for_none() -> None:
    unknown = Labels("edu", "notice", Topic(frozenset(), frozenset({"360403"})))
    assert takes(_route(), unknown)
    assert not takes(_route(domains=["education"]), unknown)


def test_a_red_warning_takes_a_route_for_orange_and_above() -> None:
    red = Labels("cap", "warning", Topic(frozenset({"disaster"}), frozenset({"36"}), Severity.RED))
    assert takes(_route(least="orange", kinds=["warning"]), red)


@pytest.mark.parametrize(
    ("edits", "major", "taken"),
    [("none", True, False), ("major", True, True), ("major", False, False), ("all", False, True)],
)
def test_an_edit_is_pushed_only_where_the_route_says_so(edits: str, major: bool, taken: bool) -> None:
    edit = Labels("edu", "notice", _ITEM.topic, revision=1, major=major)
    assert takes(_route(edits=edits), edit) is taken


def test_routes_match_in_the_order_of_the_settings() -> None:
    routes = {"b": _route(), "a": _route(domains=["education"]), "c": _route(domains=["health"])}
    assert matching(routes, _ITEM) == ["b", "a"]


@pytest.mark.parametrize(
    ("now", "due"),
    [("07:00", "08:00"), ("12:30", "12:30"), ("20:00", "next 08:00"), ("23:59", "next 08:00")],
)
def test_a_route_sends_within_its_hours(now: str, due: str) -> None:
    at = datetime.fromisoformat(f"2026-11-22T{now}:00+08:00")
    day = 23 if due.startswith("next") else 22
    expected = datetime.fromisoformat(f"2026-11-{day}T{due[-5:]}:00+08:00")
    assert _route(hours="08:00-20:00").due(at) == expected


def test_every_message_stops_being_useful() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=CHINA)
    assert _route(lane="warning").expiry(at) < _route(lane="routine").expiry(at)
    assert _route(lane="routine", useful_hours=2).expiry(at).hour == 14


@pytest.mark.parametrize(
    "values",
    [
        {"channels": []},
        {"to": ["everybody"]},
        {"to": ["group:"]},
        {"hours": "20:00-08:00"},
        {"hours": "always"},
        {"lane": "fast"},
        {"color": "red"},
        {"useful_hours": 0},
    ],
)
def test_a_wrong_route_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _route(**values)


def test_a_route_names_its_groups() -> None:
    route = _route(to=["subscribers", "group:低保户"], lane=Lane.PERSONAL)
    assert route.groups == ("低保户",)
    assert route.wants_subscribers
