"""Signatures, made and checked; and by the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from pusher.cli.root import pusher
from pusher.warnings.cap import signature, write
from pusher.warnings.cap.read import read
from tests.pusher.warnings.cap.test_rules import _GOOD

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def _pair(key: Key) -> tuple[bytes, bytes]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "预警中心")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem, certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(params=["rsa", "ec"])
def pair(request: pytest.FixtureRequest) -> tuple[bytes, bytes]:
    """A private key and its certificate, in PEM."""
    return _pair(
        rsa.generate_private_key(65537, 2048) if request.param == "rsa" else ec.generate_private_key(ec.SECP256R1())
    )


def test_a_signed_alert_is_whole_and_from_whom_we_trust(pair: tuple[bytes, bytes]) -> None:
    key, certificate = pair
    signed = write.to_bytes(signature.sign(read(_GOOD.encode()).alerts[0].node, key=key, certificate=certificate))
    assert signature.verify(signed, certificate=certificate).subject == "CN=预警中心"
    for broken in (signed.replace("暴雨".encode(), "大风".encode()), signed.replace(b"Actual", b"Exercise")):
        with pytest.raises(signature.SignatureError, match="does not fit"):
            signature.verify(broken, certificate=certificate)


def test_a_certificate_inside_the_document_is_not_believed(pair: tuple[bytes, bytes]) -> None:
    key, certificate = pair
    _, trusted = _pair(rsa.generate_private_key(65537, 2048))
    signed = write.to_bytes(signature.sign(read(_GOOD.encode()).alerts[0].node, key=key, certificate=certificate))
    with pytest.raises(signature.SignatureError, match="does not fit"):
        signature.verify(signed, certificate=trusted)


def test_an_unsigned_alert_is_told_apart(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(signature.SignatureError, match="not signed"):
        signature.verify(_GOOD.encode(), certificate=pair[1])


def test_the_commands_answer_with_lines_and_exit_codes(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_text(_GOOD, encoding="utf-8")
    bad.write_text(_GOOD.replace("<scope>Public</scope>", ""), encoding="utf-8")
    runner = CliRunner()
    assert runner.invoke(pusher, ["cap", "check", str(good)]).exit_code == 0
    both = runner.invoke(pusher, ["cap", "check", str(good), str(bad), "--json"])
    assert both.exit_code == 1
    told = [json.loads(line) for line in both.stdout.splitlines()]
    assert [(each["ok"], each["kind"], each["profile"]) for each in told] == [
        (True, "alert", "cap-1.2"),
        (False, "alert", "cap-1.2"),
    ]
    assert told[1]["errors"] == [{"rule": "missing", "element": "alert/scope", "line": 2, "text": "scope is missing"}]
    assert told[0]["alert"]["info"][0]["area"][0]["polygon"] == ["29.7,115.9 29.8,115.9 29.8,116.0 29.7,115.9"]
    assert runner.invoke(pusher, ["cap", "check", str(tmp_path / "none.xml")]).exit_code == 2
