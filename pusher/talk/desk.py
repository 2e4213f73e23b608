"""Who hears first what people say, and how the answer goes back: at once where a platform takes it, else by message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from channels.receipt import Inbound
from channels.sms_rules import ShortMessages, objections
from channels.stop_words import is_stranger
from pusher.plan.planner import Outlet, Render
from pusher.talk import answers, words
from pusher.talk.commands import Act, parse
from pusher.talk.talk import Talk
from pusher.warnings.roll_call import replies
from pusher.warnings.roll_call.replies import Reply
from pusher.warnings.roll_call.said import says_no
from subscribers import consent, people
from subscribers.consent import Key
from templates.failure import TemplateError
from templates.notice import Notice

_log = structlog.get_logger()

#: The folder of templates that answers are put into words by.
FOLDER = "answer"
_BY_MESSAGE = "sms"
#: Characters of an answer before the way to one's own page, which must not be cut off (WeChat takes some 600 in all).
_LONGEST = 420


@dataclass(frozen=True, slots=True)
class TalkDesk:
    """Takes what people say in the transaction that stores it."""

    talk: Talk
    #: Configured channels by name.
    outlets: Mapping[str, Outlet]
    render: Render
    #: What is known beforehand of channels of short messages, by name.
    rules: Mapping[str, ShortMessages]
    #: Where the owner of an address (by its number) finds his own page.
    own_page: Callable[[int], str]
    #: What a roll-call asks, see `pusher.warnings.roll_call.ladder`.
    questions: Sequence[str] = ()

    async def meant(self, connection: AsyncConnection, key: Key, event: Inbound) -> Inbound:
        """An event as whoever has an open call means it: "N" to a question that asks whether ends no messages."""
        is_no = event.act == "stop" and says_no(event.text, self.questions)
        return replace(event, act="text") if is_no and await replies.is_called(connection, key) else event

    async def hear(
        self, connection: AsyncConnection, key: Key, event: Inbound, channel: str, at: datetime
    ) -> str | None:
        """What the channel is to answer in its callback; None for nothing, also where the answer goes by message.

        Whoever must answer a warning answers it by words that say so; commands are done and answer nothing; everything
        else is kept for the officers, and asked back once.
        """
        if event.act == "text" and is_stranger(event.text):
            await replies.wrong_number(connection, key, event, at)
            return None
        command = parse(event.text, self.talk.taxonomy)
        # Help is for those whom nobody calls; "地区安全" is no wish to change one's area.
        is_command = command is not None and command.act is not Act.HELP and not command.is_partly_unknown
        if event.act == "stop" or is_command:
            await replies.note(connection, key, event, at)
        elif event.act == "text" and event.how in {"", "click"}:
            reply = await replies.take(connection, key, event, channel, at, questions=self.questions)
            if reply is not None:
                return await self._to_reply(connection, key, reply, channel, at)
        answer = await self.talk.hear(connection, key, event, channel, at)
        if answer is not None and not self._is_by_message(channel):
            # What goes by message has its place for it among the words.
            answer = await self._with_own_page(connection, key, answer, channel)
        return answer and await self._answer(connection, key, answer, channel, at)

    async def _to_reply(
        self, connection: AsyncConnection, key: Key, reply: Reply, channel: str, at: datetime
    ) -> str | None:
        if reply.is_asked_back:
            return await self._answer(connection, key, words.WHAT_TO_ANSWER, channel, at, drill=reply.drill)
        if not reply.is_answer or self._is_by_message(channel):
            # Whoever pays for messages does not thank by them.
            return None
        return await self._answer(connection, key, words.HEARD, channel, at, drill=reply.drill)

    async def _answer(
        self, connection: AsyncConnection, key: Key, answer: str, channel: str, at: datetime, *, drill: str = ""
    ) -> str | None:
        """The words to answer with in the callback; None where they were sent as a message."""
        if self._is_by_message(channel):
            await self._send(connection, key, answer, channel, at, drill=drill)
            return None
        return f"【{drill}】{answer}" if drill else answer

    def _is_by_message(self, channel: str) -> bool:
        return self.outlets[channel].form == _BY_MESSAGE

    def _gives_own_links(self, channel: str) -> bool:
        return Lane.PERSONAL in self.outlets[channel].own_links

    async def _with_own_page(self, connection: AsyncConnection, key: Key, answer: str, channel: str) -> str:
        """An answer and the way to one's own page, for whoever is stored with this address and is still its owner."""
        numbers = await people.address_numbers(connection, key)
        if not numbers or not self._gives_own_links(channel) or await consent.is_strangers(connection, key):
            return answer
        answer = answer if len(answer) <= _LONGEST else f"{answer[: _LONGEST - 1]}…"
        return f"{answer}\n{words.own_page(self.own_page(numbers[0]))}"

    async def _send(
        self, connection: AsyncConnection, key: Key, answer: str, channel: str, at: datetime, *, drill: str
    ) -> None:
        expires = at + answers.USEFUL
        notice = Notice(title=answer, summary="", body="", issuer="", published=None, url="", drill=drill)
        try:
            message = self.render(
                _BY_MESSAGE,
                notice,
                folder=FOLDER,
                lane=Lane.PERSONAL,
                expires=expires,
                columns=frozenset(),
                own_link=self._gives_own_links(channel),
            )
        except TemplateError as error:
            _log.error("not answered: a template failed", channel=channel, problem=str(error))
            return
        found = objections(self.rules[channel], message) if channel in self.rules else ()
        if found:
            _log.error("not answered: the gateway would not take it", channel=channel, problem=found[0])
            return
        await answers.send(connection, key, message, channel=channel, at=at, expires=expires)
