import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.review.areas import find_areas, site_area
from pusher.review.taxonomy import Taxonomy

XUNYANG = Taxonomy.load("xunyang")
SONGSHANHU = Taxonomy.load("songshanhu")


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("甘棠街道低保公示", {"360403001"}),
        ("浔阳区甘棠街道办事处关于高龄津贴的公示", {"360403001"}),
        ("九江市浔阳区关于招生的公告", {"360403"}),
        ("湓浦街道、人民路街道停课通知", {"360403002", "360403003"}),
        ("全区各街道", set()),
        ("我区白水湖街道防汛", {"360403004"}),
        ("花果园社区义诊", {"360403004"}),
        ("南昌市向阳街道办事处", set()),
        ("青云谱区向阳街道", set()),
        ("九江经济技术开发区向阳街道", {"360403091"}),
        ("金鸡坡 街道", {"360403005"}),
        ("濂溪区招生公告", set()),
        ("九江市濂溪区招生公告", {"360402"}),
        ("甘棠公园闭园", set()),
        ("", set()),
    ],
)
def test_own_names_are_found_by_themselves_and_others_behind_their_parent(text: str, areas: set[str]) -> None:
    assert find_areas(text, XUNYANG) == areas


def test_a_development_zone_is_found_by_any_of_its_names() -> None:
    for name in ("松山湖", "松山湖高新区", "东莞松山湖科技产业园区", "东莞市松山湖管委会"):
        assert find_areas(f"{name}关于文化活动的通知", SONGSHANHU) == {"441900401"}
    assert find_areas("东莞市大岭山镇", SONGSHANHU) == {"441900118"}
    assert find_areas("大岭山镇", SONGSHANHU) == set()


def test_rules_without_places_find_none() -> None:
    assert find_areas("浔阳区甘棠街道", Taxonomy.load("domains")) == set()


@pytest.mark.parametrize(
    ("code", "area"),
    [
        ("3604030001", "360403"),
        ("4401060012", "440106"),
        ("1304000001", "1304"),
        ("6200000001", "62"),
        ("4401830036", "440118"),
        (" 3203000001 ", "3203"),
        ("bm17000009", ""),
        ("36040300", ""),
        ("", ""),
        ("３６０４０３０００１x", ""),
    ],
)
def test_the_code_of_a_web_site_tells_its_area(code: str, area: str) -> None:
    assert site_area(code) == area


@given(st.text(alphabet="九江市浔阳区甘棠街道濂溪南昌向 x", max_size=40))
def test_found_areas_never_contain_one_another(text: str) -> None:
    found = find_areas(text, XUNYANG)
    assert not any(one != other and one.startswith(other) for one in found for other in found)
