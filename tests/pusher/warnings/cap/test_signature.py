"""Signatures, made and checked; and by the command line."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from signxml.signer import XMLSigner

from pusher.cli.root import pusher
from pusher.warnings.cap import signature, write
from pusher.warnings.cap.read import read
from tests.pusher.warnings.cap.test_rules import _GOOD
from tests.support.certificates import signing_pair


@pytest.fixture(params=["rsa", "ec"])
def pair(request: pytest.FixtureRequest) -> tuple[bytes, bytes]:
    """A private key and its certificate, in PEM."""
    return signing_pair(
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
    _, trusted = signing_pair(rsa.generate_private_key(65537, 2048))
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


def test_a_signature_that_was_wrapped_into_another_alert_proves_nothing(pair: tuple[bytes, bytes]) -> None:
    key, certificate = pair
    alert = read(_GOOD.encode()).alerts[0].node
    alert.set("Id", "mine")
    signer = XMLSigner(
        signature_algorithm="rsa-sha256" if len(key) > 500 else "ecdsa-sha256",
        c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
    )
    signed = signer.sign(alert, key=key, cert=certificate.decode(), reference_uri="#mine")
    assert signature.signed_part(signed, certificate=certificate).get("Id") == "mine"
    # The signed alert lies inside of another one that bears its signature, and still verifies.
    mark = signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    assert mark is not None
    forged = deepcopy(signed)
    for child in list(forged):
        forged.remove(child)
    del forged.attrib["Id"]
    for child in read(_GOOD.replace("暴雨", "台风").encode()).alerts[0].node:
        forged.append(deepcopy(child))
    forged.append(deepcopy(mark))
    signed.remove(mark)
    forged.append(signed)
    with pytest.raises(signature.SignatureError, match="covers something else"):
        signature.verify(write.to_bytes(forged), certificate=certificate)
