"""An outbox with its services."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.outbox_stage import Bench, a_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path) as running:
        yield running
