"""The bot refuses messages from another organisation and tells the administrators."""

import logging
from pathlib import Path

import aiohttp
import pytest

from tests.company import Company, a_company


async def _shown_at(company: Company, path: str) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(company.app.web.url + path) as response,
    ):
        return await response.text()


@pytest.mark.parametrize("configured", [None, "dingsandbox"])
async def test_another_organisation_is_refused_and_told_to_administrators_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, configured: str | None
) -> None:
    async with a_company(
        tmp_path, dingtalk={"corp_id": configured, "agent_id": None}, language="en"
    ) as company:
        for who in ("user001", "user002"):
            reply = await company.ask(
                who, "clock in, dear bot", fields={"senderCorpId": "dingother"}
            )
            assert "nothing was recorded" in reply
        assert not list(company.sandbox.records)
        warnings = [
            record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
        ]
        said = (
            "refused a message from organisation dingother: this bot serves organisation "
            "dingsandbox"
        )
        assert warnings.count(said) == 2
        assert "dear bot" not in caplog.text
        assert 'clock_in_bot_refusals_total{reason="other_organisation"} 2.0' in await _shown_at(
            company, "/metrics"
        )
        alert = await company.sandbox.wait_for_reply("lead01")
        assert company.sandbox.replies("lead01") == [alert]
        assert "from organisation dingother, since I serve organisation dingsandbox" in alert
