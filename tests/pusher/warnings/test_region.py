"""A warning with a polygon reaches those who live in it, beside those who subscribed to its areas."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from lxml import etree

from pusher.database import Database
from pusher.warnings.draft_file import read_draft
from pusher.warnings.preview import area_map, preview
from pusher.warnings.warning import Status, Version
from pusher.warnings.words import region
from subscribers import people
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.group_list import GroupList, check
from subscribers.groups import Terms, import_group
from subscribers.position import coarse
from subscribers.tables import position
from subscribers.topic import Severity
from tests.support.engine import START, Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings

_POLYGON = "29.70,115.98 29.70,116.00 29.72,116.00 29.72,115.98 29.70,115.98"
_INSIDE, _OUTSIDE = (29.71, 115.99), (29.75, 115.99)
#: Who: area that they subscribed to, where they live.
_PEOPLE = {
    1: ("360403", None),
    2: ("44", _INSIDE),
    3: ("44", _OUTSIDE),
    4: ("44", None),
}


@pytest.fixture
async def town(database: Database) -> Town:
    """Four people in two provinces, and a list of households by the river."""
    town = Town(Engine(database), settings=office_settings(channels=["sms"], groups_within=["沿河住户"]))
    town.outlets = {"sms": Way("sms", "phone")}
    newcomers = [
        Newcomer([("phone", f"+86138{number:08d}")], subscriptions=[Subscription("disaster", area)])
        for number, (area, _) in _PEOPLE.items()
    ]
    listed = check(
        [
            (1, ["手机号", "经度(WGS-84)", "纬度(WGS-84)"]),
            (2, ["13900000001", "115.991", "29.7101"]),
            (3, ["13900000002", "115.991", "29.7601"]),
        ]
    )
    at = town.engine.at
    async with database.write() as connection:
        numbers = await add_many(connection, town.engine.ring, newcomers, Origin("test", at))
        for number, (_, place) in zip(numbers, _PEOPLE.values(), strict=True):
            if place is not None:
                await people.locate(connection, number or 0, coarse(*place), source="test", at=at)
    await _import(town, listed)
    return town


async def _import(town: Town, listed: GroupList) -> None:
    engine = town.engine
    terms = Terms("汛期转移", "emergency")
    await import_group(engine.database.write, engine.ring, "沿河住户", listed, terms=terms, by="wang", at=engine.at)


async def _warn(town: Town, **changed: object) -> Version:
    content = town.content(level=Severity.YELLOW, polygons=(_POLYGON,), **changed)
    draft = await town.office.draft(content, by="li")
    return await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)


async def _told(town: Town) -> list[str]:
    sms = Hands()
    await town.engine.deliver(sms=sms)
    return sorted(number[-3:] for number in sms.taken)


async def test_who_lives_in_the_polygon_hears_of_it_wherever_they_subscribed(town: Town) -> None:
    await _warn(town)
    assert await _told(town) == ["001", "001", "002"]


async def test_the_end_goes_to_them_too_also_after_they_have_moved(town: Town) -> None:
    first = await _warn(town)
    await _told(town)
    async with town.engine.database.write() as connection:
        await connection.execute(sa.delete(position))
    draft = await town.office.end(first.id, by="li", reason="危险已经过去。")
    await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    assert await _told(town) == ["001", "001", "002"]


async def test_a_drill_with_a_polygon_reaches_nobody_who_lives_there(town: Town) -> None:
    content = town.content(level=Severity.YELLOW, polygons=(_POLYGON,))
    draft = await town.office.draft(content, by="li", status=Status.EXERCISE)
    await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    assert await _told(town) == []


async def test_the_approver_sees_how_many_are_meant_by_where_they_live(town: Town) -> None:
    draft = await town.office.draft(town.content(polygons=(_POLYGON,)), by="li")
    seen = await preview(town.office, draft.id)
    assert seen.by_channel == {"sms": 3}
    assert seen.by_position == {"sms": 2}


async def test_a_list_that_is_imported_again_without_somebody_forgets_where_he_lived(town: Town) -> None:
    listed = check([(1, ["手机号", "经度", "纬度"]), (2, ["13900000002", "115.991", "29.7601"])])
    await _import(town, listed)
    await _warn(town)
    assert await _told(town) == ["001", "002"]


def test_a_polygon_that_was_drawn_on_a_chinese_map_is_turned_into_wgs_84(tmp_path: Path) -> None:
    file = tmp_path / "draft.toml"
    lines = ['hazard = "暴雨"', 'level = "red"', f'polygons = ["{_POLYGON}"]', 'circles = ["29.71,115.99 2.5"]']
    file.write_text("\n".join([*lines, 'datum = "gcj-02"']), encoding="utf-8")
    content = read_draft(file, office_settings(), at=START)
    found = region(content)
    assert found is not None
    [(centre, radius)] = found.circles
    # 高德 draws what lies here 290 m to the South and 490 m to the East.
    assert centre == pytest.approx((29.7126, 115.985), abs=0.0003)
    assert radius == 2.5
    assert found.polygons[0][0] == pytest.approx((29.7026, 115.975), abs=0.0003)


async def test_the_map_shows_figures_and_people_by_cell_and_no_single_person(town: Town) -> None:
    draft = await town.office.draft(
        town.content(polygons=(_POLYGON,), circles=("29.71,115.99 3",), area_words="<script>"), by="li"
    )
    svg = await area_map(town.office, await preview(town.office, draft.id))
    root = etree.fromstring(svg.encode())
    shapes = [each for each in root.iter() if etree.QName(each).localname == "polygon"]
    assert len(shapes) == 2
    texts = [each.text for each in root.iter() if etree.QName(each).localname == "text"]
    assert texts[:2] == ["浔阳区气象台发布暴雨红色预警", "LIVE 真实发布"]
    assert "<5" in texts
    assert "人数：sms 3" in texts
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


async def test_a_map_of_a_drill_does_not_look_like_a_live_one_and_shows_what_has_changed(town: Town) -> None:
    await _warn(town)
    update = await town.office.update(1, town.content(level=Severity.YELLOW, circles=("29.71,115.99 3",)), by="li")
    changed = await area_map(town.office, await preview(town.office, update.id))
    assert "stroke-dasharray" in changed
    drill = await town.office.draft(town.content(), by="li", status=Status.EXERCISE)
    svg = await area_map(town.office, await preview(town.office, drill.id))
    assert "【演练】" in svg
    assert "LIVE" not in svg
    assert "没有多边形或圆形" in svg
