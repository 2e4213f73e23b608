from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from channels.secret import secret
from channels.smtp import SmtpSettings

RIGHT = {"host": "relay.example.cn", "sender": "某区政府 <tz@example.gov.cn>"}


def test_three_words_of_security_have_their_ports() -> None:
    ports = {
        word: SmtpSettings.model_validate({**RIGHT, "security": word}).at_port for word in ("none", "starttls", "tls")
    }
    assert ports == {"none": 25, "starttls": 587, "tls": 465}
    assert SmtpSettings.model_validate(RIGHT).at_port == 587
    assert SmtpSettings.model_validate({**RIGHT, "port": 2525}).at_port == 2525


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"host": "relay example"}, "host"),
        ({"host": "relay\r\nEHLO evil"}, "host"),
        ({"port": 0}, "port"),
        ({"security": "ssl"}, "security"),
        ({"sender": "某区政府"}, "e-mail address"),
        ({"sender": "a <tz@example.gov.cn>\r\nBcc: b@c.cn"}, "one line"),
        ({"sender": ""}, "sender"),
        ({"reply_to": "nobody"}, "e-mail address"),
        ({"unsubscribe_mailto": "张三@例子.中国"}, "e-mail address"),
        ({"list_id": "a>b"}, "list_id"),
        ({"domain": "a b"}, "domain"),
        ({"connections": 0}, "connections"),
        ({"authorities": "/nowhere/authorities.pem"}, "authorities"),
        ({"user": "tz"}, "belong together"),
        ({"password": "secret-word"}, "belong together"),
        ({"user": "tz", "password": "secret-word", "password_file": "/run/secret"}, "not both"),
        ({"user": "tz", "password": "secret-word", "security": "none"}, "in the clear"),
        ({"per_second": 0}, "per_second"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_is(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        SmtpSettings.model_validate({**RIGHT, **wrong})
    assert said in str(raised.value)


def test_a_password_may_go_in_the_clear_where_it_does_not_leave_the_machine() -> None:
    local = {**RIGHT, "host": "127.0.0.1", "security": "none", "user": "tz", "password": "secret-word"}
    assert "secret-word" not in repr(SmtpSettings.model_validate(local))


def test_an_unreadable_password_file_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"secret file .*/nothing cannot be read: FileNotFoundError"):
        secret(None, tmp_path / "nothing")
