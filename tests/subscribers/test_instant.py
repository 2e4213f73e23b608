"""Stored times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.instant import from_instant, to_instant


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_stored_time_is_read_back_to_the_microsecond(at: datetime) -> None:
    assert from_instant(to_instant(at)) == at


def test_the_zone_makes_no_other_instant() -> None:
    china = datetime(2026, 11, 22, 16, tzinfo=timezone(timedelta(hours=8)))
    assert to_instant(china) == to_instant(datetime(2026, 11, 22, 8, tzinfo=UTC))


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        to_instant(datetime(2026, 11, 22))  # noqa: DTZ001
