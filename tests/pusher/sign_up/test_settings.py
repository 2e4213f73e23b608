"""What the settings say of signing up is checked before anything starts."""

from pathlib import Path

import pytest

from pusher.cli.soundness import examine
from pusher.settings.read import SettingsError, read
from subscribers.keys import KeyRing

_CHANNELS = """
[channels.log]
kind = "log"

[channels.other]
kind = "log"

[channels.board]
kind = "board"

[channels.wx]
kind = "wechat"
appid = "wx0000000000000000"
secret = "secret"
template = { id = "T1" }

[channels.all]
kind = "wechat_mass"
appid = "wx0000000000000000"
secret = "secret"

[channels.sms]
kind = "aliyun_sms"
access_key_id = "LTAI"
secret = "secret"
sign_name = "浔阳区政府"
template = "SMS_000000001"
"""


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ('[sign_up]\nchannels = ["nowhere"]', "sign_up.channels: there is no channel 'nowhere'"),
        ('[sign_up]\nchannels = ["log", "other"]', "both reach people by email"),
        ('[sign_up]\nchannels = ["board"]', "reaches people by public, which nobody can confirm"),
        ('[sign_up]\nchannels = ["sms"]', "needs a filed template for codes: channels.sms.templates.confirmation"),
        ('[sign_up]\nchannels = ["wx"]', "hears of nobody who scans its codes: set channels.wx.callback_token"),
        ('[sign_up]\nchannels = ["all"]', "'all' makes no codes to scan; name a channel of kind wechat"),
        ('[routes.all]\nchannels = ["log"]\nwords = "confirmation"', "are for confirmations of addresses"),
        ('[service]\ntrusted_proxies = ["proxy.example"]', "service.trusted_proxies.0"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, settings: str, sentence: str) -> None:
    path = tmp_path / "pusher.toml"
    path.write_text(settings + _CHANNELS, encoding="utf-8")
    with pytest.raises(SettingsError) as wrong:
        read(path)
    assert [problem for problem in wrong.value.problems if sentence in problem]


async def test_a_confirmation_that_its_gateway_would_not_take_is_told_before_anything_goes_out(tmp_path: Path) -> None:
    path = tmp_path / "pusher.toml"
    own = 'templates = { confirmation = "SMS_000000002" }\nfields = { title = "t" }\n'
    path.write_text('[sign_up]\nchannels = ["sms"]\n' + _CHANNELS + own, encoding="utf-8")
    (tmp_path / "data").mkdir()
    KeyRing.generate().save(tmp_path / "data" / "keys")
    found = [each for each in await examine(path) if each.name == "sign_up"]
    assert [each.ok for each in found] == [False]
    assert 'the field "title", which the message does not have' in found[0].text


def test_a_catalogue_of_the_town_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "words" / "languages").mkdir(parents=True)
    (tmp_path / "words" / "languages" / "ug.po").write_text("msgid 订阅", encoding="utf-8")
    path = tmp_path / "pusher.toml"
    path.write_text('[templates]\nfolder = "words"\n' + _CHANNELS, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"templates\.folder: ug\.po cannot be read: missing msgstr"):
        read(path)
