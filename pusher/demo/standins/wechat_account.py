"""What else the platform keeps of an account: mass messages, free words, menu, QR codes, tags, quotas."""

import itertools
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from pusher.demo.standins.inbox import Inbox, Received
from pusher.demo.standins.wechat_scenes import Scenes

#: Takes (path, what was told); the answer's JSON.
Act = Callable[[Mapping[str, Any]], Mapping[str, Any]]

#: What is read by GET; the rest wants POST.
_LOOKED_AT = frozenset({"/cgi-bin/get_current_selfmenu_info", "/cgi-bin/tags/get"})
_MOST_FOLLOWERS, _MOST_TAGGED = 10_000, 50


@dataclass(slots=True)
class AccountSide:
    """The account's own side of the platform."""

    inbox: Inbox
    #: Followers who wrote within 48 hours; None = all.
    in_touch: frozenset[str] | None = None
    #: Called with (msg_id, how many) once a mass message is through.
    finished: Callable[[int, int], None] = lambda _number, _count: None
    menu: Mapping[str, Any] | None = None
    #: Tag → (name, openids).
    tags: dict[int, tuple[str, set[str]]] = field(default_factory=dict)
    #: clientmsgid → msg_id.
    masses: dict[str, int] = field(default_factory=dict)
    #: The platform's code for a follower; a mass message is refused for one of them as a whole.
    codes: Mapping[str, str] = field(default_factory=dict)
    scenes: Scenes = field(default_factory=Scenes)
    #: Whether a repeated clientmsgid is told apart.
    remembers: bool = True
    _numbers: Any = field(default_factory=lambda: itertools.count(1_000_000_001))
    _tag_numbers: Any = field(default_factory=lambda: itertools.count(100))

    def acts(self) -> Mapping[str, Act]:
        """What each path does."""
        return {
            "/cgi-bin/message/custom/send": self._custom,
            "/cgi-bin/message/mass/send": self._mass,
            "/cgi-bin/message/mass/sendall": self._mass_by_tag,
            "/cgi-bin/message/mass/preview": self._preview,
            "/cgi-bin/menu/create": self._menu,
            "/cgi-bin/get_current_selfmenu_info": lambda _: {
                "is_menu_open": int(self.menu is not None),
                "selfmenu_info": _standing(self.menu or {}),
            },
            "/cgi-bin/qrcode/create": self.scenes.create,
            "/cgi-bin/tags/get": lambda _: {"tags": [self._tag(number) for number in self.tags]},
            "/cgi-bin/tags/create": self._create_tag,
            "/cgi-bin/tags/members/batchtagging": self._tagged,
            "/cgi-bin/tags/members/batchuntagging": self._untagged,
            "/cgi-bin/user/tag/get": self._members,
            "/cgi-bin/openapi/quota/get": lambda told: {
                "quota": {"daily_limit": 100_000, "used": 7, "remain": 99_993},
                "cgi_path": told["cgi_path"],
            },
        }

    def _custom(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        to = told["touser"]
        if told["msgtype"] != "text" or told.keys() - {"touser", "msgtype", "text"}:
            return _error(40008)
        if self.in_touch is not None and to not in self.in_touch:
            return _error(45015)
        self._put(to, told["text"]["content"])
        return _ok()

    def _mass(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        to = told["touser"]
        if not 2 <= len(to) <= _MOST_FOLLOWERS or len(set(to)) != len(to):
            return _error(40130)
        return self._send_mass(told, to)

    def _mass_by_tag(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        chosen = told["filter"]
        if chosen["is_to_all"] is not False or chosen["tag_id"] not in self.tags:
            return _error(45159)
        return self._send_mass(told, sorted(self.tags[chosen["tag_id"]][1]))

    def _send_mass(self, told: Mapping[str, Any], to: Sequence[str]) -> Mapping[str, Any]:
        name = told.get("clientmsgid", "")
        if len(name.encode()) > 64:
            return _error(45067)
        if self.remembers and name in self.masses:
            return {**_error(45065), "msg_id": self.masses[name]}
        if refused := next((self.codes[each] for each in to if each in self.codes), None):
            return _error(int(refused))
        number = next(self._numbers)
        self.masses[name] = number
        for each in to:
            self._put(each, told["text"]["content"], number, name)
        self.finished(number, len(to))
        return _ok(msg_id=number, msg_data_id=number)

    def _preview(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        if told["touser"] in self.codes:
            return _error(int(self.codes[told["touser"]]))
        number = next(self._numbers)
        self._put(told["touser"], told["text"]["content"], number)
        return _ok(msg_id=number)

    def _menu(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        buttons = told["button"]
        if not 1 <= len(buttons) <= 3:
            return _error(40016)
        for button in buttons:
            if len(button["name"].encode()) > 16:
                return _error(40018)
            if len(button.get("sub_button", ())) > 5:
                return _error(40023)
        self.menu = told
        return _ok()

    def _create_tag(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        name = told["tag"]["name"]
        if len(name) > 30:
            return _error(45158)
        if any(known == name for known, _ in self.tags.values()):
            return _error(45157)
        number = next(self._tag_numbers)
        self.tags[number] = (name, set())
        return {"tag": {"id": number, "name": name}}

    def _tagged(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._mark(told, lambda members, openids: members.update(openids))

    def _untagged(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._mark(told, lambda members, openids: members.difference_update(openids))

    def _mark(self, told: Mapping[str, Any], change: Callable[[set[str], list[str]], None]) -> Mapping[str, Any]:
        openids = told["openid_list"]
        if told["tagid"] not in self.tags:
            return _error(45159)
        if not 0 < len(openids) <= _MOST_TAGGED:
            return _error(40032)
        change(self.tags[told["tagid"]][1], openids)
        return _ok()

    def _members(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        members = sorted(self.tags[told["tagid"]][1])
        after = [each for each in members if each > told.get("next_openid", "")][:10_000]
        return {"count": len(after), "data": {"openid": after}, "next_openid": after[-1] if after else ""}

    def _tag(self, number: int) -> Mapping[str, Any]:
        name, members = self.tags[number]
        return {"id": number, "name": name, "count": len(members)}

    def _put(self, to: str, text: str, number: int = 0, mark: str = "") -> None:
        self.inbox.put(Received(to, text, time.time(), {"words": text}, mark=mark, id=str(number) if number else ""))


def _standing(menu: Mapping[str, Any]) -> Mapping[str, Any]:
    """A menu as the platform tells it: what opens from below is an object with a list."""
    told = {**menu}
    if "sub_button" in menu:
        told["sub_button"] = {"list": [_standing(each) for each in menu["sub_button"]]}
    if "button" in menu:
        told["button"] = [_standing(each) for each in menu["button"]]
    return told


def route(act: Act, refusal: Callable[[web.Request], Awaitable[web.Response | None]]) -> Any:
    """A handler of `act`; `refusal` looks at script, token and quota first."""

    async def handle(request: web.Request) -> web.Response:
        if (request.method == "GET") != (request.path in _LOOKED_AT):
            return web.json_response(_error(43001 if request.path in _LOOKED_AT else 43002))
        refused = await refusal(request)
        if refused is not None:
            return refused
        try:
            said = act(json.loads(await request.read() or b"{}"))
        except (KeyError, TypeError, ValueError):
            said = _error(47001)
        return web.Response(body=json.dumps(said).encode(), content_type="application/json")

    return handle


def _ok(**more: object) -> Mapping[str, Any]:
    return {"errcode": 0, "errmsg": "ok", **more}


def _error(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": f"refused rid: {code}-0a1b2c3d"}
