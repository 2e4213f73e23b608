from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.pace import Bucket, Quota, until_midnight

#: 23:30 in China.
LATE = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


def _taken(bucket: Bucket, *, begin: float, end: float) -> int:
    """How many tokens come out between two times when each is taken as soon as it is there."""
    at, taken = begin, 0
    while (at := at + bucket.wait(at)) < end:
        bucket.take(at)
        taken += 1
    return taken


@given(st.floats(0.1, 1000), st.integers(1, 50), st.floats(0.1, 1.0), st.floats(0, 1e6))
def test_no_more_comes_out_than_burst_and_rate_allow(rate: float, burst: int, share: float, begin: float) -> None:
    bucket = Bucket(rate, burst)
    bucket.set_share(share, at=begin)
    seconds = min(10.0, 500 / rate)
    taken = _taken(bucket, begin=begin, end=begin + seconds)
    allowed = max(1.0, burst * share) + seconds * rate * share
    assert allowed - 2 <= taken <= allowed + 1


def test_a_burst_goes_at_once_and_then_one_at_a_time() -> None:
    bucket = Bucket(2, 3)
    for _ in range(3):
        assert bucket.wait(100.0) == 0
        bucket.take(100.0)
    assert bucket.wait(100.0) == pytest.approx(0.5)
    assert bucket.wait(100.4) == pytest.approx(0.1)
    assert bucket.wait(100.5) == 0


def test_a_token_that_was_not_used_comes_back() -> None:
    bucket = Bucket(1, 1)
    bucket.take(5.0)
    bucket.put_back()
    assert bucket.wait(5.0) == 0


def test_a_clock_that_is_asked_out_of_order_makes_no_tokens() -> None:
    bucket = Bucket(1, 1)
    bucket.take(10.0)
    assert bucket.wait(9.0) == pytest.approx(1.0)
    assert bucket.wait(10.0) == pytest.approx(1.0)


def test_a_shut_bucket_gives_nothing_until_it_opens() -> None:
    bucket = Bucket(None, 1)
    bucket.shut(5.0, at=10.0)
    bucket.shut(1.0, at=11.0)
    assert (bucket.wait(12.0), bucket.shut_for(12.0)) == (3.0, 3.0)
    assert (bucket.wait(15.0), bucket.shut_for(16.0)) == (0.0, 0.0)


def test_a_quota_ends_at_its_limit_and_begins_again_at_midnight_in_china() -> None:
    quota = Quota(10)
    quota.spend(8, at=LATE)
    assert quota.left(5, at=LATE) == 2
    quota.spend(2, at=LATE)
    assert quota.left(1, at=LATE) == 0
    assert quota.left(5, at=LATE + timedelta(minutes=29, seconds=59)) == 0
    assert quota.left(5, at=LATE + timedelta(minutes=30)) == 5


def test_what_was_not_used_can_be_spent_again_but_never_more_than_the_limit() -> None:
    quota = Quota(3)
    quota.spend(3, at=LATE)
    quota.put_back(1, at=LATE)
    assert quota.left(3, at=LATE) == 1
    quota.put_back(100, at=LATE)
    assert quota.left(100, at=LATE) == 3


def test_a_share_of_a_quota_and_no_quota_at_all() -> None:
    quota = Quota(10)
    quota.set_share(0.5)
    assert quota.left(100, at=LATE) == 5
    assert Quota(None).left(100, at=LATE) == 100


def test_midnight_is_chinas() -> None:
    assert until_midnight(LATE) == 1800
    assert until_midnight(LATE + timedelta(minutes=30)) == 86400
