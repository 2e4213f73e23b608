from pathlib import Path

import pytest

from pusher.review.taxonomy import Taxonomy, TaxonomyError

CODES = ["rural", "aid", "education", "health", "environment", "disaster", "culture"]
MINIMAL = """
name = "某区"
area = "360403"

[[domain]]
code = "health"
name = "健康"
description = "看病就医。"
words = ["疫苗"]
"""


def write(folder: Path, text: str, name: str = "place.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy.load(write(folder, text))
    return caught.value.problems


@pytest.mark.parametrize("preset", ["domains", "xunyang", "songshanhu"])
def test_every_preset_has_the_seven_domains_with_names_and_sentences_for_residents(preset: str) -> None:
    taxonomy = Taxonomy.load(preset)
    assert [domain.code for domain in taxonomy.domains] == CODES
    assert all(domain.name and domain.description.endswith("。") for domain in taxonomy.domains)


def test_the_departments_of_xunyang_are_those_of_its_plan() -> None:
    departments = {domain.code: domain.departments for domain in Taxonomy.load("xunyang").domains}
    assert departments["health"] == ("区卫计委", "区市监局")
    assert departments["culture"] == ("区文新局", "区教体局")
    assert departments["aid"] == ("区民政局", "区房产局", "区人社局", "区教体局", "区残联")
    assert len(departments["disaster"]) == 12
    assert departments["rural"][0] == "各街道办事处"


def test_the_departments_of_songshanhu_are_those_of_its_plan() -> None:
    departments = {domain.code: domain.departments for domain in Taxonomy.load("songshanhu").domains}
    assert departments["disaster"] == ("三防办", "卫计局", "社管局", "食品药品监督分局")
    assert departments["culture"] == ("宣传文体局", "群团工作局")
    assert departments["rural"] == ("社管局",)


@pytest.mark.parametrize("preset", ["xunyang", "songshanhu"])
def test_every_department_of_a_plan_is_known_to_the_rules(preset: str) -> None:
    taxonomy = Taxonomy.load(preset)
    for domain in taxonomy.domains:
        for written in domain.departments:
            named = [department for _, department in taxonomy.departments_in(written)]
            assert any(domain.code in one.helps or domain.code in one.leads for one in named), written


def test_areas_and_domains_have_names_for_residents() -> None:
    taxonomy = Taxonomy.load("xunyang")
    assert taxonomy.name_of("360403001") == "甘棠街道"
    assert taxonomy.name_of("education") == "教育"
    assert taxonomy.name_of("999999") == "999999"


def test_a_town_extends_the_shipped_rules_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
        extends = "domains"
        name = "某县"
        area = "360424"
        [[domain]]
        code = "health"
        name = "看病就医"
        departments = ["县卫健委"]
        words = ["血防"]
        without = ["消毒"]
        [[none]]
        name = "采购招标"
        unless = ["血防"]
        """,
    )
    taxonomy = Taxonomy.load(file)
    health = next(domain for domain in taxonomy.domains if domain.code == "health")
    assert (health.name, health.departments) == ("看病就医", ("县卫健委",))
    assert health.words.first("血防站") == "血防"
    assert health.words.first("疫苗") == "疫苗"
    assert health.words.first("消毒") == ""
    assert health.description


def test_a_file_extends_another_beside_it(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL, "base.toml")
    taxonomy = Taxonomy.load(write(tmp_path, 'extends = "base.toml"\nname = "下级"\n'))
    assert (taxonomy.name, [domain.code for domain in taxonomy.domains]) == ("下级", ["health"])


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("name = ", ["not TOML"]),
        (MINIMAL + 'colour = "red"\n', ["domain 1 (health), colour: Extra inputs are not permitted."]),
        (MINIMAL + 'hints = "词"\n', ["domain 1 (health), hints: "]),
        (MINIMAL + 'hints = ["好", 3]\n', ["domain 1 (health), hints, 2: "]),
        (MINIMAL + 'hints = [""]\nonly = [" "]\n', ["domain 1 (health), hints, 1: ", "domain 1 (health), only, 1: "]),
        (MINIMAL + 'hints = ["…"]\n', ["domain (health): the phrase '…' needs words on both sides"]),
        (MINIMAL + '[[domain]]\ncode = "Bad Code"\n', ["domain 2 (Bad Code), code: "]),
        (MINIMAL + '[[domain]]\ncode = "aid"\n', ["domain (aid), name: ", "domain (aid), description: "]),
        (MINIMAL + '[[department]]\nname = "局"\nleads = ["none"]\n', ["department (局), leads or helps: there is no"]),
        (
            MINIMAL + '[[department]]\nname = "甲"\n[[department]]\nname = "乙"\nalso = ["甲"]\n',
            ["'甲' is a name of '甲' too"],
        ),
        (MINIMAL + '[[none]]\nname = "采购"\nbeats = "all"\n', ["none 1 (采购), beats: "]),
        (
            MINIMAL + '[[place]]\nname = "外街"\ncode = "441900401"\n',
            ["place (外街), code: 441900401 is not inside area"],
        ),
        (MINIMAL + '[[place]]\nname = "外街"\ncode = "12"\nextra = 1\n', ["place 1 (外街), extra: "]),
        ('area = "3604031"\n', ["area"]),
        ("domain = 3\n", ["domain: "]),
        ("domain = [3]\n", ["domain 1 (not a table): "]),
        ('name = "空"\n', ["domain: there is none"]),
        ('extends = "place.toml"\n', ["extends: the files extend one another in a circle"]),
        ('extends = "absent.toml"\n', ["absent.toml: it cannot be read"]),
    ],
)
def test_every_wrong_entry_gets_one_sentence_that_names_its_place(tmp_path: Path, text: str, places: list[str]) -> None:
    found = problems(tmp_path, text)
    for place, problem in zip(places, found, strict=False):
        assert place in problem
        assert "\n" not in problem.strip()
        assert problem.endswith((".", "。"))
    assert len(found) >= len(places)


@pytest.mark.parametrize("source", ["absent", "../xunyang", "/dev/null/x", "a\0b"])
def test_a_missing_file_is_named(source: str) -> None:
    with pytest.raises(TaxonomyError, match="it cannot be read"):
        Taxonomy.load(source)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "gbk.toml"
    file.write_bytes('name = "浔阳"'.encode("gbk"))
    with pytest.raises(TaxonomyError, match="UTF-8"):
        Taxonomy.load(file)
