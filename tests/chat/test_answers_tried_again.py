"""A message whose reply does not get out is answered anew, and means then what it meant before."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.clock import to_ms
from bot.domain.punches import Punch
from tests.builders import SHANGHAI, TUESDAY
from tests.company import Company, a_company, morning
from tests.waiting import until

PLACE = {"clock_in": {"location": "required"}}
REPLIES = {"apis": ["webhook", "batchSend"]}


async def said_twice(company: Company, text: str, **more: object) -> str:
    """Say something whose reply fails at first; return the one that comes later."""
    app = company.app
    assert app is not None
    await company.sandbox.fault("http_500", REPLIES)
    await company.sandbox.say("user001", text, **more)
    await until(lambda: app.dispatcher.in_hand == 0, what="the failure of a reply")
    await company.sandbox.fault("http_500", None)
    before = len(company.sandbox.replies("user001"))
    company.sandbox.clock.advance(12)
    return await company.sandbox.wait_for_reply("user001", after=before)


async def punched(company: Company) -> Punch:
    assert company.app is not None
    (punch,) = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
    return punch


@pytest.mark.parametrize(
    ("asked", "kind", "tried", "tried_kind", "answer", "rules"),
    [
        ("clock in", "voice", "clock in", "voice", "yes", {}),
        ("clock in", "voice", "clock in @Mars", "text", "clock in @HQ", {}),
        ("clock in", "text", "clock in @HQ", "voice", "yes", PLACE),
        ("clock in", "text", "clock in", "text", "clock in @HQ", PLACE),
    ],
)
async def test_an_answer_whose_reply_failed_keeps_the_time_asked_about(
    tmp_path: Path,
    asked: str,
    kind: str,
    tried: str,
    tried_kind: str,
    answer: str,
    rules: Mapping[str, object],
) -> None:
    async with a_company(tmp_path, at="09:05", **rules) as company:
        await company.ask("user001", asked, kind=kind, sent_at=to_ms(morning("08:50")))
        company.sandbox.clock.advance(10)
        said = await said_twice(company, tried, kind=tried_kind)
        assert "08:50" in said
        assert "Clock-in 08:50" in await company.ask("user001", answer)
        assert f"{(await punched(company)).punched_at.astimezone(SHANGHAI):%H:%M}" == "08:50"


async def test_an_impatient_repeat_keeps_the_earlier_time_too(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:05") as company:
        await company.ask("user001", "clock in", kind="voice", sent_at=to_ms(morning("08:50")))
        said = await said_twice(company, "clock in", kind="voice", sent_at=to_ms(morning("08:59")))
        assert "counts for 08:50" in said
        assert "Clock-in 08:50" in await company.ask("user001", "yes")
