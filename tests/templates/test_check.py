from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.message import Lane
from templates.check import check_templates
from templates.failure import TemplateError
from templates.render import Renderer
from templates.sample import NOTICE


def test_everything_shipped_is_in_order_and_costs_few_messages() -> None:
    checked = check_templates(Renderer(service="星湖区政务信息", public_url="https://tz.example.gov.cn"))
    assert len(checked) == 15 * 6
    assert all(each.ok and not each.problem for each in checked)
    for each in checked:
        if each.form == "sms":
            assert 1 <= each.segments <= each.most_segments <= 8
            assert each.segments <= (3 if each.folder == "warning" else 2)
        else:
            assert each.segments == each.most_segments == 0


def test_a_broken_template_is_reported_for_the_folders_that_use_it(tmp_path: Path) -> None:
    (tmp_path / "health").mkdir()
    (tmp_path / "health" / "sms.text.txt.j2").write_text("{{ notice.nothing }}", encoding="utf-8")
    wrong = [each for each in check_templates(Renderer(tmp_path)) if not each.ok]
    assert [(each.folder, each.form) for each in wrong] == [("health", "sms")]
    assert "sms.text.txt.j2, line 1: " in wrong[0].problem


def test_files_that_nothing_asks_for_are_reported(tmp_path: Path) -> None:
    (tmp_path / "health").mkdir()
    (tmp_path / "health" / "sms.txet.txt.j2").write_text("x", encoding="utf-8")
    (tmp_path / "sms.text.txt.j2").write_text("x", encoding="utf-8")
    wrong = [each.problem for each in check_templates(Renderer(tmp_path)) if not each.ok]
    assert len(wrong) == 2
    assert "has a name that nothing asks for" in wrong[0]
    assert "is in the wrong place" in wrong[1]


def test_a_folder_of_the_towns_own_domain_is_checked_too(tmp_path: Path) -> None:
    (tmp_path / "housing").mkdir()
    assert "housing" in {each.folder for each in check_templates(Renderer(tmp_path))}


def test_empty_and_endless_words_are_reported(tmp_path: Path) -> None:
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "mail.subject.txt.j2").write_text("", encoding="utf-8")
    (tmp_path / "default" / "sms.text.txt.j2").write_text("{{ notice.body }}{{ own_link }}", encoding="utf-8")
    wrong = {
        each.form: each.problem
        for each in check_templates(Renderer(tmp_path))
        if each.folder == "default" and not each.ok
    }
    assert "the part subject is empty" in wrong["mail"]
    assert "the text is empty" in wrong["sms"] or "part text is empty" in wrong["sms"]


def test_a_mail_that_nobody_can_leave_is_reported(tmp_path: Path) -> None:
    for folder in ("default", "warning"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mail.html.j2").write_text("<body>{{ headline }}", encoding="utf-8")
    wrong = {each.folder: each.problem for each in check_templates(Renderer(tmp_path)) if not each.ok}
    assert "the part html has no {{ slot.unsubscribe_url }}" in wrong["default"]
    assert "warning" not in wrong


def test_words_that_lead_nobody_to_his_own_page_are_reported(tmp_path: Path) -> None:
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "card.url.txt.j2").write_text("{{ notice.url }}", encoding="utf-8")
    (tmp_path / "default" / "sms.text.txt.j2").write_text("{{ headline }}", encoding="utf-8")
    wrong = [each for each in check_templates(Renderer(tmp_path)) if not each.ok]
    assert {each.form for each in wrong} == {"card", "sms"}
    assert "there is no {{ link }} or {{ own_link }}" in wrong[0].problem
    assert {each.folder for each in wrong} >= {"default", "health"}
    assert {each.folder for each in wrong}.isdisjoint({"warning", "roll_call", "confirmation", "answer"})


def test_the_length_of_the_signature_is_counted(tmp_path: Path) -> None:
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "sms.text.txt.j2").write_text("{{ own_link }}" + "长" * 14, encoding="utf-8")
    renderer = Renderer(tmp_path)
    cost = {
        sign: next(each.segments for each in check_templates(renderer, sign=sign) if each.form == "sms")
        for sign in ("区府", "区政府")
    }
    assert cost == {"区府": 1, "区政府": 2}


def test_nobody_is_sent_an_empty_message(tmp_path: Path) -> None:
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "sms.text.txt.j2").write_text("{{ notice.body }}\n", encoding="utf-8")
    how: Any = {"folder": "default", "id": "m1", "lane": Lane.ROUTINE, "expires": None}
    with pytest.raises(TemplateError, match="the part text is empty"):
        Renderer(tmp_path).message("sms", replace(NOTICE, body=""), **how)
