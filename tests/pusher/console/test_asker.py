"""Who asks is told by the nearest proxy that is ours, and by nobody further away."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request

from pusher.console.asker import remote_of

PROXIES = [ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("connects", "forwarded", "asker"),
    [
        ("198.51.100.7", "203.0.113.1", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.1, 198.51.100.9", "198.51.100.9"),
        ("127.0.0.1", "203.0.113.1, 198.51.100.9:4711, 10.1.2.3", "198.51.100.9"),
        ("127.0.0.1", "203.0.113.1, [2001:db8::1]:443", "2001:db8::1"),
        ("127.0.0.1", "203.0.113.1, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.1, unix:, 10.1.2.3", "10.1.2.3"),
        ("::ffff:127.0.0.1", "203.0.113.1, 198.51.100.9", "198.51.100.9"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_only_what_a_proxy_of_ours_has_written_is_believed(connects: str, forwarded: str, asker: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/subscribe", headers=headers).clone(remote=connects)
    assert remote_of(request, PROXIES) == asker
