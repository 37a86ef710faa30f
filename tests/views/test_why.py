"""Why a punch counts as it does, to the second and with the rule that decided."""

from dataclasses import replace

import pytest

from bot.domain.notes import Remark
from bot.domain.punches import PunchSource
from bot.domain.results import TimeResult, time_verdict
from bot.domain.shifts import CheckType, DayPlan
from bot.i18n import Texts
from bot.views.why import why
from tests.builders import SHANGHAI, a_plan, a_punch, a_shift, local

EN, ZH = Texts("en", SHANGHAI), Texts("zh", SHANGHAI)
PLAN = a_plan(a_shift(grace_minutes=5, serious_late_minutes=30, absenteeism_minutes=60))


def test_a_lead_is_not_told_that_they_punched() -> None:
    moment = local("09:20")
    punch = a_punch(moment, CheckType.ON_DUTY, check_point="OnDuty/0", result=TimeResult.NORMAL, late=0)
    own, theirs = (why(punch, PLAN, "config", EN, of=of).text for of in (None, "Alice"))
    assert "as it was when you punched" in own
    assert "as it was at the time of the punch" in theirs
    assert "you" not in theirs


def test_where_the_time_of_a_punch_comes_from_is_told_by_how_it_was_made() -> None:
    punch = a_punch(local("18:40"), CheckType.OFF_DUTY, check_point="OffDuty/0", result=TimeResult.NORMAL)
    tapped = replace(punch, source=PunchSource.PAGE)
    made_up = replace(
        punch, source=PunchSource.CORRECTION, note="make-up punch C-7F3K2M approved by Li Na: power cut"
    )
    for of in (None, "Alice"):
        said = [why(one, PLAN, "config", EN, of=of).text for one in (punch, tapped, made_up)]
        assert ["message" in text for text in said] == [True, False, False]
        assert "tap on the location page" in said[1]
        assert "as asked for in make-up request C-7F3K2M and approved by Li Na" in said[2]


def test_of_a_punch_outside_of_the_shifts_hours_that_is_the_reason() -> None:
    said = a_punch(local("03:00"), result=TimeResult.UNKNOWN)
    punch = replace(said, check_point=None, note=Remark.OUTSIDE_WINDOW)
    assert "your shift takes no such punch" in why(punch, PLAN, "config", EN).text


def explained(at: str, key: str = "OnDuty/0", plan: DayPlan = PLAN, texts: Texts = EN) -> str:
    point = next(point for point in plan.points if point.key == key)
    moment = local(at)
    result, minutes = time_verdict(point, moment)
    punch = a_punch(moment, point.check_type, check_point=key, result=result, late=minutes)
    return why(punch, plan, "config", texts).text


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("09:05:00", ("Counted as on time", "up to and including 09:05:00")),
        ("09:05:01", ("Counted as 5 min late", "after 09:05:00 is late", "count from 09:00:00", "09:05:01")),
        ("09:31:00", ("seriously late, 31 min", "after 09:30:00 is seriously late")),
        ("10:01:00", ("being 1 h 1 min late", "after 10:00:00 counts as absent")),
    ],
)
def test_the_rule_that_decided_is_named(at: str, words: tuple[str, ...]) -> None:
    said = explained(at)
    for part in (*words, "Shift “day”", "due at 09:00, 5 grace minutes", "configuration", "overrules"):
        assert part in said


def test_going_early_is_explained_without_grace() -> None:
    said = explained("17:59:30", "OffDuty/0")
    assert "early, by less than a minute" in said
    assert "before 18:00:00 is early" in said
    assert "grace" not in said


def test_without_readable_grace_no_rule_is_made_up() -> None:
    said = explained("09:03", plan=a_plan(a_shift(grace_minutes=None)))
    assert "Not judged" in said
    assert "cannot be read" in said
    assert "Rule" not in said


@pytest.mark.parametrize("grace", [5, None])
def test_a_shift_that_is_still_the_same_is_not_said_to_have_changed(grace: int | None) -> None:
    assert "as it was when you punched" not in explained("09:03", plan=a_plan(a_shift(grace_minutes=grace)))


def test_a_shift_that_changed_since_is_not_used_to_explain() -> None:
    punch = a_punch(local("09:13"), result=TimeResult.LATE, late=13)
    moved = a_plan(a_shift(("10:00", "19:00")))
    assert "as it was when you punched" in why(punch, moved, "dingtalk", EN).text


@pytest.mark.parametrize("plan", [None, DayPlan(PLAN.work_date)])
def test_a_shift_that_cannot_be_read_is_said(plan: DayPlan | None) -> None:
    said = why(a_punch(local("09:13"), result=TimeResult.LATE, late=13), plan, "dingtalk", ZH).text
    assert "迟到 13 分钟" in said
    assert "读不到" in said
    assert "以钉钉的考勤结果为准" in said


@pytest.mark.parametrize("result", sorted(set(TimeResult) - {TimeResult.NOT_SIGNED}))  # that is no punch
@pytest.mark.parametrize("check_type", CheckType)
@pytest.mark.parametrize("texts", [EN, ZH])
def test_every_verdict_has_an_explanation(result: TimeResult, check_type: CheckType, texts: Texts) -> None:
    for late in (0, 3):
        punch = a_punch(local("09:03"), check_type, check_point=f"{check_type}/0", result=result, late=late)
        for source in ("dingtalk", "config"):
            assert why(punch, PLAN, source, texts).text  # type: ignore[arg-type]
