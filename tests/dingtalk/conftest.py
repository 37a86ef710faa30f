"""Fixtures for tests of single adapters."""

from collections.abc import AsyncIterator

import pytest

from tests.dingtalk.rig import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with Rig() as rig:
        yield rig
