"""Whose deliveries a report may settle."""

import pytest

from pusher.settings.channels import configure, speaking_for

_MAIL = {"kind": "smtp", "host": "relay.example.cn", "sender": "tz@example.gov.cn"}


@pytest.mark.parametrize(
    ("name", "others"),
    [("north", ["mails", "south"]), ("south", ["mails", "north"]), ("board", []), ("dry", ["drys"])],
)
def test_a_report_speaks_for_its_channel_its_failovers_and_where_keys_are_signed_for_all_of_its_kind(
    name: str, others: list[str]
) -> None:
    channels, problems = configure(
        {
            "north": _MAIL,
            "south": _MAIL,
            "mails": {"kind": "failover", "channels": ["south", "north"]},
            "board": {"kind": "board"},
            "dry": {"kind": "log"},
            "wet": {"kind": "log"},
            "drys": {"kind": "failover", "channels": ["dry", "wet"]},
        }
    )
    assert problems == []
    assert speaking_for(channels, name) == [name, *others]
