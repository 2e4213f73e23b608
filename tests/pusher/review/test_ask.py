import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.review.ask import classify_lines, domains_table
from pusher.review.taxonomy import Taxonomy

XUNYANG = Taxonomy.load("xunyang")


def test_the_table_of_domains_is_plain_data() -> None:
    table = domains_table(XUNYANG)
    assert [row["code"] for row in table] == [domain.code for domain in XUNYANG.domains]
    assert table[2]["departments"] == ["区教体局"]
    assert json.loads(json.dumps(table)) == table


def test_every_line_gets_its_answer_in_order() -> None:
    lines = ['{"title": "低保公示", "issuer": "区民政局", "column": null}', "", '{"title": "停电公告"}\n']
    assert list(classify_lines(lines, XUNYANG)) == [
        {"domains": ["aid"], "why": ["issuer: 民政局, title: 低保 → aid"]},
        {"domains": [], "why": ["title: 停电 → none (停水停电与交通)"]},
    ]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("{", 'line 2: this is not JSON; write {"title": "…"}.'),
        ("[1]", 'line 2: this is not a JSON object; write {"title": "…"}.'),
        ("{}", "line 2: 'title' is missing or empty."),
        ('{"title": " "}', "line 2: 'title' is missing or empty."),
        ('{"title": 3}', "line 2: 'title' must be a text."),
        ('{"title": "a", "issuer": []}', "line 2: 'issuer' must be a text."),
        ("[" * 60_000, 'line 2: this is not JSON; write {"title": "…"}.'),
        (" " * 70_000 + "x", "line 2: more than 65536 characters; give the title alone."),
    ],
)
def test_a_malformed_line_is_named_and_the_next_is_answered(line: str, error: str) -> None:
    answers = list(classify_lines(['{"title": "低保"}', line, '{"title": "低保"}'], XUNYANG))
    assert answers[1] == {"error": error}
    assert answers[0] == answers[2]


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_lines_are_answered_without_an_error(lines: list[str]) -> None:
    answers = list(classify_lines(lines, XUNYANG))
    assert len(answers) == sum(bool(line.strip()) for line in lines)
