"""An SMTP server that takes everything at once: `python -m benchmarks.smtp_sink --port 0`; prints its port."""

import argparse
import asyncio
from typing import cast

import uvloop
from typing_extensions import override


class Sink(asyncio.Protocol):
    """One connection; answers every command, and the end of every mail."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._pending = b""
        self._in_mail = False
        self._transport.write(b"220 sink ESMTP\r\n")

    @override
    def data_received(self, data: bytes) -> None:
        self._pending += data
        answers: list[bytes] = []
        while self._take(answers):
            continue
        if answers:
            self._transport.write(b"".join(answers))

    def _take(self, answers: list[bytes]) -> bool:
        """Take one command or one mail off what came; False if there is no whole one."""
        if self._in_mail:
            end = 0 if self._pending.startswith(b".\r\n") else self._pending.find(b"\r\n.\r\n") + 2
            if end == 1:
                return False
            self._pending = self._pending[end + 3 :]
            self._in_mail = False
            answers.append(b"250 2.0.0 Ok: queued as SINK\r\n")
            return True
        line, found, rest = self._pending.partition(b"\r\n")
        if not found:
            return False
        self._pending = rest
        self._answer(line[:4].upper(), answers)
        return True

    def _answer(self, verb: bytes, answers: list[bytes]) -> None:
        if verb == b"EHLO":
            answers.append(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
        elif verb == b"DATA":
            self._in_mail = True
            answers.append(b"354 Go ahead\r\n")
        elif verb == b"QUIT":
            self._transport.write(b"221 Bye\r\n")
            self._transport.close()
        else:
            answers.append(b"250 2.0.0 Ok\r\n")


async def serve(port: int) -> None:
    """Listen on loopback for ever, after printing the port."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    uvloop.run(serve(parser.parse_args().port))
