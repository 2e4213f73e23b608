"""Mails that come back are fetched from Dovecot over TLS, from a Maildir, or taken at the hook, each of them once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import ValidationError
from typing_extensions import override

from channels.channel import CallbackAnswer, CallbackRequest
from channels.receipt import Outcome
from channels.smtp.incoming import Incoming
from channels.smtp.returned import Returns
from channels.smtp.settings import SmtpSettings
from channels.smtp.tokens import Tokens
from tests.support import dovecot as imap
from tests.support import returned
from tests.support.certificates import Certificate, certificate
from tests.support.dovecot import PASSWORD, Mailbox, dovecot
from tests.support.outside import NOW
from tests.support.returned import PERSON, original

TOKENS = Tokens(b"k" * 32)
KEY = "hook key of the relay"

needs_dovecot = pytest.mark.skipif(imap.PROGRAM is None, reason="Dovecot is not here: install Debian's dovecot-imapd")


def _bounce(number: int) -> bytes:
    token = TOKENS.of(f"m1-{number}").decode()
    return returned.postfix(f"bounce+{token}@example.gov.cn", original(token))


def _incoming(**more: Any) -> Incoming:
    given = {"host": "relay.example.cn", "sender": "tz@e.cn", "return_path": "bounce+{token}@example.gov.cn"}
    settings = SmtpSettings.model_validate({**given, "returns": more})
    return Incoming("mail", settings.returns, Returns(settings, TOKENS), now=lambda: NOW)


class _UntilItRests(asyncio.Event):
    """Ends whoever waits for it: a reader looks until there is nothing left, and no second time."""

    @override
    async def wait(self) -> Literal[True]:
        self.set()
        return True


async def _told(incoming: Incoming) -> list[CallbackAnswer]:
    return [answer async for answer in incoming.reports(_UntilItRests())]


async def _keys(incoming: Incoming) -> list[str]:
    return [receipt.key or "" for answer in await _told(incoming) for receipt in answer.receipts]


@pytest.fixture
def shown(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


@pytest.fixture
async def mailbox(shown: Certificate) -> AsyncIterator[Mailbox]:
    async with dovecot(shown) as running:
        yield running


def _imap(mailbox: Mailbox, shown: Certificate, **more: Any) -> Incoming:
    given = {"imap": "127.0.0.1", "port": mailbox.port, "authorities": shown.path, "user": "bounce"}
    return _incoming(**given, password=PASSWORD, **more)


@needs_dovecot
async def test_bounces_are_fetched_over_imap_and_deleted_and_the_rest_stays_as_read(
    mailbox: Mailbox, shown: Certificate
) -> None:
    for number in range(1, 4):
        mailbox.deliver(f"{number}.a", _bounce(number))
    mailbox.deliver("0.person", returned.holiday("bounce@example.gov.cn"))
    assert sorted(await _keys(_imap(mailbox, shown))) == ["m1-1", "m1-2", "m1-3"]
    assert mailbox.marks() == {"0.person": "S"}


@needs_dovecot
async def test_who_keeps_them_finds_them_as_read_and_they_are_not_told_again(
    mailbox: Mailbox, shown: Certificate
) -> None:
    incoming = _imap(mailbox, shown, keep=True)
    mailbox.deliver("1.a", _bounce(1))
    assert await _keys(incoming) == ["m1-1"]
    assert mailbox.marks() == {"1.a": "S"}
    mailbox.deliver("2.a", _bounce(2))
    assert await _keys(incoming) == ["m1-2"]


@needs_dovecot
async def test_what_was_not_stored_is_told_again(mailbox: Mailbox, shown: Certificate) -> None:
    incoming = _imap(mailbox, shown)
    mailbox.deliver("1.a", _bounce(1))
    reports = incoming.reports(asyncio.Event())
    told = await anext(aiter(reports))
    # Whoever should have stored it died.
    await reports.aclose()  # type: ignore[attr-defined]
    assert [receipt.key for receipt in told.receipts] == ["m1-1"]
    assert mailbox.marks() == {"1.a": ""}
    assert await _keys(incoming) == ["m1-1"]


@needs_dovecot
@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"folder": "No such"}, {"authorities": None}])
async def test_a_mailbox_that_cannot_be_read_says_so_and_is_tried_again(
    mailbox: Mailbox, shown: Certificate, wrong: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox.deliver("1.a", _bounce(1))
    given = {"imap": "127.0.0.1", "port": mailbox.port, "authorities": shown.path, "user": "bounce.user"}
    incoming = _incoming(**{**given, "password": PASSWORD, "every": 1, **wrong})
    assert await _told(incoming) == await _told(incoming) == []
    words = capsys.readouterr().out
    assert words.count("cannot be read") == 2
    assert PASSWORD not in words
    assert "bounce.user" not in words
    assert mailbox.marks() == {"1.a": ""}


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for room in ("new", "cur", "tmp"):
        (tmp_path / "maildir" / room).mkdir(parents=True)
    return tmp_path / "maildir"


async def test_a_maildir_is_read_through_however_much_lies_there(maildir: Path) -> None:
    for number in range(1, 121):
        (maildir / "new" / f"{number:03}").write_bytes(_bounce(number))
    (maildir / "new" / "000").write_bytes(returned.holiday("bounce@example.gov.cn"))
    assert await _keys(_incoming(maildir=maildir)) == [f"m1-{number}" for number in range(1, 121)]
    assert [path.name for room in ("new", "cur") for path in sorted((maildir / room).glob("*"))] == ["000:2,S"]


def test_a_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no Maildir"):
        _incoming(maildir=tmp_path)


async def test_without_a_mailbox_nothing_is_told_until_the_end() -> None:
    assert await _told(_incoming()) == []


def _call(incoming: Incoming, body: bytes, *, key: str = f"Bearer {KEY}", method: str = "POST") -> CallbackAnswer:
    return incoming.callback(CallbackRequest(method, {}, {"authorization": key}, body, "127.0.0.1", NOW))


def test_the_hook_takes_a_mail_as_it_came_from_who_has_its_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    for incoming in (_incoming(hook_key=KEY), _incoming(hook_key_file=tmp_path / "key")):
        answer = _call(incoming, _bounce(1))
        assert [(each.outcome, each.key) for each in answer.receipts] == [(Outcome.PERMANENT, "m1-1")]
        assert answer.status == 200
        # What says nothing is taken all the same, or the relay would post it for ever.
        assert (_call(incoming, b"hello").status, _call(incoming, b"hello").receipts) == (200, ())


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, "Bearer 密钥"])
def test_the_hook_is_closed_to_all_others(key: str) -> None:
    answer = _call(_incoming(hook_key=KEY), _bounce(1), key=key)
    assert (answer.status, answer.receipts) == (401, ())
    assert _call(_incoming(), _bounce(1)).status == 404
    assert _call(_incoming(), _bounce(1), key=key).status == 404
    assert _call(_incoming(hook_key=KEY), b"", method="GET").status == 405


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"imap": "imap.e.cn"}, "belong together"),
        ({"user": "x", "password": "y"}, "belong together"),
        ({"imap": "i.cn", "maildir": "/m", "user": "x", "password": "y"}, "not both"),
        ({"imap": "i.cn", "user": "x", "password": "y", "password_file": "/f"}, "not both"),
        ({"hook_key": "short"}, "16 characters"),
        ({"hook_key": KEY, "hook_key_file": "/f"}, "not both"),
        ({"folder": 'a"b'}, "folder"),
        ({"sofd": 3}, "sofd"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused_in_one_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        _incoming(**given)


def test_a_key_file_that_anybody_could_guess_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short\n")
    with pytest.raises(ValueError, match="16 characters"):
        _incoming(hook_key_file=tmp_path / "key")


async def test_nothing_personal_is_told_of_what_came_back(maildir: Path) -> None:
    (maildir / "new" / "1").write_bytes(_bounce(1))
    assert PERSON.partition("@")[0] not in repr(await _told(_incoming(maildir=maildir)))
