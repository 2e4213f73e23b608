"""Agreements to notices of one template (订阅通知): counted once a push, used up, taken back, forgotten."""

from dataclasses import replace

from channels.channel import CallbackAnswer
from channels.receipt import Agreement, Inbound, Said
from pusher.custody.export import everything
from pusher.database import Database
from pusher.deliver.callbacks import take
from subscribers import agreements
from subscribers.agreements import Reached
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, add_many
from subscribers.keys import KeyRing
from subscribers.people import erase
from tests.support.engine import START

OPENIDS = [f"o6_bmjrPTlm6_2sgVt{number:010d}" for number in range(3)]


class _Account:
    """An account whose platform calls back."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ring = KeyRing.generate()
        self._events = 0

    async def add_followers(self) -> None:
        async with self.database.write() as connection:
            people = [Newcomer([("openid", openid)]) for openid in OPENIDS]
            await add_many(connection, self.ring, people, Origin("test", START))

    async def told(self, openid: str, *said: Said, act: str = "agreement", times: int = 1) -> None:
        """One event that the platform pushes so many times."""
        self._events += 1
        event = Inbound(act, openid, event_id=f"e{self._events}")
        event = replace(event, agreements=tuple(Agreement("S1", each) for each in said))
        for _ in range(times):
            async with self.database.write() as connection:
                answer = CallbackAnswer(inbound=[event])
                await take(connection, self.ring, answer, channels=["wx"], address_kind="openid", at=START)

    async def reached(self, channel: str = "wx") -> list[Reached]:
        async with self.database.read() as connection:
            return list(await agreements.reached(connection, channel))


async def test_agreements_are_counted_once_a_push_and_used_by_what_goes_out(database: Database) -> None:
    account = _Account(database)
    await account.add_followers()
    first, second, third = OPENIDS
    await account.told(first, Said.ACCEPTED, act="start", times=3)
    await account.told(second, Said.ACCEPTED, Said.ACCEPTED, act="start")
    await account.told(third, Said.ACCEPTED, act="start")
    await account.told("o6_bmjrPTlm6_of_a_stranger", Said.ACCEPTED, act="start")
    assert await account.reached() == [Reached("S1", people=3, unused=3, refused=0)]
    for openid in (first, second):
        await account.told(openid, Said.USED, times=2)
    assert await account.reached() == [Reached("S1", people=3, unused=2, refused=0)]
    await account.told(second, Said.USED_UP)
    await account.told(third, Said.REFUSED)
    assert await account.reached() == [Reached("S1", people=2, unused=0, refused=1)]
    await account.told(third, Said.ACCEPTED, act="start")
    assert await account.reached() == [Reached("S1", people=3, unused=1, refused=0)]
    assert await account.reached("another") == []


async def test_whoever_left_reaches_nobody_and_whoever_is_erased_leaves_nothing(database: Database) -> None:
    account = _Account(database)
    await account.add_followers()
    for openid in OPENIDS[:2]:
        await account.told(openid, Said.ACCEPTED, act="start")
    await account.told(OPENIDS[0], act="stop")
    assert await account.reached() == [Reached("S1", people=1, unused=1, refused=0)]
    async with database.read() as connection:
        told = await everything(connection, account.ring, 2, None)
    assert told is not None
    [agreed] = told["agreements"]
    assert (agreed["channel"], agreed["template"], agreed["accepted"], agreed["refused"]) == ("wx", "S1", 1, False)
    async with database.write() as connection:
        assert await erase(connection, 2, source="test", at=START)
    assert await account.reached() == []
