"""Real alerts against what people read off them (`expected.csv`); skipped where the samples are not."""

import csv
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from pusher.warnings.cap import write
from pusher.warnings.cap.check import Checked, check
from pusher.warnings.cap.read import read

Expected = Mapping[str, str]
_KINDS = {"alert": "alert", "feed": "feed", "edxl": "edxl"}
#: Rules that say what the schema says.
_SHAPE = {"missing", "repeated", "order", "unknown", "word", "time", "uri", "number", "pair", "language", "schema"}
_TEXTS = ("identifier", "sender", "sent", "status", "msgType")


@pytest.fixture(scope="module")
def files(samples: Path) -> Sequence[tuple[Sequence[Expected], Checked, bytes]]:
    """The rows of each file, what was found in it, and its bytes."""
    with (samples / "cap" / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    bodies = {row["file"]: (samples / "cap" / row["file"]).read_bytes() for row in rows}
    return [(list(group), check(bodies[name]), bodies[name]) for name, group in groupby(rows, key=lambda r: r["file"])]


def _alerts(checked: Checked) -> Sequence[Mapping[str, Any]]:
    told = checked.to_json("")
    return told.get("alerts") or ([told["alert"]] if told["alert"] else [])


def test_every_file_is_recognised_for_what_it_is(files: Sequence[tuple[Sequence[Expected], Checked, bytes]]) -> None:
    assert [
        (rows[0]["file"], checked.document.kind)
        for rows, checked, _ in files
        if checked.document.kind != _KINDS.get(rows[0]["kind"], "other")
    ] == []


def test_every_alert_says_what_people_read(files: Sequence[tuple[Sequence[Expected], Checked, bytes]]) -> None:
    for rows, checked, _ in files:
        if int(rows[0]["n_alerts"] or 0) and rows[0]["kind"] != "attack-alert":
            alerts = _alerts(checked)
            assert len(alerts) == int(rows[0]["n_alerts"]), rows[0]["file"]
            for row, alert in zip(rows, alerts, strict=True):
                assert {name: alert.get(name, "") for name in _TEXTS} == {name: row[name] for name in _TEXTS}
                assert _counts(alert) == {name: int(row[name]) for name in _counts(alert)}, row["file"]
                languages = [info.get("language", "-") for info in alert.get("info", ())]
                assert languages == row["languages"].split(), row["file"]


def _counts(alert: Mapping[str, Any]) -> Mapping[str, int]:
    infos = alert.get("info", [])
    areas = [area for info in infos for area in info.get("area", ())]
    shapes = {f"n_{name}": sum(len(area.get(name, ())) for area in areas) for name in ("polygon", "circle", "geocode")}
    return {"n_info": len(infos), "n_area": len(areas), **shapes}


def test_the_shape_is_judged_as_the_schema_judges_it(
    files: Sequence[tuple[Sequence[Expected], Checked, bytes]],
) -> None:
    for rows, checked, _ in files:
        shaped = [error for error in checked.errors if error.rule in _SHAPE]
        if rows[0]["xsd_valid"] == "yes":
            assert shaped == [], rows[0]["file"]
        elif rows[0]["xsd_valid"] == "no":
            assert checked.errors, rows[0]["file"]


def test_an_attack_is_refused_with_a_sentence(samples: Path) -> None:
    checked = check((samples / "cap" / "google-cap-library" / "xee.cap").read_bytes())
    assert checked.document.alerts == ()
    assert "DTD" in checked.errors[0].text


def test_what_was_read_is_written_back_without_loss(files: Sequence[tuple[Sequence[Expected], Checked, bytes]]) -> None:
    written = 0
    for _, checked, _ in files:
        for alert in checked.document.alerts if checked.ok else ():
            if alert.profile == "cap-1.2":
                assert read(write.write(alert.block)).alerts[0].block == alert.block
                written += 1
    assert written > 30
