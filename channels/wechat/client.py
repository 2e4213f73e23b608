"""Calls of the platform: signed with the access token, which is renewed once where it is refused."""

from collections.abc import Callable
from functools import partial

from channels.access_token import AccessToken, BadToken, life
from channels.channel import Outside
from channels.failure import SendError
from channels.http import Answer, HttpGateway, lacking
from channels.secret import secret
from channels.wechat.codes import REPEATED, refusal
from channels.wechat.settings import AccountSettings

_JSON = {"Content-Type": "application/json; charset=utf-8"}


class WeChatClient:
    """The calls of one account."""

    def __init__(self, settings: AccountSettings, outside: Outside) -> None:
        password = secret(settings.secret, settings.secret_file)
        self._base_url = settings.base_url
        self._credentials = {"grant_type": "client_credential", "appid": settings.appid, "secret": password}
        self._repeatable = HttpGateway(outside.http, timeout=settings.timeout, recognises_repeats=True)
        self._once = HttpGateway(outside.http, timeout=settings.timeout)
        self._token = AccessToken(self._fetch_token, outside.tokens, name=f"wechat:{settings.appid}", now=outside.now)

    async def post(self, path: str, body: bytes, *, repeatable: bool, private: tuple[str, ...] = ()) -> Answer:
        """Post JSON to `path` ("/cgi-bin/…"); return the answer where errcode is 0 (or "sent before").

        `repeatable`: the platform recognises a repetition, so a lost answer leaves nothing in doubt. `private`: what
        must not show in an error. Raises the three failures; a refused token costs at most one more request.
        """
        gateway = self._repeatable if repeatable else self._once
        token = await self._token.get()
        try:
            return await self._ask(gateway, path, token, body, private)
        except BadToken:
            refused = token
        return await self._ask(gateway, path, await self._token.renewed(refused), body, private)

    async def ask(self, path: str, body: bytes, *, private: tuple[str, ...] = ()) -> Answer:
        """Post JSON to a call that may be repeated, and whose good answers need no errcode. Raises as `post` does."""
        token = await self._token.get()
        try:
            return await self._ask(self._repeatable, path, token, body, private, judge=_judge_answer)
        except BadToken:
            refused = token
        token = await self._token.renewed(refused)
        return await self._ask(self._repeatable, path, token, body, private, judge=_judge_answer)

    async def look(self, path: str) -> Answer:
        """Get what the account says of itself; as `ask`, and nothing changes by it."""
        token = await self._token.get()
        try:
            return await self._seen(path, token)
        except BadToken:
            refused = token
        return await self._seen(path, await self._token.renewed(refused))

    async def _seen(self, path: str, token: str) -> Answer:
        url = f"{self._base_url}{path}?access_token={token}"
        return await self._repeatable.get(url, judge=partial(_judge_answer, (token,)))

    async def _ask(
        self,
        gateway: HttpGateway,
        path: str,
        token: str,
        body: bytes,
        private: tuple[str, ...],
        *,
        judge: Callable[[tuple[str, ...], Answer], SendError | None] | None = None,
    ) -> Answer:
        url = f"{self._base_url}{path}?access_token={token}"
        judging = partial(judge or _judge, (*private, token))
        return await gateway.post(url, data=body, headers=_JSON, judge=judging)

    async def _fetch_token(self, *, force: bool) -> tuple[str, float]:
        url = f"{self._base_url}/cgi-bin/stable_token"
        body = {**self._credentials, "force_refresh": force}
        answer = await self._repeatable.post(
            url, json=body, judge=partial(_judge_answer, (self._credentials["secret"],))
        )
        return answer.text("access_token"), life(answer.at("expires_in"))


def _judge(private: tuple[str, ...], answer: Answer) -> SendError | None:
    """What errcode means; a broken server is left to its HTTP status."""
    code = answer.at("errcode")
    if answer.status >= 500 or code in (0, REPEATED):
        return None
    if isinstance(code, int):
        return refusal(code, answer.text("errmsg"), private=private)
    return lacking(answer, "errcode: check base_url")


def _judge_answer(private: tuple[str, ...], answer: Answer) -> SendError | None:
    """An answer with what was asked for has no errcode."""
    return _judge(private, answer) if "errcode" in answer.body else None
