"""What a file for a person holds, by who hands it out."""

import sqlalchemy as sa

from pusher.custody.export import everything
from pusher.database import Database
from pusher.report.person import HIDDEN
from subscribers.audience import Audience
from subscribers.tables import group, membership
from tests.support.engine import Engine, Hands


async def test_what_was_sent_to_a_list_alone_is_named_to_whoever_may_see_the_list(database: Database) -> None:
    engine = Engine(database)
    await engine.add_people(1)
    async with database.write() as connection:
        listed = {"name": "低保户", "department": "民政局", "basis": "statutory"}
        await connection.execute(sa.insert(group).values(id=1, **listed))
        await connection.execute(sa.insert(membership).values(group_id=1, subscriber_id=1))
    for audience in (None, Audience(groups=(1,))):
        await engine.propose(audience=audience)
        await engine.deliver(mail=Hands())
    async with database.read() as connection:
        titles = {}
        for name, seen in {"all": None, "own": {"低保户"}, "none": set[str]()}.items():
            told = await everything(connection, engine.ring, 1, seen)
            assert told is not None
            titles[name] = [each["title"] for each in told["messages"]]
    assert titles == {"all": ["通知", "通知"], "own": ["通知", "通知"], "none": ["通知", HIDDEN]}
