"""Status and report: what waits, what is wrong, who was reached and why others were not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import to_instant
from pusher.custody import rounds
from pusher.database import Database
from pusher.deliver.batch import pack
from pusher.deliver.deliveries import store
from pusher.deliver.settle import Attempt
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import batch, message
from tests.pusher.cli.town import Town

_LATE = datetime.now(UTC) - timedelta(hours=1)


def _write(town: Town, act: Callable[[AsyncConnection], Awaitable[None]]) -> None:
    """Change the database behind the commands' back."""

    async def work() -> None:
        url = town.environment.get("PUSHER_DATABASE__URL") or f"sqlite+aiosqlite:///{town.folder}/data/pusher.db"
        database = Database.open(url)
        async with database.write() as connection:
            await act(connection)
        await database.close()

    asyncio.run(work())


def _one_broadcast(town: Town) -> None:
    words = ("--address", "email:wang@example.com", "--subscribe", "education", "--confirmed")
    town.run("subscriber", "add", *words)
    town.run("send", "--title", "关于2026年秋季义务教育招生工作的通知")
    town.pass_once()


def test_nothing_is_wrong_at_first(anywhere: Town) -> None:
    found = anywhere.json("status")
    assert (found["queue"], found["parked"], found["sources"], found["problems"]) == ([], [], [], [])
    assert "queue: nothing waits" in anywhere.run("status").stdout


def test_what_waits_is_counted_by_channel_and_lane(anywhere: Town) -> None:
    _one_broadcast(anywhere)

    async def queue(connection: AsyncConnection) -> None:
        for state in ("waiting", "claimed", "done"):
            await connection.execute(
                sa.insert(batch).values(
                    message_id=2,
                    channel="log",
                    lane="routine",
                    state=state,
                    due=to_instant(_LATE),
                    recipients=pack([1, 2, 3]),
                    size=3,
                    recorded=1,
                    lease_until=to_instant(_LATE),
                )
            )

    _write(anywhere, queue)
    [waiting] = anywhere.json("status", fails=1)["queue"]
    assert (waiting["channel"], waiting["lane"], waiting["waiting"]) == ("log", "routine", 4)
    told = anywhere.run("status", fails=1)
    assert "routine" in told.stdout
    assert "no worker was seen" in told.stderr


def test_messages_that_wait_without_a_worker_are_a_problem(town: Town) -> None:
    _one_broadcast(town)

    async def leave(connection: AsyncConnection) -> None:
        await connection.execute(sa.text("DELETE FROM worker"))
        await connection.execute(sa.update(batch).values(state="waiting", due=to_instant(_LATE)))

    _write(town, leave)
    assert "no worker was seen" in town.run("status", fails=1).stderr


def test_a_parked_message_says_why_it_waits(anywhere: Town) -> None:
    _one_broadcast(anywhere)

    async def park(connection: AsyncConnection) -> None:
        await connection.execute(sa.update(message).where(message.c.id == 2).values(problem="535: wrong password"))
        await connection.execute(sa.text("UPDATE broadcast SET state = 'open'"))

    _write(anywhere, park)
    [parked] = anywhere.json("status", fails=1)["parked"]
    assert parked == {"broadcast": 1, "channel": "log", "problem": "535: wrong password"}
    assert "535: wrong password" in anywhere.run("status", fails=1).stderr


def test_the_report_groups_the_reasons_by_code(anywhere: Town) -> None:
    _one_broadcast(anywhere)
    gone = [Attempt(number, DeliveryState.FAILED, "550", "no such user") for number in (11, 12)]
    bounced = Attempt(13, DeliveryState.BOUNCED, "5.2.2", "mailbox full")

    async def record(connection: AsyncConnection) -> None:
        await store(connection, 2, 1, [*gone, bounced], to_instant(_LATE))
        await connection.execute(
            sa.update(message).where(message.c.id == 2).values(planned=5, sent=2, failed=2, bounced=1)
        )

    _write(anywhere, record)
    [row] = [row for row in anywhere.json("report", "--broadcast", "1") if row["channel"] == "log"]
    assert (row["planned"], row["sent"], row["not_reached"], row["waiting"]) == (5, 2, 3, 1)
    assert [(each["state"], each["code"], each["count"]) for each in row["reasons"]] == [
        ("failed", "550", 2),
        ("bounced", "5.2.2", 1),
    ]
    assert "2 failed 550 (no such user)" in anywhere.run("report").stdout


def test_the_report_says_what_short_messages_cost(anywhere: Town) -> None:
    _one_broadcast(anywhere)
    anywhere.add(
        '[channels.sms]\nkind = "mas_sms"\nprice = 0.045\nurl = "https://mas.example/sms/submit"\n'
        'ec_name = "某区政府"\nap_id = "gov"\nsecret = "s"\nsign = "AbCd"'
    )
    words = {"parts": {"text": "停" * 71}, "fields": {}, "template": "default"}

    async def went_out(connection: AsyncConnection) -> None:
        await connection.execute(
            sa.update(message).where(message.c.id == 2).values(channel="sms", content=words, planned=5, sent=4)
        )

    _write(anywhere, went_out)
    costs = [(row["channel"], row["segments"], row["yuan"]) for row in anywhere.json("report", "--broadcast", "1")]
    assert costs == [("board", None, None), ("sms", 2, "0.360")]
    assert "over sms: 2 short message(s) for each of 4, 0.360 yuan" in anywhere.run("report").stdout


def test_a_report_begins_on_a_day(town: Town) -> None:
    _one_broadcast(town)
    assert len(town.json("report", "--since", "2026-01-01")) == 2
    assert town.json("report", "--since", "2999-01-01") == []
    assert "is not a day" in town.run("report", "--since", "yesterday", fails=2).stderr


def test_a_report_of_no_broadcast_is_a_sentence(town: Town) -> None:
    assert "there is no broadcast 9" in town.run("report", "--broadcast", "9", fails=2).stderr


def test_the_acts_on_a_broadcast_are_written_down(town: Town) -> None:
    town.run("send", "--title", "暴雨红色预警", "--severity", "red")
    town.pass_once()
    town.run("broadcast", "approve", "1", "--as", "li")
    town.run("broadcast", "halt", "1")
    town.run("broadcast", "resume", "1")
    town.run("broadcast", "cancel", "1")
    assert town.json("broadcast", "show", "1")["state"] == "cancelled"
    assert "this act needs one" in town.run("broadcast", "halt", "1", fails=2).stderr
    acts = [(entry["actor"], entry["action"]) for entry in town.json("audit", "list", "--limit", "2")]
    assert acts == [("wang", "broadcast cancel"), ("wang", "broadcast resume")]


def test_a_round_of_forgetting_that_failed_or_is_missing_is_a_problem_until_one_ends_well(anywhere: Town) -> None:
    anywhere.run("retention", "--now")
    assert anywhere.json("status")["retention"]["problem"] == ""
    before = datetime.now(UTC) - timedelta(days=3)

    async def long_ago(connection: AsyncConnection) -> None:
        await rounds.note(connection, before)

    async def failed(connection: AsyncConnection) -> None:
        await rounds.note(connection, datetime.now(UTC), "events of providers: OperationalError")

    _write(anywhere, long_ago)
    assert f"retention has not run since {before:%Y-%m-%d}" in anywhere.run("status", fails=1).stderr
    _write(anywhere, failed)
    [problem] = anywhere.json("status", fails=1)["problems"]
    assert "(events of providers: OperationalError)" in problem
    assert problem in anywhere.run("retention").stderr
    anywhere.run("retention", "--now")
    assert anywhere.json("status")["problems"] == []
