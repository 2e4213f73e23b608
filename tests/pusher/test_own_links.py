"""In which lanes the messages of a channel open their receiver's own page."""

from channels.message import Lane
from pusher.settings.channels import configure

_PUSH = {"kind": "web_push"}
_SMS = {"kind": "http_sms", "url": "https://sms.example.cn/send", "json_body": {"n": "{number}", "t": "{text}"}}
_ANSWER = {"answer": {"code": "code", "good": ["0"]}}


def test_a_channel_says_in_which_lanes_and_a_failover_gives_what_all_its_members_give() -> None:
    channels, problems = configure(
        {
            "push": _PUSH,
            "sms": {**_SMS, **_ANSWER},
            "urgent": {**_SMS, **_ANSWER, "own_links": ["warning", "routine"]},
            "both": {"kind": "failover", "channels": ["sms", "urgent"]},
            "mail": {"kind": "smtp", "host": "relay.example.cn", "sender": "tz@example.gov.cn"},
            "board": {"kind": "board"},
        }
    )
    assert problems == []
    assert {name: set(each.own_links) for name, each in channels.items()} == {
        "push": set(Lane),
        "sms": {Lane.PERSONAL, Lane.ROUTINE},
        "urgent": {Lane.WARNING, Lane.ROUTINE},
        "both": {Lane.ROUTINE},
        "mail": set(),
        "board": set(),
    }
