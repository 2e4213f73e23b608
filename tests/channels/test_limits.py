from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from channels.limits import Limits
from channels.secret import secret


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"per_second": 0}, "per_second"),
        ({"burst": 0}, "burst"),
        ({"daily_quota": 0}, "daily_quota"),
        ({"concurrency": 0}, "concurrency"),
        ({"timeout": 0}, "timeout"),
        ({"per_minute": 5}, "per_minute"),
    ],
)
def test_a_wrong_or_unknown_limit_names_itself(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Limits.model_validate(wrong)


def test_a_secret_is_given_in_place_or_in_the_first_line_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file \nsecond line\n", encoding="utf-8")
    assert secret(SecretStr("in place"), file) == "in place"
    assert secret(None, file) == "from the file"
    assert secret(None, None) == ""
    file.write_text("", encoding="utf-8")
    assert secret(None, file) == ""


def test_a_file_that_cannot_be_read_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, why in (("nothing", "FileNotFoundError"), ("binary", "UnicodeDecodeError")):
        with pytest.raises(ValueError, match=f"/{name} cannot be read: {why}") as raised:
            secret(None, tmp_path / name)
        assert raised.value.__suppress_context__
