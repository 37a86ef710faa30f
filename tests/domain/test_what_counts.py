"""Which of several punches for a check counts: one and the same for the person, the lead and a make-up punch."""

from dataclasses import replace

import pytest

from bot.domain.corrections import to_replace
from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen
from bot.domain.punches import Punch, PunchSource, counting, last_of_several
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.verdicts import verdicts
from tests.builders import TUESDAY, a_plan, a_punch, a_shift, local

DAY = a_plan(a_shift())
ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY


def ledger(check_type: CheckType, *said: str) -> list[Punch]:
    """Return punches in the order in which they were recorded; `+18:40` is an approved make-up punch."""
    rows: list[Punch] = []
    for number, one in enumerate(said):
        made = a_punch(local(one.removeprefix("+")), check_type, check_point=f"{check_type}/0", late=number)
        if one.startswith("+"):
            old = to_replace(rows, TUESDAY, f"{check_type}/0")
            made = replace(made, source=PunchSource.CORRECTION, corrects=old.punch_id if old else None)
        rows.append(made)
    return rows


def seen(punch: Punch) -> Seen:
    made_up = punch.source is PunchSource.CORRECTION
    return Seen(punch.punched_at, punch.check_type, None, punch.check_point, punch.work_date, correction=made_up)


@pytest.mark.parametrize(
    ("check_type", "said", "counts"),
    [
        (ON, ("09:10",), "09:10"),
        (ON, ("+08:58",), "08:58"),
        (ON, ("09:10", "+08:58"), "08:58"),
        (ON, ("09:10", "+08:58", "+08:50"), "08:50"),
        (OFF, ("17:50", "18:05"), "18:05"),
        (OFF, ("+18:40",), "18:40"),
        (OFF, ("17:50", "+18:40"), "18:40"),
        (OFF, ("17:50", "18:05", "+18:40"), "18:40"),
        (OFF, ("+18:40", "21:00"), "21:00"),
        (OFF, ("17:50", "+18:40", "21:00"), "21:00"),
        (OFF, ("17:50", "+18:40", "21:00", "+21:30"), "21:30"),
    ],
)
def test_the_same_punch_counts_for_everybody(check_type: CheckType, said: tuple[str, ...], counts: str) -> None:
    punches = ledger(check_type, *said)
    standing = counting(punches)
    day = person_day(DayFacts("u1", TUESDAY, DAY, [seen(one) for one in standing]), local("23:59"))
    (check,) = [one for one in day.checks if one.check_type is check_type]
    replaced = to_replace(punches, TUESDAY, f"{check_type}/0")
    last = next(one for one in punches if one.punched_at == local(counts))
    assert check.punched_at == local(counts)  # one's own days, a lead's summary, the spreadsheet, a digest
    assert replaced == last  # what a further make-up punch is measured by, and replaces
    assert last_of_several(punches) <= {last.punch_id}  # the mark "this one counts"


@pytest.mark.parametrize(
    ("check_type", "said", "past_the_bot", "counts"),
    [(ON, "+08:58", "08:40", "08:40"), (ON, "+08:58", "09:30", "08:58"), (OFF, "+18:40", "19:00", "19:00"),
     (OFF, "+18:40", "18:05", "18:40")],
)  # fmt: skip
def test_a_punch_past_the_bot_counts_by_its_time_beside_a_make_up_punch(
    check_type: CheckType, said: str, past_the_bot: str, counts: str
) -> None:
    others = Seen(local(past_the_bot), check_type)
    facts = DayFacts("u1", TUESDAY, DAY, [*map(seen, ledger(check_type, said)), others])
    (check,) = [one for one in person_day(facts, local("23:59")).checks if one.check_type is check_type]
    assert check.punched_at == local(counts)


def test_a_make_up_punch_says_which_later_one_counts() -> None:
    made_up, native = ledger(OFF, "+18:40")[0], Seen(local("18:55"), None, None)
    made_up = replace(made_up, time_result=TimeResult.NORMAL, late_minutes=0)
    day = person_day(DayFacts("u1", TUESDAY, DAY, [seen(made_up), native]), local("23:59"))
    told = verdicts([made_up], {TUESDAY: day}, {made_up.punched_at})
    assert told[made_up.punch_id].counts_at == local("18:55")
