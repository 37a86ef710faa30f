"""Answers about many days come in pages that DingTalk takes."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.punches import Accepted
from bot.domain.shifts import CheckType, TimeResult
from tests.builders import TUESDAY, local
from tests.company import Company
from tests.storage.stage import a_wish, record

ME = "user001"
A_DAY = timedelta(days=1)
DAYS = 92
TIMES = {CheckType.ON_DUTY: ("09:10", "12:55"), CheckType.OFF_DUTY: ("12:01", "18:05")}


async def punched_every_day(company: Company) -> None:
    """Record four punches on each of the last days."""
    for ago in range(1, DAYS + 1):
        day = TUESDAY - ago * A_DAY
        for way, clock in ((way, clock) for way, clocks in TIMES.items() for clock in clocks):
            at = local(clock, day)
            wish = replace(a_wish(f"{day} {clock}", ME, at=at), direction=way)
            accepted = Accepted(day, way, f"{way}/0", TimeResult.NORMAL, 0, "")
            await record(company.app.store, wish, accepted, targets=())


async def test_a_quarter_of_own_days_comes_in_pages(company: Company) -> None:
    pages = 7
    await punched_every_day(company)
    await company.sandbox.fault("webhook_expired")  # the robot takes 15,000 bytes
    shown = [await company.ask(ME, "我8月25日到11月24日的打卡记录")]
    assert company.buttons(ME) == ["下一页"]
    while "下一页" in company.buttons(ME):
        shown.append(await company.press(ME, "下一页"))
    assert company.buttons(ME) == ["上一页"]
    assert [f"第 {number} 页，共 {pages} 页" in text for number, text in enumerate(shown, 1)] == (
        [True] * pages
    )
    days = [f"**{TUESDAY - ago * A_DAY}**" for ago in range(DAYS - 1, 0, -1)]
    assert [day for text in shown for day in days if day in text] == days
