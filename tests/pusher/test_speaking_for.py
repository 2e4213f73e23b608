"""Whose deliveries a report may settle."""

import pytest

from pusher.settings.channels import configure, speaking_for

_MAIL = {"kind": "smtp", "host": "relay.example.cn", "sender": "tz@example.gov.cn"}


_WECHAT = {"appid": "wx1", "secret": "s", "template": {"id": "T"}}


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("notices", ["all"]),
        ("all", ["notices"]),
        ("another", []),
        ("north", ["mails", "south"]),
        ("south", ["mails", "north"]),
        ("board", []),
        ("dry", ["drys"]),
    ],
)
def test_a_report_speaks_for_its_channel_its_account_its_failovers_and_where_keys_are_signed_for_its_kind(
    name: str, others: list[str]
) -> None:
    channels, problems = configure(
        {
            "north": _MAIL,
            "south": _MAIL,
            "mails": {"kind": "failover", "channels": ["south", "north"]},
            "board": {"kind": "board"},
            "notices": {"kind": "wechat", **_WECHAT},
            "all": {"kind": "wechat_mass", "appid": "wx1", "secret": "s"},
            "another": {"kind": "wechat", **_WECHAT, "appid": "wx2"},
            "dry": {"kind": "log"},
            "wet": {"kind": "log"},
            "drys": {"kind": "failover", "channels": ["dry", "wet"]},
        }
    )
    assert problems == []
    assert speaking_for(channels, name) == [name, *others]
