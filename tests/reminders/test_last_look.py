"""What happens between the facts and the message."""

import asyncio
from pathlib import Path

from tests.company import a_company


async def test_who_punches_while_the_facts_are_read_is_not_told(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="08:40") as company:
        assert company.app is not None
        await company.app.directory.crawl()
        await company.app.reads.read_if_due()
        await company.remind("08:45")
        await company.sandbox.fault("api_slow_ms", {"value": 4000, "apis": ["listRecord"]})
        looking = asyncio.create_task(company.remind("08:50"))
        async with asyncio.timeout(60):
            while not any(call.api == "listRecord" for call in company.sandbox.requests):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert "08:50" in await company.ask("user001", "上班打卡")
        await looking
        assert len(company.sandbox.replies("user001")) == 1
        assert len(company.sandbox.replies("user002")) == 1
