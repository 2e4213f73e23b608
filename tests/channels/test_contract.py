"""The contract of all channels, run over every rig that is found in `tests/channels/rigs`."""

import importlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.channels.contract import PATIENCE, ChannelContract, Maker, Rig


def _found() -> Mapping[str, Maker]:
    """All rigs by name."""
    found: dict[str, Maker] = {}
    for file in sorted((Path(__file__).parent / "rigs").glob("*.py")):
        found.update(importlib.import_module(f"tests.channels.rigs.{file.stem}").RIGS)
    return found


RIGS = _found()


class TestEveryChannel(ChannelContract):
    """All of the contract, for each rig."""

    @pytest.fixture(params=sorted(RIGS))
    def maker(self, request: pytest.FixtureRequest) -> Maker:
        return RIGS[request.param]

    @pytest.fixture
    async def rig(self, maker: Maker) -> AsyncIterator[Rig]:
        async with maker(PATIENCE) as rig:
            yield rig
