"""A company whose bot reminds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.reminders.stage import RemindingCompany, a_reminding_company


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[RemindingCompany]:
    """Twelve people and their bot, at 08:40."""
    async with a_reminding_company(tmp_path) as running:
        yield running
