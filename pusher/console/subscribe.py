"""The pages on which residents subscribe: the form, what comes after it, and the link of a confirmation."""

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import segno
from aiohttp import web
from multidict import MultiDict

from pusher.console.asker import Networks, form_of, is_from_elsewhere, is_from_our_page, remote_of
from pusher.console.choosing import Form, Line, Offer, areas_of, lines, read
from pusher.console.language import Language, Languages, to_say
from pusher.console.page import LEVEL_NAMES, SECURITY_HEADERS, chosen_language, page
from pusher.console.push import WITH_SCRIPT
from pusher.console.site import Site
from pusher.report.brought import LastMonth
from pusher.sign_up.confirmation import SCANNED
from pusher.sign_up.desk import Confirmed, NotTakenError, Reason, Request, SignUps
from pusher.sign_up.question import Question
from subscribers.choices import Choices, Frequency
from subscribers.enrol import Subscription
from subscribers.sign_up import State

#: Signed tokens are URL-safe words; nothing longer is looked at.
SHAPE = r"[A-Za-z0-9._~=-]{1,512}"
#: The address is a secret of the receiver: nobody may keep it, index it or hear of it.
HIDDEN = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}

#: What people agree to; kept with the consent, and what they chose below it.
AGREED = to_say(
    "我同意按这里的选择接收通知和预警。我填写的地址只用于这件事，加密保存；"
    "我可以随时用信息里的链接修改、停止、导出或删除。"
)

_NOT_OURS = to_say("这个页面放得太久了，或者不是从本站打开的。请再按一次。")
_AGREE = to_say("请在“我同意”前打勾。没有您的同意，我们不会发送。")
_LEAVE_EMPTY = to_say("请把最后一格清空，那一格是用来识别机器人的。")
_NO_BROWSER = to_say("这个浏览器没有允许通知，或者停用了脚本。请允许后再试，或者换一种方式。")
NO_KIND = to_say("请选择用哪种方式接收。")
#: Beside which field a reason stands, and how it is said.
SENTENCES: Mapping[Reason, tuple[str, str]] = {
    Reason.DISPOSABLE: ("email", to_say("这个邮箱几分钟后就会失效，收不到以后的通知。请换一个常用的邮箱。")),
    Reason.NO_MOBILE: ("phone", to_say("这个号码收不到确认短信：请填写手机号，或者换一种接收方式。")),
    Reason.WRONG_ANSWER: ("answer", to_say("答案不对，请再算一次，写成数字。")),
    Reason.STALE_QUESTION: ("answer", to_say("这道题已经用过或过期了，请回答新的一道。")),
    Reason.TOO_MANY: ("page", to_say("从这里提交得太多了。请一小时后再试，或者换一个网络。")),
    Reason.UNFIT: ("page", to_say("这种接收方式暂时用不了，请换一种，或者过几天再试。")),
    Reason.NO_CODE: ("kind", to_say("微信暂时没有给出二维码。请过一会儿再试，或者换一种接收方式。")),
    Reason.EXHAUSTED: ("page", to_say("今天的确认信息已经发完了。请明天再试，或者换一种接收方式。")),
}
_WRONG_CODE = to_say("验证码不对，或者已经过期。请核对短信里的六位数字；试过五次仍不对，请重新登记。")

#: How often, as the pages say it.
_OFTEN: Mapping[Frequency, str] = {
    Frequency.AT_ONCE: to_say("一有就发"),
    Frequency.DAILY: to_say("每天汇总一次"),
    Frequency.WEEKLY: to_say("每周一汇总一次"),
    Frequency.URGENT: to_say("只要灾害预警，别的不用发"),
}

#: Kinds of address that people type, in the order of the form; the one that a browser gives by a script; and the one
#: that the scan of a code tells.
ADDRESSES, BROWSER, SCAN = ("phone", "email"), "web_push", SCANNED
#: Fields that are filled already where the address asks for it, by their names in it.
_ASKED = {"domain": "domain", "place": "area", "kind": "kind"}


@dataclass(frozen=True, slots=True)
class SubscribePages:
    """`/subscribe`, `/subscribe/sent/…` and `/confirm/…`."""

    site: Site
    desk: SignUps
    offer: Offer
    languages: Languages
    last_month: LastMonth
    proxies: Networks = ()
    #: `applicationServerKey` for browsers that take notifications; "" = there is no channel for them.
    push_key: str = ""

    def routes(self) -> list[web.RouteDef]:
        """All addresses."""
        return [
            web.get("/subscribe", self.show),
            web.post("/subscribe", self.take),
            web.get(f"/subscribe/sent/{{token:{SHAPE}}}", self.sent),
            web.post(f"/subscribe/sent/{{token:{SHAPE}}}", self.try_code),
            web.get(f"/subscribe/sent/{{token:{SHAPE}}}/code.png", self.picture),
            web.get(f"/confirm/{{token:{SHAPE}}}", self.offered),
            web.post(f"/confirm/{{token:{SHAPE}}}", self.confirm),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """The empty form; where the board was narrowed down, its domain and area are chosen already."""
        wanted = [(name, request.query.get(asked, "")) for name, asked in _ASKED.items()]
        given = MultiDict[object]((name, value) for name, value in wanted if value)
        if given:
            given.add("warn", "all")
        return await self._form(request, Form(given), {})

    async def take(self, request: web.Request) -> web.Response:
        """The form as sent: a step within it, a sign-up, or what is wrong with it beside the fields."""
        form = Form(await form_of(request))
        if form.one("step"):
            return await self._form(request, form, {})
        language = chosen_language(request, self.languages)
        found = read(form, self.offer, language=language.code)
        errors = {**found.errors, **self._own_errors(request, form)}
        if errors:
            return await self._form(request, form, errors)
        words = "\n".join([language(AGREED), *self._said(found.choices, language)])
        kind = kind_of(form, self.desk.ways)
        asked = Request(
            kind=kind,
            address=form.one(kind),
            choices=found.choices,
            words=words,
            remote=remote_of(request, self.proxies),
            question=form.one("question"),
            answer=form.one("answer"),
        )
        try:
            if asked.kind == BROWSER:
                return self._confirmed(request, await self.desk.take_browser(asked))
            token = await (self.desk.begin_scan(asked) if asked.kind == SCAN else self.desk.begin(asked))
        except NotTakenError as refused:
            otherwise = ("kind", _NO_BROWSER) if asked.kind == BROWSER else (asked.kind, refused.detail)
            where, sentence = SENTENCES.get(refused.reason, otherwise)
            return await self._form(request, form, {where: sentence}, status=_status(refused.reason))
        raise web.HTTPSeeOther(f"/subscribe/sent/{token}", headers={"Cache-Control": "no-store"})

    async def sent(self, request: web.Request) -> web.Response:
        """What to do now: open the link in the mail, type the code, or scan one; and whether it was scanned."""
        return await self._sent(request, {})

    async def picture(self, request: web.Request) -> web.Response:
        """The code to scan, as long as somebody may. Drawn here: who looks at it is no business of the platform."""
        waiting = await self.desk.waiting(request.match_info["token"])
        if waiting is None or not waiting.code or waiting.state is not State.WAITING:
            raise web.HTTPNotFound(text="there is no code to scan", headers={**SECURITY_HEADERS, **HIDDEN})
        drawn = io.BytesIO()
        segno.make(waiting.code, error="m").save(drawn, kind="png", scale=8, border=4)
        return web.Response(body=drawn.getvalue(), content_type="image/png", headers={**SECURITY_HEADERS, **HIDDEN})

    async def try_code(self, request: web.Request) -> web.Response:
        """The code as typed."""
        form = Form(await form_of(request))
        remote = remote_of(request, self.proxies)
        try:
            confirmed = await self.desk.try_code(request.match_info["token"], form.one("code"), remote)
        except NotTakenError as refused:
            return await self._sent(request, {"code": SENTENCES[refused.reason][1]}, status=429)
        if confirmed is None:
            return await self._sent(request, {"code": _WRONG_CODE}, status=422)
        return self._confirmed(request, confirmed)

    async def offered(self, request: web.Request) -> web.Response:
        """What was chosen, and the button. Changes nothing: mail scanners open every link."""
        waiting = await self.desk.offered(request.match_info["token"])
        if waiting is None:
            return self._page(request, "confirm", status=404, state="over")
        language = chosen_language(request, self.languages, otherwise=waiting.choices.language)
        done = waiting.state is State.CONFIRMED
        return self._page(
            request,
            "confirm",
            language=language,
            state="done" if done else "ask",
            choices=waiting.choices,
            joins=waiting.joins,
            chosen_lines=self._lines(waiting.choices.subscriptions),
        )

    async def confirm(self, request: web.Request) -> web.Response:
        """The owner pressed the button."""
        if is_from_elsewhere(request):
            raise web.HTTPForbidden(text="only the page behind the link may confirm")
        confirmed = await self.desk.confirm(request.match_info["token"])
        if confirmed is None:
            # Pressed twice, or too late: the page says which.
            return await self.offered(request)
        return self._confirmed(request, confirmed)

    def _own_errors(self, request: web.Request, form: Form) -> dict[str, str]:
        errors = {}
        if not is_from_our_page(request, self.site.public_url):
            errors["page"] = _NOT_OURS
        kind = kind_of(form, self.desk.ways)
        if kind not in self._kinds():
            errors["kind"] = NO_KIND
        elif kind == BROWSER and not form.one(BROWSER):
            errors["kind"] = _NO_BROWSER
        if form.one("company").strip():
            errors["company"] = _LEAVE_EMPTY
        if not form.has("agree", "on"):
            errors["agree"] = _AGREE
        return errors

    def _kinds(self) -> set[str]:
        """What may be chosen."""
        return {*self.desk.ways, *([BROWSER] if self.push_key else []), *([SCAN] if self.desk.codes else [])}

    async def _form(
        self, request: web.Request, form: Form, errors: Mapping[str, str], *, status: int | None = None
    ) -> web.Response:
        return self._page(
            request,
            "subscribe",
            status=status or (422 if errors else 200),
            form=form,
            errors=errors,
            question=self._question(form, errors),
            agreed=AGREED,
            kinds=[kind for kind in ADDRESSES if kind in self.desk.ways],
            wechat=self.desk.settings.wechat_name,
            push_key=self.push_key,
            scan=SCAN in self._kinds(),
            counts=await self.last_month.counts(),
            more=where(form, self.offer),
        )

    def _question(self, form: Form, errors: Mapping[str, str]) -> Question:
        """The one that was asked, so that its answer need not be typed again; another where it cannot be used."""
        at = self.desk.now()
        known = None if "answer" in errors else self.desk.questions.again(form.one("question"), at)
        return known or self.desk.questions.new(at)

    async def _sent(self, request: web.Request, errors: Mapping[str, str], *, status: int = 200) -> web.Response:
        waiting = await self.desk.waiting(request.match_info["token"])
        if waiting is None:
            return self._page(request, "sent", status=404, state="over", errors={})
        is_scanned = waiting.kind == SCAN and waiting.state is State.CONFIRMED
        return self._page(
            request,
            "sent",
            status=status,
            state="scanned" if is_scanned else waiting.kind,
            errors=errors,
            token=request.match_info["token"],
            looks_again="look" in request.query,
            # Whoever scanned has his own page by the answer: who shows a code may be somebody else.
            chosen_lines=self._lines(waiting.choices.subscriptions),
            choices=waiting.choices,
        )

    def _confirmed(self, request: web.Request, confirmed: Confirmed) -> web.Response:
        return self._page(
            request,
            "confirm",
            language=chosen_language(request, self.languages, otherwise=confirmed.choices.language),
            state="confirmed",
            token=confirmed.token,
            chosen_lines=self._lines(confirmed.choices.subscriptions),
            choices=confirmed.choices,
        )

    def _lines(self, wishes: Sequence[Subscription]) -> list[Line]:
        return lines(wishes, self.offer)

    def _said(self, choices: Choices, language: Language) -> list[str]:
        """What is agreed to, in the words of the page on which it is confirmed."""
        said = []
        for each in self._lines(choices.subscriptions):
            told = [language(each.what), self.offer.areas.full_name(each.area)]
            if each.least:
                told.append(language("从%(level)s预警开始") % {"level": language(LEVEL_NAMES[each.least])})
            said.append(" · ".join(told))
        often, quiet = language(_OFTEN[choices.frequency]), choices.quiet
        if choices.frequency in (Frequency.DAILY, Frequency.WEEKLY):
            often += " · " + language("%(hour)s 点") % {"hour": choices.hour}
        hush = [f"{language('安静时间')} {quiet.start // 60}:00–{quiet.end // 60}:00"] if quiet else []
        return [*said, often, *hush]

    def _page(
        self,
        request: web.Request,
        name: str,
        *,
        status: int = 200,
        language: Language | None = None,
        more: Mapping[str, object] | None = None,
        **values: object,
    ) -> web.Response:
        return page(
            request,
            name,
            headers=self._headers(request, name),
            language=language or chosen_language(request, self.languages),
            languages=self.languages,
            status=status,
            more={**values, **(more or {})},
            site=self.site,
            offer=self.offer,
        )

    def _headers(self, request: web.Request, name: str) -> Mapping[str, str]:
        if name == "confirm" or request.match_info.get("token"):
            return HIDDEN
        return {"Cache-Control": "no-store", **(WITH_SCRIPT if self.push_key else {})}


def where(form: Form, offer: Offer) -> dict[str, object]:
    """How far somebody has gone down the tree of areas, and what he has chosen there."""
    areas = offer.areas
    within, place, step = (form.one(name) for name in ("within", "place", "step"))
    path = areas.path(within if within in areas else areas.town.code)
    if step == "narrow" and place in areas:
        path = areas.path(place)
    elif step == "wider" and len(path) > 1:
        path = path[:-1]
    chosen_areas = [code for code in dict.fromkeys(form.all("area")) if code in areas]
    if step == "add":
        chosen_areas = areas_of(form, offer)
    below = areas.below(path[-1].code)
    return {
        "chosen_areas": chosen_areas,
        "within": path[-1],
        "is_inside": len(path) > 1,
        "below": below,
        "goes_deeper": any(areas.below(each.code) for each in below),
        "place": "" if step else place,
    }


def kind_of(form: Form, ways: Collection[str]) -> str:
    """How somebody wants to be reached: as he chose, else by the one field that he filled in; "" = neither says."""
    filled = [kind for kind in ADDRESSES if kind in ways and form.one(kind).strip()]
    return form.one("kind") or (filled[0] if len(filled) == 1 else "")


def _status(reason: Reason) -> int:
    return {Reason.TOO_MANY: 429, Reason.EXHAUSTED: 503, Reason.UNFIT: 503, Reason.NO_CODE: 503}.get(reason, 422)
