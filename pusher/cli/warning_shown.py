"""How warnings look on a terminal: what an approver must see, and the stages of what goes out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pusher.cli.session import print_json
from pusher.cli.table import minute, print_table

_COUNTERS = ("planned", "sent", "delivered", "not_reached", "taken_back", "waiting", "resting")
_MOMENTS = ("queued", "first_sent", "half_sent", "most_sent", "last")
_STAGES = (*(name.replace("_", " ") for name in _COUNTERS), "queued", "first", "50 %", "95 %", "last")


async def show_version(office: Any, number: int, *, as_json: bool, map_file: Path | None = None) -> None:
    """What an approver must see of a version before it goes out; `map_file`: where to write the map of its area."""
    from pusher.warnings.preview import area_map, preview, to_json

    seen = await preview(office, number)
    if map_file is not None:
        _write(map_file, await area_map(office, seen))
    page = page_of(office, seen.version)
    if as_json:
        print_json({**to_json(seen), "page": page})
    else:
        _print_preview(seen)
        if page:
            click.echo(page_line(page))


def page_of(office: Any, version: Any) -> str:
    """Where officers see and decide a draft; "" for what is none any more, and where no address is known."""
    from pusher.warnings.warning import OPEN

    return str(office.approval_page(version.id)) if version.state in OPEN else ""


def page_line(page: str) -> str:
    """Says where it is."""
    return f"the page to decide it on, for officers with a key: {page}"


def print_status(told: Mapping[str, Any]) -> None:
    """The stages of an issued version (`pusher.warnings.progress.to_json`)."""
    click.echo(f"warning {told['warning']}  {told['status']}  {told['title']}")
    matched = "matched" if told["matched"] else "being matched"
    after = "" if told["matched_s"] is None else f" after {_seconds(told['matched_s'])}"
    click.echo(f"approved {told['approved'][:19]}  {matched}{after}{'  all done' if told['over'] else ''}")
    print_table(("channel", *_STAGES), [(name, *_stages(each)) for name, each in told["channels"].items()])
    if told["areas"]:
        rows = [
            (area or "(lists, positions)", name, f"{each['reached']} of {each['people']}", *_stages(stages))
            for area, each in told["areas"].items()
            for name, stages in each["channels"].items()
        ]
        print_table(("area", "channel", "people reached", *_STAGES), rows)
    if told["left_out"] is not None:
        click.echo(f"people who got the warning and not this: {told['left_out']}")
    for alarm in told["alarms"]:
        click.echo(f"ALARM {alarm}", err=True)


def _stages(each: Mapping[str, Any]) -> tuple[object, ...]:
    return (*(each[name] for name in _COUNTERS), *(_seconds(each[f"{name}_s"]) for name in _MOMENTS))


def print_roll_call(told: Mapping[str, Any]) -> None:
    """Who has answered and who has not (`pusher.warnings.roll_call.desk.to_json`)."""
    median = "" if told["median_s"] is None else f", in the middle after {told['median_s']:.0f} s"
    rate = "" if told["rate"] is None else f" ({told['rate']:.0%})"
    click.echo(f"{told['answered']} of {told['people']} have answered{rate}{median}; {told['missing']} have not")
    print_table(
        ("call", "subscriber", "role", "area", "state", "steps", "waiting", "answered", "by", "said"),
        [
            (
                *(each[name] for name in ("call", "subscriber", "role", "area", "state", "steps")),
                _seconds(each["waiting_s"]),
                _seconds(each["answered_s"]),
                " ".join(filter(None, (each["answered_by"], each["answered_over"]))),
                "; ".join(f"{question}: {answer}" for question, answer in each["answer"].items()),
            )
            for each in told["calls"]
        ],
    )
    for each in told["calls"]:
        for unclear in each["unclear"]:
            what = "WRONG NUMBER" if unclear["wrong_number"] else "not understood"
            back = ", asked back" if unclear["asked"] else ""
            said = f"call {each['call']} said after {unclear['after_s']:.0f} s, {what}{back}: {unclear['text']}"
            click.echo(said)


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def _print_preview(seen: Any) -> None:
    version = seen.version
    content = version.content
    click.echo(f"warning {version.id}  {_mode(seen)}")
    for line in (seen.headline, content.area_words, content.description, content.instruction, content.contact):
        click.echo(f"  {line}")
    if content.reason:
        click.echo(f"  {content.reason}")
    for each in content.translations:
        # A second person reads every language (United Kingdom 2023).
        click.echo(f"  {each.language}: {each.headline} | {each.description} | {each.instruction}")
    click.echo(f"  {minute(content.onset)} to {minute(content.expires)}, areas {' '.join(content.areas)}")
    print_table(("channel", "people"), list(seen.by_channel.items()))
    _print_people(seen)
    if seen.changes:
        print_table(("changed", "before", "now"), [tuple(change) for change in seen.changes])
    approved = ", ".join(version.approved_by) or "-"
    click.echo(f"drafted by {version.drafted_by}, checked by {version.checked_by or '-'}, approved by {approved}")
    click.echo(f"approvals that it needs: {seen.approvers}")
    if version.unproven:
        click.echo(f"NOT PROVEN to be its sender's, so it counts as no approval: {version.unproven}", err=True)
    _print_wrong(seen)


def _print_wrong(seen: Any) -> None:
    for problem in seen.problems:
        click.echo(f"to be mended: {problem}", err=True)
    for name in seen.silent_lists:
        click.echo(
            f"NOBODY IS TOLD by list {name}: it does not exist or is past its end; `pusher group import`", err=True
        )
    for number, headline in seen.alike:
        click.echo(f"ALSO IN FORCE there: warning {number}, {headline}: do you mean that one?", err=True)
    if seen.called == 0:
        click.echo("NOBODY MUST ANSWER it (叫应): the lists have nobody for this area and hazard", err=True)
    for objection in seen.objections:
        click.echo(f"NOT TAKEN {objection}; the other channels go out all the same", err=True)


def _print_people(seen: Any) -> None:
    if seen.by_area:
        print_table(("area", "people by channel"), [(area, _listed(by)) for area, by in seen.by_area.items()])
    if seen.by_position:
        click.echo(f"of them by where they live, inside the polygons and circles: {_listed(seen.by_position)}")
    if seen.warned_before:
        click.echo(f"goes to the {seen.warned_before} people who got this warning before")
    if seen.called:
        click.echo(f"people who must answer it (叫应): {seen.called}")


def _mode(seen: Any) -> str:
    if seen.version.public_test:
        return f"【测试】 PUBLIC TEST “{seen.version.public_test}”: the public gets it"
    return "LIVE 真实发布" if seen.mode == "live" else f"【{seen.mode}】 no public list hears of it"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _listed(by: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in by.items())
