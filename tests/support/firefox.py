"""Firefox with a profile of its own, and a push service for it on loopback: others wrote what decrypts our messages.

A browser keeps a WebSocket to its push service (Mozilla's autopush: hello, register, notification, ack); what is posted
to a place there comes down on it. The page that is opened signs the browser up with our own service worker, and tells
what it shows. Whatever else the browser would fetch goes to a proxy that is not there.
"""

import asyncio
import base64
import json
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

#: The program; None where Firefox is not installed.
PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")

_WORKER = Path(__file__).resolve().parents[2] / "pusher/console/pages/push/worker.js"

_SETTINGS: Mapping[str, object] = {
    # The push service may be without TLS, and nobody has to be asked.
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.push.testing.ignorePermission": True,
    "permissions.default.desktop-notification": 1,
    "alerts.useSystemBackend": False,
    # Nothing but loopback is reached: nobody listens at the proxy, and loopback needs none.
    "network.proxy.type": 1,
    **{f"network.proxy.{each}": "127.0.0.1" for each in ("http", "ssl")},
    **{f"network.proxy.{each}_port": 9 for each in ("http", "ssl")},
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.enabled": False,
    "toolkit.telemetry.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
}

#: A browser that has just started loses what a page asks of its push service before that is connected.
_PAGE = """<!doctype html><meta charset="utf-8"><title>Push</title><script>
const tell = (told) => fetch("/told", {method: "POST", body: JSON.stringify(told)});
const key = Uint8Array.from(atob("%s"), (letter) => letter.charCodeAt(0));
(async () => {
  const worker = await navigator.serviceWorker.register("/push.js");
  await navigator.serviceWorker.ready;
  await fetch("/connected");
  await tell(await worker.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: key}));
  let known = 0;
  for (;;) {
    const shown = await worker.getNotifications();
    if (shown.length > known) {
      known = shown.length;
      await tell(shown.map((each) => [each.title, each.body, each.data.url, each.requireInteraction]));
    }
    await new Promise((done) => setTimeout(done, 20));
  }
})().catch((error) => tell({error: String(error)}));
</script>"""


#: An acknowledgement of what was decrypted and given to the worker (101: it could not be decrypted).
_TAKEN = 100


class Autopush:
    """The push service, and the page that is opened in the browser."""

    def __init__(self, key: str) -> None:
        """`key`: what a page is to sign the browser up with, in base64url."""
        self._key = key
        self._address = ""
        self._connected = asyncio.Event()
        self._browser: web.WebSocketResponse | None = None
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        #: The key that the browser signed up with, by channel, in base64url.
        self.keys: dict[str, str] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve on loopback; gives "http://127.0.0.1:port"."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/push.js", self._worker),
                web.get("/connected", self._wait),
                web.post("/told", self._tell),
                web.get("/socket", self._socket),
                web.post("/wpush/{channel}", self._push),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield self._address
        await runner.cleanup()

    async def told(self) -> Any:
        """What the page tells next: the subscription, then all that is shown whenever there is more."""
        told = await self._told.get()
        assert not isinstance(told, dict) or "error" not in told, told
        return told

    async def _page(self, _request: web.Request) -> web.Response:
        plain = base64.b64encode(_bytes(self._key)).decode()
        return web.Response(text=_PAGE % plain, content_type="text/html")

    async def _worker(self, _request: web.Request) -> web.Response:
        return web.Response(text=_WORKER.read_text(encoding="utf-8"), content_type="text/javascript")

    async def _wait(self, _request: web.Request) -> web.Response:
        await self._connected.wait()
        return web.Response()

    async def _tell(self, request: web.Request) -> web.Response:
        self._told.put_nowait(json.loads(await request.read()))
        return web.Response()

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        self._browser = socket = web.WebSocketResponse(protocols=["push-notification"])
        await socket.prepare(request)
        async for said in socket:
            if said.type is aiohttp.WSMsgType.TEXT:
                for answer in self._answers(json.loads(said.data)):
                    await socket.send_json(answer)
        return socket

    def _answers(self, said: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
        match said.get("messageType"):
            case "hello":
                self._connected.set()
                more = {"uaid": uuid.uuid4().hex, "use_webpush": True, "broadcasts": {}}
                return [{"messageType": "hello", "status": 200, **more}]
            case "register":
                channel = said["channelID"]
                self.keys[channel] = said["key"].rstrip("=")
                place = f"{self._address}/wpush/{channel}"
                return [{"messageType": "register", "status": 200, "channelID": channel, "pushEndpoint": place}]
            case "ack":
                for each in said["updates"]:
                    if each["code"] != _TAKEN:
                        self._told.put_nowait({"error": f"the browser answers {each['code']}"})
                return []
            case None:
                # A ping.
                return [{}]
            case _:
                return []

    async def _push(self, request: web.Request) -> web.Response:
        """As the service does: one key signs for a channel, and the words are passed on as they are."""
        channel = request.match_info["channel"]
        if not request.headers["Authorization"].endswith(f", k={self.keys[channel]}"):
            return web.Response(status=403)
        assert self._browser is not None
        notification = {
            "messageType": "notification",
            "channelID": channel,
            "version": uuid.uuid4().hex,
            "ttl": int(request.headers["TTL"]),
            "data": base64.urlsafe_b64encode(await request.read()).rstrip(b"=").decode(),
            "headers": {"encoding": request.headers["Content-Encoding"]},
        }
        await self._browser.send_json(notification)
        return web.Response(status=201)


@asynccontextmanager
async def firefox(address: str, profile: Path) -> AsyncIterator[None]:
    """The browser, without a window, on the page at `address`."""
    assert PROGRAM is not None
    settings = {**_SETTINGS, "dom.push.serverURL": address.replace("http:", "ws:") + "/socket"}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items())
    (profile / "user.js").write_text("".join(lines))
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, "--headless", "--no-remote", "--profile", str(profile), address),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "HOME": str(profile)},
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
