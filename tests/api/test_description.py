"""The served description, compared with the answers by a public tool that `.ci/run` installs."""

import asyncio
import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock
from bot.domain.tokens import TokenScope
from tests.api.calling import WANG, a_caller, an_open_company

TOOL = Path(sys.prefix) / "schemathesis/bin/schemathesis"


def in_a_hurry(clock: Clock) -> Any:
    """Return a clock whose seconds pass at each look, so that no limit of calls is reached."""
    return SimpleNamespace(now=clock.now, monotonic=count(step=0.5).__next__)


@pytest.mark.slow
@pytest.mark.skipif(not TOOL.exists(), reason=".ci/run installs schemathesis")
async def test_schemathesis_finds_no_violation(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with an_open_company(tmp_path, bots_clock=in_a_hurry) as company:
        await company.ask(WANG, "打卡")
        caller = await a_caller(company, session, scope=TokenScope.LEDGER)
        process = await asyncio.create_subprocess_exec(
            TOOL,
            "run",
            f"{company.app.web.url}/api/v1/openapi.json",
            f"--header=Authorization: Bearer {caller.secret}",
            "--max-examples=50",
            # a schema cannot say that two dates are at most 92 days apart
            "--exclude-checks=positive_data_acceptance",
            "--seed=1",
            "--no-color",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
