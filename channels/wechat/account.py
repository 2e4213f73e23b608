"""What an operator does with an account itself: its menu, its tags, what is left of its calls.

Source: developers.weixin.qq.com, menu/create, tags/*, qrcode/create, openapi/quota/get.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any

from channels.channel import Outside
from channels.failure import TechnicalFailure
from channels.wechat.client import WeChatClient
from channels.wechat.menu import MenuEntry
from channels.wechat.settings import AccountSettings

#: Followers that are tagged in one call (the platform's limit).
MOST_TAGGED = 50

#: Calls whose quota is worth watching: what they are, by path.
CALLS: Mapping[str, str] = {
    "/cgi-bin/message/template/send": "模板消息",
    "/cgi-bin/message/subscribe/bizsend": "订阅通知",
    "/cgi-bin/message/custom/send": "客服消息",
    "/cgi-bin/message/mass/send": "群发",
    "/cgi-bin/menu/create": "菜单",
    "/cgi-bin/tags/members/batchtagging": "打标签",
}


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of one call today."""

    path: str
    limit: int
    used: int
    left: int


@dataclass(frozen=True, slots=True)
class Tag:
    """How one tag stood beside those who are to bear it."""

    name: str
    #: Followers who bore it, those who should have as well, and those who should not have.
    members: int
    missing: int
    surplus: int
    #: The platform's number; None = there is no such tag.
    number: int | None


class Account:
    """One account, asked by an operator. Every call raises the three failures."""

    def __init__(self, settings: AccountSettings, outside: Outside) -> None:
        self._client = WeChatClient(settings, outside)

    async def menu(self) -> Mapping[str, Any]:
        """The menu that stands there now, as the platform tells it."""
        told = (await self._client.look("/cgi-bin/get_current_selfmenu_info")).body
        found = told.get("selfmenu_info")
        return found if isinstance(found, Mapping) and told.get("is_menu_open") else {}

    async def upload_menu(self, entries: Iterable[MenuEntry]) -> bool:
        """Put this menu there; False where it stands there already and nothing was changed."""
        buttons = [each.to_json() for each in entries]
        if _plain({"sub_button": buttons}) == _plain({"sub_button": (await self.menu()).get("button", ())}):
            return False
        await self._ask("/cgi-bin/menu/create", {"button": buttons})
        return True

    async def permanent_code(self, scene: str) -> str:
        """What a permanent QR code for `scene` (1 to 64 characters) holds; whoever scans it tells us the scene.

        An account has 100,000 of them; the same scene gives the same code.
        """
        return await self._code({"action_name": "QR_LIMIT_STR_SCENE"}, scene)

    async def temporary_code(self, scene: str, *, seconds: int) -> str:
        """As `permanent_code`, for so many seconds (at most 30 days)."""
        return await self._code({"action_name": "QR_STR_SCENE", "expire_seconds": seconds}, scene)

    async def quotas(self) -> list[Quota]:
        """What is left of the calls that matter, today."""
        found = []
        for path in CALLS:
            told = (await self._ask("/cgi-bin/openapi/quota/get", {"cgi_path": path})).get("quota")
            quota = told if isinstance(told, Mapping) else {}
            found.append(Quota(path, *(int(quota.get(name, 0)) for name in ("daily_limit", "used", "remain"))))
        return found

    async def tags(self) -> dict[str, int]:
        """The account's tags: name → number."""
        told = (await self._client.look("/cgi-bin/tags/get")).body.get("tags")
        return {str(each["name"]): int(each["id"]) for each in told} if isinstance(told, list) else {}

    async def fit(self, name: str, wanted: Set[str], number: int | None, *, is_meant: bool) -> Tag:
        """How the tag of this name stood; with `is_meant` it is made to hold exactly the openids that are `wanted`.

        `number`: that of `tags`; None = there is none of this name yet.
        """
        present = {openid async for openid in self.members(number)} if number is not None else set()
        missing, surplus = wanted - present, present - wanted
        if is_meant and (missing or surplus):
            number = number if number is not None else await self.create_tag(name)
            await self.tag(number, sorted(missing))
            await self.untag(number, sorted(surplus))
        return Tag(name, len(present), len(missing), len(surplus), number)

    async def create_tag(self, name: str) -> int:
        """A new tag; its number."""
        told = (await self._ask("/cgi-bin/tags/create", {"tag": {"name": name}})).get("tag")
        return int(told["id"]) if isinstance(told, Mapping) else 0

    async def members(self, tag: int) -> AsyncIterator[str]:
        """The openids that bear a tag."""
        after = ""
        while True:
            told = await self._ask("/cgi-bin/user/tag/get", {"tagid": tag, "next_openid": after})
            data = told.get("data")
            openids = data.get("openid", ()) if isinstance(data, Mapping) else ()
            for openid in openids:
                yield str(openid)
            after = str(told.get("next_openid") or "")
            if not openids or not after:
                return

    async def tag(self, number: int, openids: Iterable[str]) -> None:
        """Give a tag to these followers."""
        await self._mark("/cgi-bin/tags/members/batchtagging", number, openids)

    async def untag(self, number: int, openids: Iterable[str]) -> None:
        """Take a tag from these followers."""
        await self._mark("/cgi-bin/tags/members/batchuntagging", number, openids)

    async def _code(self, asked: Mapping[str, object], scene: str) -> str:
        body = {**asked, "action_info": {"scene": {"scene_str": scene}}}
        code = (await self._ask("/cgi-bin/qrcode/create", body, private=[scene])).get("url")
        if not isinstance(code, str) or not code:
            raise TechnicalFailure("the answer has no code in it: check base_url")
        return code

    async def _mark(self, path: str, number: int, openids: Iterable[str]) -> None:
        rest = iter(openids)
        while some := list(islice(rest, MOST_TAGGED)):
            await self._ask(path, {"openid_list": some, "tagid": number}, private=some)

    async def _ask(self, path: str, told: object, private: Sequence[str] = ()) -> Mapping[str, object]:
        body = json.dumps(told, ensure_ascii=False).encode()
        answer = await self._client.ask(path, body, private=tuple(private))
        return answer.body


def _plain(button: Mapping[str, Any]) -> tuple[object, ...]:
    """A button as it is compared; what is asked for has lists where what stands there has objects with a list."""
    below = button.get("sub_button") or ()
    listed = below.get("list", ()) if isinstance(below, Mapping) else below
    return (
        *(button.get(name) or "" for name in ("name", "type", "url", "key")),
        tuple(_plain(each) for each in listed if isinstance(each, Mapping)),
    )
