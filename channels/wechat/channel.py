"""An official account as a channel."""

from typing import TYPE_CHECKING

from typing_extensions import override

from channels.channel import Answering, CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.failure import PermanentFailure
from channels.fields import Prepared
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.wechat.client import WeChatClient
from channels.wechat.form import OPENID, Form
from channels.wechat.settings import AccountSettings, WeChatSettings

if TYPE_CHECKING:
    from channels.wechat.callback import Callbacks

#: Connections of one process; the platform's usual rate needs only a few of them.
_CONCURRENCY = 64

_NOT_SET_UP = CallbackAnswer(status=403, body="callbacks are not set up")


class CalledBack(Reporting, Answering):
    """What a channel of an account does with the platform's callbacks."""

    _callbacks: "Callbacks | None"

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """The console's check of the address, events and messages."""
        return _NOT_SET_UP if self._callbacks is None else self._callbacks.answer(request)

    @override
    def reply(self, request: CallbackRequest, words: str) -> CallbackAnswer:
        """A passive reply, which the platform shows at once and does not count."""
        return _NOT_SET_UP if self._callbacks is None else self._callbacks.reply(request, words)


class WeChat(Channel, CalledBack):
    """One account. Template messages are recognised when repeated within ten minutes, notices are not."""

    def __init__(self, settings: WeChatSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or _CONCURRENCY
        self._settings = settings
        self._client = WeChatClient(settings, outside)
        self._forms = Prepared(self._ways)
        self._callbacks = callbacks_of(settings)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        if not OPENID.fullmatch(to.value):
            raise PermanentFailure("the address is not an openid")
        refused: list[PermanentFailure] = []
        for form in self._forms.of(message):
            try:
                return await self._over(form, to, key)
            except PermanentFailure as failure:
                refused.append(failure)
        # Whoever has left is closed, whatever the other ways said.
        raise next((each for each in refused if each.suppresses), refused[-1])

    async def _over(self, form: Form, to: Address, key: str) -> Receipt:
        private = (to.value, *to.slots.values())
        answer = await self._client.post(form.path, form.body(to, key), repeatable=form.repeatable, private=private)
        return Receipt(Outcome.SENT, provider_id=answer.text("msgid") or None, key=key, code="0")

    @override
    async def close(self) -> None:
        """Nothing to let go of: the connections belong to whoever lent them."""

    def _ways(self, message: Message) -> list[Form]:
        return [Form.of(message, each) for each in self._settings.ways(message.template)]


def callbacks_of(settings: AccountSettings) -> "Callbacks | None":
    """The reader of callbacks; None where there is no token to check them by."""
    token = secret(settings.callback_token, settings.callback_token_file)
    if not token:
        return None
    # wechatpy costs a tenth of a second: only accounts with callbacks pay it.
    from channels.wechat.callback import Callbacks  # noqa: PLC0415

    return Callbacks(token=token, appid=settings.appid, aes_keys=settings.aes_keys())


def _build(_name: str, settings: WeChatSettings, outside: Outside) -> WeChat:
    return WeChat(settings, outside)


KIND = Kind(
    name="wechat",
    form="wechat",
    address="openid",
    settings=WeChatSettings,
    build=_build,
    summary="template messages and 订阅通知 of a WeChat official account (服务号)",
    receipts=True,
    inbound=True,
)
