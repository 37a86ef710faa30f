"""A sandbox on a free port, and a caller of its APIs."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.clock import PretendClock
from tests.pretend_dingtalk import Sandbox
from tests.sandbox.caller import WORKDAY_0850, Caller


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Yield a sandbox at 08:50 of a workday, with short waits."""
    clock = PretendClock(WORKDAY_0850)
    async with Sandbox(clock=clock, disconnect_grace_s=0.1, wait_for_bot_s=0.1) as running:
        yield running


@pytest.fixture
async def caller(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """Yield a caller of the sandbox's APIs."""
    async with aiohttp.ClientSession() as http:
        yield Caller(sandbox.url, http)
