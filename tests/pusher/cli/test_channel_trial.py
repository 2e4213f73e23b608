"""`pusher channel test` over every kind of channel, each beside its counterparty: one message, and what came back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channels.channel import Rehearsing
from channels.limits import Limits
from pusher.app import open_store
from pusher.cli.trial_message import deliver
from pusher.kinds import KINDS
from pusher.settings.channels import Configured
from pusher.settings.read import read
from tests.channels.test_contract import RIGS
from tests.channels.test_nothing_shows import rig_of
from tests.pusher.cli.town import Town

#: Browsers give addresses of https alone, which the counterparty of the contract is not.
_ELSEWHERE = frozenset({"web_push"})
#: What is said at once of a message, where it is more than "sent".
_MORE = {"board": "delivered", "webhook": "delivered"}


async def test_one_real_message_goes_out_and_what_came_back_is_told_without_the_address(town: Town) -> None:
    told: dict[str, Mapping[str, Any]] = {}
    async with open_store(read(town.settings), upgrading=True) as store:
        for kind in sorted({*KINDS} - _ELSEWHERE):
            async with RIGS[rig_of(kind)](60.0) as rig:
                assert isinstance(rig.settings, Limits)
                configured = Configured("way", rig.kind, rig.settings)
                opened = replace(store, plan=replace(store.plan, channels={"way": configured}))
                told[kind] = await deliver(opened, "way", rig.address(1), "wang")
                taken = list(rig.taken)
                # What everybody would see is only rehearsed; the board's post is taken down again.
                assert len(taken) == (0 if isinstance(rig.channel, Rehearsing) or kind in {"board", "log"} else 1), kind
                assert all("测试" in "".join(each.words.values()) for each in taken), kind
                assert not rig.address(1) or rig.address(1) not in str(told[kind]), kind
    assert {kind: each["outcome"] for kind, each in told.items()} == {kind: _MORE.get(kind, "sent") for kind in told}
