"""The page of one's own: what is stored of whoever holds a message's link, to change, take away, end or erase.

The link leads on to a page that bears no key, so that what is shared is a notice and no more; a cookie keeps the key
for an hour. Looking changes nothing, and nothing personal is shown in full: a message may be forwarded.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web
from multidict import MultiDict

from pusher.console.asker import Networks, form_of, is_from_elsewhere, remote_of
from pusher.console.choosing import NO_WARNING, Form, Offer, lines, read
from pusher.console.chosen import DIGITS
from pusher.console.language import Languages, to_say
from pusher.console.page import SECURITY_HEADERS, chosen_language, page
from pusher.console.site import Site
from pusher.console.subscribe import ADDRESSES, AGREED, HIDDEN, NO_KIND, SENTENCES, SHAPE, kind_of, where
from pusher.own import Mine, Own
from pusher.report.brought import LastMonth
from pusher.sign_up.desk import NotTakenError, Request, SignUps
from subscribers.address_form import mask
from subscribers.choices import Choices, Frequency

#: The cookie that holds the key of the link that was opened last, and for how many seconds.
COOKIE = "own"
_KEPT = 3600
#: Where a link may lead besides a notice.
_PLACES = {"all": "/board", "my": "/my"}

_NOTHING_LEFT = to_say("这样就什么都收不到了。要全部停止，请用“停止接收”；否则请至少留一项。")
_LONGEST_NAME = 40
_LONGEST_NUMBER = 18

#: What the acts of the ledger are called.
ACTS: Mapping[str, str] = {
    "given": to_say("同意接收"),
    "confirmed": to_say("确认了地址"),
    "imported": to_say("由部门登记"),
    "ended": to_say("停止"),
    "suppressed": to_say("地址收不到，已停发"),
    "restored": to_say("恢复"),
    "corrected": to_say("更正了地址"),
    "erased": to_say("删除"),
    "lapsed": to_say("过期未确认，已删除"),
}
KINDS: Mapping[str, str] = {
    "email": to_say("邮箱"),
    "phone": to_say("手机"),
    "openid": to_say("微信"),
    "web_push": to_say("浏览器"),
}
STANDINGS: Mapping[str, str] = {
    "OPEN": to_say("正常接收"),
    "UNCONFIRMED": to_say("还没有确认"),
    "SUPPRESSED": to_say("已停止"),
}


@dataclass(frozen=True, slots=True)
class MyPages:
    """`/o/TOKEN/NOTICE`, `/my` and what belongs to it."""

    site: Site
    own: Own
    desk: SignUps
    offer: Offer
    languages: Languages
    last_month: LastMonth
    proxies: Networks = ()

    def routes(self) -> list[web.RouteDef]:
        """All addresses."""
        return [
            web.get(f"/o/{{token:{SHAPE}}}/{{place:[0-9]{{1,{DIGITS}}}|all|my}}", self.open),
            web.get("/my", self.show),
            web.post("/my", self.save),
            web.get("/my/data.json", self.export),
            web.post("/my/address", self.end_address),
            web.post("/my/add", self.add_address),
            web.get("/my/erase", self.ask_to_erase),
            web.post("/my/erase", self.erase),
        ]

    async def open(self, request: web.Request) -> web.Response:
        """Keep the key of a link and lead on to its notice; a link that is damaged leads there as well.

        Changes nothing: scanners open every link.
        """
        token, place = request.match_info["token"], request.match_info["place"]
        onward = _PLACES.get(place, f"/n/{place}")
        answer = web.Response(status=303, headers={**SECURITY_HEADERS, **HIDDEN, "Location": onward})
        if self.own.knows(token):
            is_secure = self.site.public_url.startswith("https:")
            answer.set_cookie(COOKIE, token, max_age=_KEPT, path="/my", httponly=True, samesite="Lax", secure=is_secure)
        return answer

    async def show(self, request: web.Request) -> web.Response:
        """What is stored, and the form; without a key, where to find one."""
        if not _key(request):
            return self._page(request, "closed", status=200)
        mine = await self.own.mine(_key(request))
        return self._page(request, "unknown") if mine is None else await self._shown(request, mine, None, {})

    async def save(self, request: web.Request) -> web.Response:
        """The form as sent: a step within it, a change, or what is wrong with it."""
        token, form = _key(request), await _sent(request)
        mine = await self.own.mine(token)
        if mine is None:
            return self._page(request, "unknown")
        if form.one("step"):
            return await self._shown(request, mine, form, {})
        choices, errors = self._read(form, mine.person.choices)
        if errors:
            return await self._shown(request, mine, form, errors)
        name = " ".join(form.one("name").split())[:_LONGEST_NAME]
        language = chosen_language(request, self.languages, otherwise=choices.language)
        await self.own.change(
            token,
            choices,
            name="" if form.has("nameless", "on") else name or None,
            preference=form.one("preference"),
            words=language(AGREED),
        )
        raise web.HTTPSeeOther("/my?saved=1", headers=HIDDEN)

    async def export(self, request: web.Request) -> web.Response:
        """What the page shows, as a file for programs."""
        told = await self.own.export(_key(request))
        if told is None:
            return self._page(request, "unknown")
        headers = {**HIDDEN, "Content-Disposition": 'attachment; filename="my-data.json"'}
        return web.json_response(told, headers=headers, dumps=partial(json.dumps, ensure_ascii=False, indent=2))

    async def end_address(self, request: web.Request) -> web.Response:
        """Send nothing more to one of his addresses."""
        form, token = await _sent(request), _key(request)
        number = form.one("address")
        known = number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER
        if not known or not await self.own.end_address(token, int(number)):
            return self._page(request, "unknown")
        raise web.HTTPSeeOther("/my?saved=1", headers=HIDDEN)

    async def add_address(self, request: web.Request) -> web.Response:
        """Ask the owner of a further address whether it is this person's too."""
        form, token = await _sent(request), _key(request)
        mine = await self.own.mine(token)
        if mine is None:
            return self._page(request, "unknown")
        kind = kind_of(form, self.desk.ways)
        if kind not in self.desk.ways:
            return await self._shown(request, mine, None, {"kind": NO_KIND}, added=form)
        language = chosen_language(request, self.languages, otherwise=mine.person.choices.language)
        asked = Request(
            kind=kind,
            address=form.one(kind),
            choices=mine.person.choices,
            words=language(AGREED),
            remote=remote_of(request, self.proxies),
            beside=mine.address_id,
        )
        try:
            sent = await self.desk.begin(asked)
        except NotTakenError as refused:
            field, sentence = SENTENCES.get(refused.reason, (kind, refused.detail))
            return await self._shown(request, mine, None, {field: sentence}, added=form)
        raise web.HTTPSeeOther(f"/subscribe/sent/{sent}", headers=HIDDEN)

    async def ask_to_erase(self, request: web.Request) -> web.Response:
        """Ask once more. Changes nothing."""
        mine = await self.own.mine(_key(request))
        return self._page(request, "unknown" if mine is None else "listed" if mine.by_duty else "ask")

    async def erase(self, request: web.Request) -> web.Response:
        """Forget him, unless the law has a department keep him."""
        await _sent(request)
        token = _key(request)
        if await self.own.mine(token) is None:
            return self._page(request, "unknown")
        return self._page(request, "erased" if await self.own.erase(token) else "listed")

    def _read(self, form: Form, held: Choices) -> tuple[Choices, Mapping[str, str]]:
        """What he keeps and what he adds."""
        language = form.one("language")
        found = read(
            form,
            self.offer,
            language=language if language in self.languages else held.language,
            needs_wish=False,
        )
        kept = [
            wish for line in lines(held.subscriptions, self.offer) if form.has("keep", line.key) for wish in line.wishes
        ]
        wishes = {(wish.domain, wish.area): wish for wish in (*kept, *found.choices.subscriptions)}
        errors = dict(found.errors)
        if not wishes and held.subscriptions:
            errors["keep"] = _NOTHING_LEFT
        elif found.choices.frequency is Frequency.URGENT and not any(
            self.offer.is_of_warnings(domain) for domain, _ in wishes
        ):
            errors.setdefault("warn", NO_WARNING)
        return replace(found.choices, subscriptions=list(wishes.values())), errors

    async def _shown(
        self,
        request: web.Request,
        mine: Mine,
        sent: Form | None,
        errors: Mapping[str, str],
        *,
        added: Form | None = None,
    ) -> web.Response:
        form = _filled(mine.person.choices) if sent is None else sent
        more = {
            "mine": mine,
            "name": mask(mine.person.name),
            "form": form,
            "added": added or Form(MultiDict()),
            "kinds": [kind for kind in ADDRESSES if kind in self.desk.ways],
            "counts": await self.last_month.counts(),
            "is_sent": sent is not None,
            "errors": errors,
            "my_lines": lines(mine.person.subscriptions, self.offer),
            "saved": request.query.get("saved") == "1",
            "acts": ACTS,
            "address_kinds": KINDS,
            "standings": STANDINGS,
            **where(form, self.offer),
        }
        return self._page(
            request, "mine", status=422 if errors else 200, otherwise=mine.person.choices.language, more=more
        )

    def _page(
        self,
        request: web.Request,
        state: str,
        *,
        status: int | None = None,
        otherwise: str = "zh",
        more: Mapping[str, object] | None = None,
    ) -> web.Response:
        return page(
            request,
            "my",
            status=status or (404 if state == "unknown" else 200),
            headers=HIDDEN,
            language=chosen_language(request, self.languages, otherwise=otherwise),
            languages=self.languages,
            more=more,
            site=self.site,
            offer=self.offer,
            state=state,
            token=_key(request),
            mark=_mark(_key(request)),
        )


def _key(request: web.Request) -> str:
    """The key of whoever asks; "" for none."""
    return request.cookies.get(COOKIE, "")


def _mark(key: str) -> str:
    """What a page of this key puts into its forms; without the key nobody can make it."""
    return hashlib.sha256(f"page of {key}".encode(errors="replace")).hexdigest()[:32]


async def _sent(request: web.Request) -> Form:
    """The fields of a form. Raises HTTPForbidden for one that comes from another site, or from another one's page.

    Two people may share a telephone: what was opened for one must not change the other, whose link was opened since.
    """
    form = Form(await form_of(request))
    is_ours = hmac.compare_digest(form.one("page").encode(errors="replace"), _mark(_key(request)).encode())
    if is_from_elsewhere(request) or not is_ours:
        raise web.HTTPForbidden(text="only the page behind the link may send this: open the link again")
    return form


def _filled(choices: Choices) -> Form:
    """The form as it stands at first: nothing to add, and everything else as it was chosen."""
    fields = MultiDict[object](
        {
            "warn": "none",
            "frequency": choices.frequency.value,
            "hour": str(choices.hour),
            "urgent": choices.urgent.name.lower(),
            "language": choices.language,
        }
    )
    if choices.quiet is not None:
        fields.add("quiet", "on")
        fields.add("quiet_from", str(choices.quiet.start // 60))
        fields.add("quiet_until", str(choices.quiet.end // 60))
    return Form(fields)
