"""Who is the same person."""

from hypothesis import given
from hypothesis import strategies as st

from subscribers.same_person import Match, match, share_a_person

PHONE, OTHER_PHONE, MAIL, OPENID = ("phone", "1"), ("phone", "2"), ("email", "m"), ("openid", "o")
Key = tuple[str, str]


def test_unknown_addresses_are_somebody_new() -> None:
    assert match([PHONE, MAIL], {}, {}) == Match(None)


def test_a_known_number_is_its_owner() -> None:
    assert match([PHONE, MAIL], {PHONE: 7}, {7: {PHONE}}) == Match(7)


def test_a_known_mailbox_is_its_owner_who_gets_a_number() -> None:
    assert match([PHONE, MAIL], {MAIL: 7}, {7: {MAIL}}) == Match(7)


def test_a_shared_mailbox_does_not_make_one_person_of_two_numbers() -> None:
    assert match([OTHER_PHONE, MAIL], {MAIL: 7}, {7: {PHONE, MAIL}}) == Match(None)


def test_two_known_people_are_merged_if_nothing_else_belongs_to_the_second() -> None:
    assert match([PHONE, MAIL], {PHONE: 7, MAIL: 8}, {7: {PHONE}, 8: {MAIL}}) == Match(7, merged=(8,))


def test_two_known_people_stay_two_if_the_second_has_more() -> None:
    owners = {PHONE: 7, OPENID: 8}
    assert match([PHONE, OPENID], owners, {7: {PHONE}, 8: {OPENID, OTHER_PHONE}}) == Match(7, others=(8,))


def test_the_owner_of_a_shared_mailbox_is_not_drawn_in() -> None:
    assert match([PHONE, MAIL], {PHONE: 7, MAIL: 8}, {7: {PHONE}, 8: {MAIL, OTHER_PHONE}}) == Match(7)


def test_entries_that_share_only_a_mailbox_are_one_person_unless_their_numbers_differ() -> None:
    assert share_a_person({PHONE, MAIL}, {MAIL})
    assert share_a_person({PHONE, MAIL}, {PHONE, OTHER_PHONE})
    assert not share_a_person({PHONE, MAIL}, {OTHER_PHONE, MAIL})


KEYS = st.tuples(st.sampled_from(["phone", "openid", "email"]), st.sampled_from("abc"))


@given(st.lists(KEYS, unique=True, min_size=1), st.dictionaries(KEYS, st.integers(1, 4)))
def test_nobody_is_lost_and_no_stranger_is_swallowed(given_keys: list[Key], owners: dict[Key, int]) -> None:
    addresses_of = {person: {key for key in owners if owners[key] == person} for person in owners.values()}
    found = match(given_keys, owners, addresses_of)
    people = [found.person, *found.others, *found.merged]
    assert len(people) == len(set(people))
    for key in given_keys:
        if key in owners and key[0] in {"phone", "openid"}:
            assert owners[key] in people
    assert all(addresses_of[person] <= set(given_keys) for person in found.merged)
