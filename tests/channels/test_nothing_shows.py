"""Whatever goes wrong on whatever channel: no secret and nothing personal shows in an error, a log or a repr."""

import logging
import traceback
from collections.abc import Iterator

import pytest

from channels.failure import SendError
from pusher.kinds import KINDS
from tests.channels.contract import NAME, Rig, Trouble
from tests.channels.test_contract import RIGS

#: Written by the counterparties themselves.
_THEIRS = ("mail.", "aiohttp.access", "aiohttp.server", "aiohttp.web")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_rig_of_its_name(kind: str) -> None:
    assert rig_of(kind)


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_no_trouble_shows_whom_it_was_about_or_what_we_log_in_with(
    kind: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with RIGS[rig_of(kind)](60.0) as rig:
        shown = [repr(rig.settings), repr(rig.channel), str(rig.channel)]
        for trouble in [None, *sorted(rig.troubles - {Trouble.SILENT})]:
            await rig.make(trouble)
            shown += list(await _said(rig))
        shown += [*capsys.readouterr(), *(_line(record) for record in caplog.records if not _is_theirs(record))]
        private = {NAME, *rig.secrets, *_parts(rig.address(1))} - {""}
    assert [word for word in private for text in shown if word.casefold() in text.casefold()] == []


def rig_of(kind: str) -> str:
    """The rig of a kind, or the first of several ("cmpp_2", "cmpp_3")."""
    return kind if kind in RIGS else next((name for name in sorted(RIGS) if name.startswith(f"{kind}_")), "")


async def _said(rig: Rig) -> Iterator[str]:
    try:
        return iter([repr(await rig.send())])
    except SendError as failure:
        chain = "".join(traceback.format_exception(failure))
        return iter([chain, repr(failure), repr(vars(failure))])


def _parts(address: str) -> Iterator[str]:
    """The address, and those parts of it that a provider or a library may print alone."""
    yield address
    yield address.partition("@")[0]
    yield address.removeprefix("+86")
    yield address.rpartition("/")[2].rpartition("=")[2].partition("#")[0]


def _is_theirs(record: logging.LogRecord) -> bool:
    return record.name.startswith(_THEIRS)


def _line(record: logging.LogRecord) -> str:
    return logging.Formatter().format(record)
