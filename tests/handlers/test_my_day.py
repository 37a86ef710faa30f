"""One's own day and past days, and why a punch counts as it does."""

from pathlib import Path

import pytest

from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen
from bot.domain.shifts import CheckType
from bot.views.i18n import Texts
from handlers.my_day import explained
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift, local
from tests.reminders.stage import a_reminding_company

ME, AT_NIGHT = "user001", "user009"


async def test_a_bare_punch_after_a_native_one_answers_it_or_makes_the_next_check(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:57") as company:
        company.sandbox.native_punch(ME, kind="gate")
        await company.events_heard()
        assert "08:57" in await company.ask(ME, "打卡")
        company.at("18:01")
        assert "下班卡 18:01" in await company.ask(ME, "打卡")
        own = await company.ask(ME, "我今天的考勤")
        assert "08:57 · 上班卡 · 正常 · 在钉钉或考勤机打的" in own and "18:01 · 下班卡 · 正常" in own, own


async def test_a_native_clock_out_is_not_replaced_by_a_bare_punch(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:50") as company:
        await company.ask(ME, "打卡")
        company.at("18:02")
        company.sandbox.native_punch(ME, kind="gate")
        await company.events_heard()
        company.at("19:30")
        assert "18:02" in await company.ask(ME, "打卡")
        assert "19:30" not in await company.ask(ME, "我今天的考勤")


@pytest.mark.parametrize(
    ("at", "key", "words"),
    [
        ("09:05:00", "OnDuty/0", ("Counted as on time", "up to and including 09:05:00")),
        ("09:05:01", "OnDuty/0", ("Counted as 5 min late", "after 09:05:00 is late", "count from 09:00:00")),
        ("09:31:00", "OnDuty/0", ("seriously late, 31 min", "after 09:05:00 is late")),
        ("17:59:30", "OffDuty/0", ("early, by less than a minute", "before 18:00:00 is early")),
    ],
)
def test_the_rule_that_decided_is_named_with_the_shift(at: str, key: str, words: tuple[str, ...]) -> None:
    plan = a_plan(a_shift(grace_minutes=5, serious_late_minutes=30))
    seen = Seen(local(at), CheckType(key.partition("/")[0]), None, key, TUESDAY)
    check = person_day(DayFacts("u1", TUESDAY, plan, [seen]), local("23:00")).check(key)
    assert check is not None
    said = " ".join(explained(check, local(at), plan, Texts("en", SHANGHAI)))
    for part in (*words, at, "Shift “day”", "overrules"):
        assert part in said
