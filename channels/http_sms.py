"""SMS through any gateway that takes one number a request over HTTP; the settings describe it, and how it answers."""

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from pydantic import JsonValue
from typing_extensions import override

from channels.channel import CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.code_table import CodeTable
from channels.failure import SendError, TechnicalFailure
from channels.fields import Prepared
from channels.http import Answer, HttpGateway, Read, lacking
from channels.http_sms_reports import read
from channels.http_sms_settings import PLACE, AnswerRule, HttpSmsSettings
from channels.json_path import text_at
from channels.message import Address, Message
from channels.phone import address_of, number_for, unsendable
from channels.pushes import Pushes
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.sms_words import FreeText

#: Connections of one process.
_CONCURRENCY = 16

#: Characters of an answer in text that are looked through.
_LONGEST_TEXT = 10_000


class HttpSms(Channel, Reporting):
    """One gateway. Whether it recognises repeats, its settings say."""

    def __init__(self, settings: HttpSmsSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or _CONCURRENCY
        self._settings = settings
        self._secret = secret(settings.secret, settings.secret_file)
        self._codes = _table(settings.answer)
        self._gateway = HttpGateway(
            outside.http,
            timeout=settings.timeout,
            recognises_repeats=settings.recognises_repeats,
            certificate_sha256=settings.certificate_sha256,
            read=_found(settings.answer.pattern) if settings.answer.pattern else None,
        )
        self._words = Prepared(FreeText.of_message)
        self._token = token = secret(settings.callback_token, settings.callback_token_file)
        rule = settings.pushes
        self._pushes = Pushes(
            settings,
            partial(read, rule=rule, key=token),
            wanted="a push as the settings describe it",
            thanks=rule.thanks,
            content_type=rule.thanks_type,
            in_query=rule.form == "query",
        )

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        number = number_for(to.value)
        if number is None:
            raise unsendable(to.value)
        values = {
            "to": address_of(number),
            "number": number,
            "text": self._words.of(message).of(to.slots),
            "sign": self._settings.sign_name,
            "key": key,
            "secret": self._secret,
            "token": self._token,
        }
        answer = await self._ask(values, to)
        rule = self._settings.answer
        provider_id = text_at(answer.body, rule.id) if rule.id else ""
        return Receipt(Outcome.SENT, provider_id=provider_id or None, key=key, code=text_at(answer.body, rule.code))

    async def _ask(self, values: Mapping[str, str], to: Address) -> Answer:
        settings = self._settings
        # A header cannot hold line breaks or Chinese: what fills it must be the secret or the key.
        headers, query = _filled(settings.headers, values), _filled(settings.query, values)
        judge = partial(self._judge, (*values.values(), *to.slots.values()))
        if settings.method == "GET":
            return await self._gateway.get(settings.url, params=query, headers=headers, judge=judge)
        if settings.form is not None:
            form = urlencode(_filled(settings.form, values), encoding=settings.form_encoding, errors="replace")
            sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
            return await self._gateway.post(
                settings.url, data=form.encode("ascii"), params=query, headers=sent, judge=judge
            )
        body = _in_json(settings.json_body, values)
        return await self._gateway.post(settings.url, json=body, params=query, headers=headers, judge=judge)

    def _judge(self, private: tuple[str, ...], answer: Answer) -> SendError | None:
        rule = self._settings.answer
        code = text_at(answer.body, rule.code)
        if code in rule.good and answer.status in rule.statuses:
            return None
        if code and code not in rule.good and answer.status < 500:
            words = text_at(answer.body, rule.message) if rule.message else ""
            return self._codes.refusal(code, words, private=private, retry_after=answer.retry_after)
        return _odd(answer, code)

    @override
    async def close(self) -> None:
        """Nothing to let go of: the connections belong to whoever lent them."""

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """Status reports and answers, as the settings describe them."""
        return self._pushes.answer(request)


def _found(pattern: str) -> Read:
    """Reads an answer in text: what the groups of `pattern` found, nothing where it does not fit."""
    wanted = re.compile(pattern, re.DOTALL)

    def read(body: str) -> Mapping[str, object]:
        found = wanted.search(body[:_LONGEST_TEXT])
        return found.groupdict() if found else {}

    return read


def _odd(answer: Answer, code: str) -> SendError | None:
    """What is neither good nor refused: the status alone says it, or nobody can tell whether it was carried out."""
    if code and answer.is_good:
        told = f"a good code with HTTP {answer.status}: check answer.statuses"
        return TechnicalFailure(told, code=code, in_doubt=True)
    return lacking(answer, "code where the settings look for it: check answer.code and answer.pattern")


def _table(rule: AnswerRule) -> CodeTable:
    return CodeTable(
        rule.later, rule.dead, rule.ours, unknown="a code that the settings do not explain: add it below answer"
    )


def _filled(template: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    return {name: _fill(text, values) for name, text in template.items()}


def _in_json(template: JsonValue, values: Mapping[str, str]) -> JsonValue:
    """The template with its places filled, whatever the values hold: they stay inside their texts."""
    if isinstance(template, str):
        return _fill(template, values)
    if isinstance(template, dict):
        return {name: _in_json(each, values) for name, each in template.items()}
    return [_in_json(each, values) for each in template] if isinstance(template, list) else template


def _fill(text: str, values: Mapping[str, str]) -> str:
    """One pass, so that a value that looks like a place is not filled again."""
    return PLACE.sub(lambda place: values[place[1]], text)


def _build(_name: str, settings: HttpSmsSettings, outside: Outside) -> HttpSms:
    return HttpSms(settings, outside)


KIND = Kind(
    name="http_sms",
    form="sms",
    address="phone",
    settings=HttpSmsSettings,
    build=_build,
    summary="SMS through any HTTP gateway that the settings describe: request, answer, pushes",
    receipts=True,
    inbound=True,
)
