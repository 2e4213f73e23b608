"""Clients that others wrote (Kannel, smpplib) beside the stand-in: what serves them is not made to our measure."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

from pusher.demo.standins.smpp import SmppStandIn, running
from pusher.demo.standins.smpp_bodies import Form
from tests.support import kannel
from tests.support.carrier import until

_LONG = "请注意：" + "停水通知" * 40
_NUMBER = "8613800000001"


@pytest.mark.parametrize("form", ["words", "both"])
async def test_kannel_sends_long_chinese_messages_and_hears_how_they_end(tmp_path: Path, form: Form) -> None:
    # Kannel must have stored a message before its receipt comes.
    centre = SmppStandIn(report_after=0.2, form=form)
    centre.script.ends["8613800000009"] = "UNDELIV:027"
    async with running(centre) as port, kannel.running(tmp_path, port) as box:
        await until(centre, lambda: any(line.mode for line in centre.lines))
        for number in (_NUMBER, "8613800000009"):
            await box.send(number, _LONG)
        ends: Counter[tuple[str, str]] = Counter()
        # 8 = the centre has taken it, 1 = delivered, 2 = not; for each part, or for the whole, as Kannel likes.
        while not {(_NUMBER, "1"), ("8613800000009", "2")} <= ends.keys():
            page, query = await box.calls.get()
            assert page == "receipt"
            ends[query["to"].strip().removeprefix("+"), query["type"]] += 1
        assert {(each.to, each.text) for each in centre.inbox.all()} == {
            (_NUMBER, _LONG),
            ("8613800000009", _LONG),
        }
        assert (_NUMBER, "2") not in ends
        assert ("8613800000009", "1") not in ends
        assert centre.counts["violation"] == centre.counts["rejected"] == 0


async def test_kannel_is_brought_what_people_write_also_in_pieces(tmp_path: Path) -> None:
    centre = SmppStandIn(report_after=None)
    async with running(centre) as port, kannel.running(tmp_path, port) as box:
        await until(centre, lambda: any(line.mode for line in centre.lines))
        for words in ("退订", _LONG):
            centre.write(_NUMBER, words)
            page, query = await box.calls.get()
            assert (page, query["text"]) == ("written", words)
        assert query["from"].strip().endswith("13800000001")
        assert centre.counts["violation"] == 0


def _smpplib(port: int, text: str) -> dict[str, Any]:
    """Send `text` and wait for a receipt of each part; what was said."""
    said: dict[str, Any] = {"numbers": [], "receipts": []}
    client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
    client.set_message_sent_handler(lambda pdu: said["numbers"].append(pdu.message_id))

    def receive(pdu: Any) -> None:
        said["receipts"].append((pdu.receipted_message_id, pdu.message_state))

    client.set_message_received_handler(receive)
    client.connect()
    try:
        client.bind_transceiver(system_id="gov", password="standin")
        pieces, coding, esm_class = smpplib.gsm.make_parts(text)
        for piece in pieces:
            client.send_message(
                source_addr_ton=0,
                source_addr="106900001",
                dest_addr_ton=1,
                dest_addr_npi=1,
                destination_addr=_NUMBER,
                short_message=piece,
                data_coding=coding,
                esm_class=esm_class,
                registered_delivery=True,
            )
        while len(said["receipts"]) < len(pieces):
            client.read_once()
        client.unbind()
    finally:
        client.disconnect()
    return said


@pytest.mark.parametrize("text", ["停水", _LONG, "water off at noon"])
async def test_smpplib_is_served_as_by_a_centre(text: str) -> None:
    centre = SmppStandIn(report_after=0.0)
    async with running(centre) as port:
        said = await asyncio.to_thread(_smpplib, port, text)
    assert [(each.to, each.text) for each in centre.inbox.all()] == [(_NUMBER, text)]
    assert [number for number, _ in said["receipts"]] == said["numbers"]
    assert {state for _, state in said["receipts"]} == {smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED}
    assert (centre.counts["unbind"], centre.counts["violation"]) == (1, 0)


async def test_smpplib_is_refused_as_by_a_centre() -> None:
    centre = SmppStandIn(report_after=None)

    def bind(port: int) -> int:
        client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
        client.connect()
        try:
            with pytest.raises(smpplib.exceptions.PDUError) as raised:
                client.bind_transceiver(system_id="gov", password="wrong")
        finally:
            client.disconnect()
        return int(raised.value.args[1])

    async with running(centre) as port:
        assert await asyncio.to_thread(bind, port) == smpplib.consts.SMPP_ESME_RINVPASWD
