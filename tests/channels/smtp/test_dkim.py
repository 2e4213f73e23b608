"""Our signatures, judged by dkimpy, which we have not written: whatever the mail, and none survives a change."""

from base64 import b64encode
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.message import Address, File, Lane, Message
from channels.slots import slot
from channels.smtp import SmtpSettings
from channels.smtp.dkim import Signer, relaxed_body
from channels.smtp.letter import Letter
from channels.smtp.settings import DkimSettings
from tests.channels.smtp.conftest import MakeChannel
from tests.support.mail import MailServer
from tests.support.outside import NOW

RSA = rsa.generate_private_key(65537, 2048)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def _stored(key: Key, folder: Path) -> Path:
    path = folder / "dkim.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def _signer(key: Key, folder: Path) -> Signer:
    given = {"domain": "example.gov.cn", "selector": "tz1", "key_file": _stored(key, folder)}
    return Signer(DkimSettings.model_validate(given))


def _record(name: bytes, timeout: int = 5) -> bytes:
    """The DNS of the domain, for dkimpy."""
    assert name == b"tz1._domainkey.example.gov.cn."
    public = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + b64encode(public)


def _accepts(mail: bytes) -> bool:
    return bool(dkim.verify(mail, dnsfunc=_record))


def _letter(name: str = "张三", *, files: bool = False, lane: Lane = Lane.ROUTINE) -> bytes:
    given = {"host": "r.cn", "sender": "某区政府 <tz@example.gov.cn>", "list_id": "tz.e.cn", "reply_to": "a@b.cn"}
    parts = {"subject": f"给{slot('name')}", "text": f"{slot('name')}好\n\n \n", "html": f"<p>{slot('name')}</p>"}
    attached = [File("图.pdf", "application/pdf", b"d", b"x" * 5000)] if files else []
    message = Message("m1", lane, "default", parts, files=attached)
    to = Address(1, "zhang@example.cn", {"name": name, "unsubscribe_url": "https://tz.example.gov.cn/u/1"})
    return Letter(message, SmtpSettings.model_validate(given), at=NOW).copy(to, b"zhang@example.cn", key="m1-1")


@pytest.mark.parametrize("files", [False, True])
def test_dkimpy_accepts_what_we_sign(tmp_path: Path, *, files: bool) -> None:
    mail = _signer(RSA, tmp_path).sign(_letter(files=files))
    assert _accepts(mail)
    assert all(len(line) <= 998 for line in mail.split(b"\r\n"))


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=60), lane=st.sampled_from(Lane))
def test_whatever_stands_in_a_slot_the_signature_holds(
    tmp_path_factory: pytest.TempPathFactory, name: str, lane: Lane
) -> None:
    signer = _signer(RSA, tmp_path_factory.mktemp("key"))
    assert _accepts(signer.sign(_letter(name, lane=lane)))


@settings(max_examples=60, deadline=None)
@given(body=st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b".", b"=\r\n"]), max_size=30).map(b"".join))
def test_bodies_have_the_canonical_form_of_dkimpy(body: bytes) -> None:
    body += b"\r\n"
    assert relaxed_body(body) == dkim.canonicalization.Relaxed.canonicalize_body(body)


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b"To: <zhang", b"To: <li"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: List-Unsubscribe=No"),
        (b"https://tz.example.gov.cn/u/1", b"https://tz.example.gov.cn/u/2"),
        (b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nSubject: another\r\n"),
        (b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nFrom: <another@e.cn>\r\n"),
        (b"PHA+", b"PHB+"),
    ],
)
def test_whoever_changes_a_mail_breaks_its_signature(tmp_path: Path, part: bytes, instead: bytes) -> None:
    mail = _signer(RSA, tmp_path).sign(_letter())
    assert part in mail
    assert not _accepts(mail.replace(part, instead, 1))


def test_white_space_that_relays_change_does_not_break_it(tmp_path: Path) -> None:
    mail = _signer(RSA, tmp_path).sign(_letter())
    assert _accepts(mail.replace(b"Subject: ", b"SUBJECT:   ", 1) + b"\r\n\r\n")


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())])
def test_a_key_that_receivers_do_not_trust_is_refused(tmp_path: Path, key: Key) -> None:
    with pytest.raises(ValueError, match="2048"):
        _signer(key, tmp_path)


def test_a_key_file_that_is_none_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("s3cret")
    with pytest.raises(ValueError, match="PEM") as raised:
        Signer(DkimSettings(domain="e.cn", selector="s", key_file=path))
    assert "s3cret" not in str(raised.value)


async def test_mails_of_the_channel_arrive_signed(tmp_path: Path, relay: MailServer, channel_to: MakeChannel) -> None:
    signing = {"domain": "example.gov.cn", "selector": "tz1", "key_file": _stored(RSA, tmp_path)}
    channel = channel_to(relay.port, dkim=signing)
    message = Message("m1", Lane.ROUTINE, "default", {"subject": "停水通知", "text": "明天停水。\n.\n"})
    await channel.send(message, Address(1, "zhang@example.cn"), key="m1-1")
    (mail,) = relay.taken
    assert _accepts(mail.content)
