"""The demo's residents."""

import re
from collections import Counter

from pusher.demo.people import GROUPS, people
from pusher.demo.town import TAXONOMY
from pusher.review.taxonomy import Taxonomy
from subscribers.topic import Severity

DISTRICT = Taxonomy.load(TAXONOMY)


def test_there_are_forty_people_with_an_address_of_their_own_each() -> None:
    addresses = Counter(address for person in people() for address in person.addresses)
    assert len({person.name for person in people()}) == 40
    assert set(addresses.values()) == {1}
    assert {kind for kind, _ in addresses} == {"phone", "email", "openid"}


def test_no_address_can_belong_to_anybody() -> None:
    shapes = {"phone": r"\+861380000\d{4}", "email": r"[a-z]+@example\.com", "openid": r"oXinghu_\d{20}"}
    for person in people():
        for kind, address in person.addresses:
            assert re.fullmatch(shapes[kind], address)


def test_every_domain_and_every_place_of_the_district_has_subscribers() -> None:
    wanted = [subscription for person in people() for subscription in person.subscriptions]
    assert {domain for domain, _, _ in wanted} == {domain.code for domain in DISTRICT.domains}
    assert {area for _, area, _ in wanted} == {place.code for place in DISTRICT.places}


def test_some_want_warnings_only_and_one_the_grave_ones_only() -> None:
    least = {least for person in people() for _, _, least in person.subscriptions}
    assert least == {Severity.NOTICE, Severity.BLUE, Severity.ORANGE}


def test_each_list_names_some_people_and_nobody_is_on_an_unknown_one() -> None:
    named = Counter(group for person in people() for group in person.groups)
    assert set(named) == {group.name for group in GROUPS}
    assert min(named.values()) >= 4


def test_preferences_are_first_or_all() -> None:
    assert {person.preference for person in people()} == {"first", "all"}
