"""What every test of the subscribers needs: a key ring, a time, and where an act came from."""

from datetime import UTC, datetime

import pytest

from subscribers.consent import Origin
from subscribers.keys import KeyRing


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    return KeyRing.generate()


@pytest.fixture(scope="session")
def at() -> datetime:
    return datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def origin(at: datetime) -> Origin:
    return Origin("test", at)
