"""One's own day and past days, and why a punch counts as it does."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.punches import Punch, PunchSource
from bot.domain.results import time_verdict
from bot.domain.shifts import DayPlan
from bot.i18n import Texts
from handlers.my_day import explained
from tests.builders import SHANGHAI, a_plan, a_punch, a_shift, local
from tests.company import a_company
from tests.reminders.stage import a_reminding_company

ME, AT_NIGHT = "user001", "user009"


async def test_after_a_night_shift_ones_day_is_that_of_the_shift(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="06:03") as company:
        await company.ask(AT_NIGHT, "clock out")
        said = await company.ask(AT_NIGHT, "my status")
        assert "06:03 · Clock-out" in said
        assert "counts for 2026-11-23" in said


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


EN = Texts("en", SHANGHAI)
PLAN = a_plan(a_shift(grace_minutes=5, serious_late_minutes=30, absenteeism_minutes=60))


def why(punch: Punch, plan: DayPlan | None = PLAN, *, theirs: bool = False, texts: Texts = EN) -> str:
    return " ".join(explained(punch, plan, texts, None, theirs=theirs, source="config"))


@pytest.mark.parametrize(
    ("at", "key", "words"),
    [
        ("09:05:00", "OnDuty/0", ("Counted as on time", "up to and including 09:05:00")),
        ("09:05:01", "OnDuty/0", ("Counted as 5 min late", "after 09:05:00 is late", "count from 09:00:00")),
        ("09:31:00", "OnDuty/0", ("seriously late, 31 min", "after 09:30:00 is seriously late")),
        ("10:01:00", "OnDuty/0", ("being 1 h 1 min late", "after 10:00:00 counts as absent")),
        ("17:59:30", "OffDuty/0", ("early, by less than a minute", "before 18:00:00 is early")),
    ],
)
def test_the_rule_that_decided_is_named_with_the_shift_and_its_source(
    at: str, key: str, words: tuple[str, ...]
) -> None:
    point = next(one for one in PLAN.points if one.key == key)
    result, minutes = time_verdict(point, local(at))
    said = why(a_punch(local(at), point.check_type, check_point=key, result=result, late=minutes))
    for part in (*words, local(at).astimezone(SHANGHAI).strftime("%H:%M:%S"), "Shift “day”", "overrules"):
        assert part in said


def test_a_lead_is_not_told_that_they_punched_and_hears_how_it_was_made() -> None:
    punch = a_punch(local("09:20"))
    tapped = replace(punch, source=PunchSource.PAGE)
    made_up = replace(punch, source=PunchSource.CORRECTION, note="make-up punch C-7F3K2M approved by Li Na: power")
    sent, by_page, by_lead = (why(one, theirs=True) for one in (punch, tapped, made_up))
    assert "the message was sent" in sent and "as it was at the time of the punch" in sent
    assert "page was tapped" in by_page
    assert "make-up request C-7F3K2M and approved by Li Na" in by_lead
    assert not [said for said in (sent, by_page, by_lead) if "you" in said]
