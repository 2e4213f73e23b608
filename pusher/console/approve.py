"""The page of one draft of a warning: an officer sees what goes out to whom, and decides by name, key and level."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from markupsafe import Markup

from pusher.console.allowance import Allowance
from pusher.console.asker import Networks, form_of, is_from_our_page, remote_of
from pusher.console.choosing import Form
from pusher.console.page import LEVEL_NAMES, page
from pusher.console.site import Site
from pusher.console.subscribe import HIDDEN, SHAPE
from pusher.sign_up.limits import line_of
from pusher.warnings.approval import Approvals, NotDoneError, Reason, Seen, Signed
from pusher.warnings.hazard import hazard

_HEADERS = {**HIDDEN, "X-Robots-Tag": "none"}
#: Looks a minute from one line: each counts the people of a town.
_LOOKS = 30
_LONGEST_NAME, _LONGEST_KEY, _LONGEST_LEVEL, _LONGEST_REASON = 64, 200, 20, 200

#: Under which field a refusal stands, and what it says.
_SENTENCES: Mapping[Reason, tuple[str, str]] = {
    Reason.WRONG_KEY: ("key", "姓名和密钥不符，或者设置里没有这个人的密钥。请重新填写；本次已记入审计日志。"),
    Reason.TOO_MANY: ("key", "填错密钥的次数太多，一小时内不能在这里处理。请改用终端：pusher warn。"),
    Reason.WRONG_LEVEL: ("level", "输入的级别和这份草稿不一致。请再看一遍内容，再输入级别。"),
    Reason.NO_DEED: ("deed", "请选择要做什么。"),
    Reason.NO_REASON: ("reason", "单独签发必须写明原因：会立即告知值班人员，并记入审计日志。"),
    Reason.OVER: ("deed", "这份草稿已经签发或退回，不能再处理。"),
}
_STATUS = {Reason.TOO_MANY: 429, Reason.REFUSED: 409, Reason.OVER: 409}
#: What the parts of a draft are called, by their names in `pusher.warnings.warning.Content`.
_PARTS: Mapping[str, str] = {
    "organisation": "发布单位",
    "hazard": "类别",
    "level": "级别",
    "areas": "行政区划",
    "area_words": "影响范围",
    "description": "警示事项",
    "instruction": "应当采取的措施",
    "contact": "咨询电话",
    "onset": "起始时间",
    "expires": "结束时间",
    "polygons": "多边形",
    "circles": "圆形",
    "reason": "原因",
    "translations": "其他语言",
}


@dataclass(frozen=True, slots=True)
class ApprovePage:
    """`/approve/TOKEN`: looking changes nothing; each deed is sent with its author's key, which is kept nowhere."""

    site: Site
    approvals: Approvals
    proxies: Networks = ()
    _looks: Allowance = field(default_factory=lambda: Allowance(_LOOKS))

    def routes(self) -> list[web.RouteDef]:
        """The one address, to look and to decide."""
        path = f"/approve/{{token:{SHAPE}}}"
        return [web.get(path, self.show), web.post(path, self.decide)]

    async def show(self, request: web.Request) -> web.Response:
        """The draft, and the form."""
        self._admit(request)
        return await self._page(request)

    async def decide(self, request: web.Request) -> web.Response:
        """What an officer decided; then the page shows how the draft stands."""
        if not is_from_our_page(request, self.site.public_url, is_hidden=True):
            raise web.HTTPForbidden(text="只能从草稿的页面上提交，请重新打开链接。", headers=_HEADERS)
        self._admit(request)
        form = Form(await form_of(request))
        signed = Signed(
            deed=form.one("deed"),
            name=form.one("name").strip()[:_LONGEST_NAME],
            key=form.one("key").strip()[:_LONGEST_KEY],
            level=form.one("level")[:_LONGEST_LEVEL],
            reason=_line(form.one("reason"))[:_LONGEST_REASON],
            remote=remote_of(request, self.proxies),
        )
        try:
            done = await self.approvals.act(request.match_info["token"], signed)
        except NotDoneError as refused:
            return await self._page(request, signed, refused)
        if done is None:
            return await self._page(request)
        raise web.HTTPSeeOther(f"{request.path}?done={signed.deed}", headers=_HEADERS)

    def _admit(self, request: web.Request) -> None:
        if not self._looks.takes(line_of(remote_of(request, self.proxies))):
            raise web.HTTPTooManyRequests(text="打开得太频繁，请过一分钟再试。", headers=_HEADERS)

    async def _page(
        self, request: web.Request, signed: Signed | None = None, refused: NotDoneError | None = None
    ) -> web.Response:
        seen = await self.approvals.seen(request.match_info["token"])
        status = 404 if seen is None else 200 if refused is None else _STATUS.get(refused.reason, 422)
        where, sentence = _worded(refused) if refused is not None else ("", "")
        return page(
            request,
            "approve",
            status=status,
            headers=_HEADERS,
            site=self.site,
            seen=seen,
            hazard=_hazard(seen),
            drawn=Markup(seen.map) if seen else "",  # noqa: S704 - `area_map.draw` escapes whatever it is given
            parts=_PARTS,
            override_minutes=self.approvals.office.settings.override_minutes,
            levels={level.name: name for level, name in LEVEL_NAMES.items()},
            done=request.query.get("done", "") if refused is None else "",
            signed=signed,
            wrong=where,
            sentence=sentence,
        )


def _worded(refused: NotDoneError) -> tuple[str, str]:
    """Under which field it stands why nothing was done, and the sentence."""
    return _SENTENCES.get(refused.reason, ("deed", f"没有执行：{refused.said}。"))


def _hazard(seen: Seen | None) -> str:
    code = seen.version.content.hazard if seen else ""
    return getattr(hazard(code), "name", code)


def _line(text: str) -> str:
    """One line of what can be printed."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
