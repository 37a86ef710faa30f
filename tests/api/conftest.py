"""A company whose bot serves the API, and an HTTP session."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.api.calling import an_open_company
from tests.company import Company


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """Twelve people and their bot, at 08:50."""
    async with an_open_company(tmp_path) as running:
        yield running
