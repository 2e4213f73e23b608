"""The key ring: what is encrypted can be read again, by the right key and in the right place only."""

import os
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from subscribers.keys import KeyRing, KeyRingError

RINGS = {"aes": KeyRing.generate(), "sm": KeyRing.generate(suite="sm")}
CONTEXT = "address.value"


def _key() -> bytes:
    return os.urandom(32)


@pytest.mark.parametrize("suite", RINGS)
@given(text=st.text())
def test_what_is_encrypted_can_be_read_again(suite: str, text: str) -> None:
    ring = RINGS[suite]
    assert ring.decrypt(ring.encrypt(text, CONTEXT), CONTEXT) == text


@pytest.mark.parametrize("suite", RINGS)
@given(text=st.text(), data=st.data())
def test_a_value_with_one_changed_bit_is_refused(suite: str, text: str, data: st.DataObject) -> None:
    value = bytearray(RINGS[suite].encrypt(text, CONTEXT))
    bit = data.draw(st.integers(0, len(value) * 8 - 1))
    value[bit // 8] ^= 1 << bit % 8
    with pytest.raises(KeyRingError):
        RINGS[suite].decrypt(bytes(value), CONTEXT)


@given(st.binary(max_size=80))
def test_bytes_that_nobody_encrypted_are_refused(value: bytes) -> None:
    with pytest.raises(KeyRingError):
        RINGS["aes"].decrypt(value, CONTEXT)


@pytest.mark.parametrize("suite", RINGS)
@pytest.mark.parametrize("length", [0, 1, 9, 12, 21, 30, 36])
def test_a_value_that_was_cut_is_refused(suite: str, length: int) -> None:
    with pytest.raises(KeyRingError):
        RINGS[suite].decrypt(RINGS[suite].encrypt("+8613800138000", CONTEXT)[:length], CONTEXT)


def test_a_value_moved_to_another_column_is_refused() -> None:
    value = RINGS["aes"].encrypt("+8613800138000", CONTEXT)
    with pytest.raises(KeyRingError, match=r"subscriber\.name does not open with key 'k1'"):
        RINGS["aes"].decrypt(value, "subscriber.name")


def test_the_same_text_is_encrypted_differently_each_time() -> None:
    assert RINGS["aes"].encrypt("x", CONTEXT) != RINGS["aes"].encrypt("x", CONTEXT)


def test_many_values_are_read_in_their_order() -> None:
    ring = RINGS["aes"]
    assert ring.decrypt_many([ring.encrypt(str(n), CONTEXT) for n in range(50)], CONTEXT) == [str(n) for n in range(50)]


def test_the_first_key_encrypts_and_older_ones_still_read() -> None:
    old, new, index = _key(), _key(), _key()
    value = KeyRing({"2025": old}, index).encrypt("x", CONTEXT)
    both = KeyRing({"2026": new, "2025": old}, index)
    assert both.decrypt(value, CONTEXT) == "x"
    assert KeyRing({"2026": new}, index).decrypt(both.encrypt("y", CONTEXT), CONTEXT) == "y"


def test_changing_the_suite_leaves_old_values_readable() -> None:
    key, index = _key(), _key()
    value = KeyRing({"k1": key}, index).encrypt("x", CONTEXT)
    assert KeyRing({"k1": key}, index, suite="sm").decrypt(value, CONTEXT) == "x"


def test_a_missing_key_is_named() -> None:
    value = KeyRing({"2025": _key()}, _key()).encrypt("x", CONTEXT)
    with pytest.raises(KeyRingError, match="no key '2025'"):
        KeyRing({"2026": _key()}, _key()).decrypt(value, CONTEXT)


@pytest.mark.parametrize("suite", RINGS)
@given(one=st.text(), other=st.text())
def test_fingerprints_are_equal_for_equal_addresses_only(suite: str, one: str, other: str) -> None:
    ring = RINGS[suite]
    assert len(ring.fingerprint("email", one)) == 16
    assert (ring.fingerprint("email", one) == ring.fingerprint("email", other)) is (one == other)
    assert ring.fingerprint("email", one) != ring.fingerprint("phone", one)


def test_a_fingerprint_depends_on_the_index_key_and_on_nothing_else() -> None:
    index = _key()
    one, other = KeyRing({"a": _key()}, index), KeyRing({"b": _key()}, index)
    assert one.fingerprint("phone", "1") == other.fingerprint("phone", "1")
    assert one.fingerprint("phone", "1") != KeyRing({"a": _key()}, _key()).fingerprint("phone", "1")


def test_derived_keys_differ_by_purpose() -> None:
    ring = RINGS["aes"]
    assert len(ring.derive("links")) == 32
    assert ring.derive("links") == ring.derive("links") != ring.derive("audit")


@given(st.text())
def test_no_fingerprint_is_part_of_a_derived_key(text: str) -> None:
    kind, _, rest = text.partition("\0")
    assume(kind)
    assert RINGS["aes"].fingerprint(kind, rest) != RINGS["aes"].derive("links")[:16]


@pytest.mark.parametrize("suite", RINGS)
def test_a_ring_written_as_text_is_the_same_ring(suite: str) -> None:
    ring = RINGS[suite]
    read = KeyRing.from_text(ring.to_text())
    assert read.decrypt(ring.encrypt("x", CONTEXT), CONTEXT) == "x"
    assert read.fingerprint("phone", "1") == ring.fingerprint("phone", "1")
    assert read.encrypt("x", CONTEXT)[:1] == ring.encrypt("x", CONTEXT)[:1]


def test_a_saved_ring_can_be_loaded_and_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    ring = RINGS["aes"]
    ring.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert KeyRing.load(path).decrypt(ring.encrypt("x", CONTEXT), CONTEXT) == "x"


def test_a_file_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    RINGS["aes"].save(path)
    path.chmod(0o644)
    with pytest.raises(KeyRingError, match="chmod 600"):
        KeyRing.load(path)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("precious")
    with pytest.raises(KeyRingError, match="cannot be written: File exists"):
        RINGS["aes"].save(path)
    assert path.read_text() == "precious"


def test_a_missing_or_binary_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyRingError, match=r"there is no key file .*nowhere: .* put the file back"):
        KeyRing.load(tmp_path / "nowhere")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "binary").chmod(0o600)
    with pytest.raises(KeyRingError, match="binary is not a text file"):
        KeyRing.load(tmp_path / "binary")


GOOD = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no line 'index: …'"),
        (f"index: {GOOD}", "no key that encrypts"),
        (f"k1: {GOOD}\nindex {GOOD}", "line 2 of the key file is not of the form"),
        (f"k1: {GOOD}\nk1: {GOOD}\nindex: {GOOD}", "line 2 of the key file names 'k1' a second time"),
        (f"k1: !!!\nindex: {GOOD}", "key 'k1' of the key file is not base64"),
        (f"k1: c2hvcnQ=\nindex: {GOOD}", "key 'k1' has 5 bytes where 32 are needed"),
        (f"much too long: {GOOD}\nindex: {GOOD}", "a key's name must be 1 to 8"),
        (f"suite: rot13\nk1: {GOOD}\nindex: {GOOD}", "must be one of aes, sm"),
        (f"k1:\nindex: {GOOD}", "line 1 of the key file is not of the form"),
    ],
)
def test_a_wrong_key_file_is_refused_with_one_sentence_that_shows_no_key(text: str, sentence: str) -> None:
    with pytest.raises(KeyRingError, match=sentence) as raised:
        KeyRing.from_text(text)
    assert "\n" not in str(raised.value)
    assert not any(secret in str(raised.value) for secret in (GOOD, "c2hvcnQ=", "!!!"))


def test_no_key_shows_in_the_representation() -> None:
    ring = KeyRing({"k1": b"K" * 32}, b"I" * 32)
    assert repr(ring) == "KeyRing(k1; suite=aes)"


def test_a_running_ring_finds_a_key_that_was_added_to_its_file(tmp_path: Path) -> None:
    RINGS["aes"].save(tmp_path / "keys")
    running = KeyRing.load(tmp_path / "keys")
    newer = running.with_keys(["k2", "k1"], new="k2")
    newer.replace(tmp_path / "keys")
    assert running.decrypt(newer.encrypt("x", CONTEXT), CONTEXT) == "x"
    assert running.names == ("k2", "k1")
    assert not running.refresh()


def test_a_running_ring_refuses_the_file_of_another(tmp_path: Path) -> None:
    RINGS["aes"].save(tmp_path / "keys")
    running = KeyRing.load(tmp_path / "keys")
    KeyRing.generate().replace(tmp_path / "keys")
    with pytest.raises(KeyRingError, match="another database"):
        running.refresh()
    assert running.decrypt(running.encrypt("x", CONTEXT), CONTEXT) == "x"


def test_a_ring_whose_file_is_gone_goes_on(tmp_path: Path) -> None:
    RINGS["aes"].save(tmp_path / "keys")
    running = KeyRing.load(tmp_path / "keys")
    (tmp_path / "keys").unlink()
    assert not running.refresh()
