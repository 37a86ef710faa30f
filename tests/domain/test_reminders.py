"""The agenda of reminders, and the last look before a reminder goes."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.absences import Absence
from bot.domain.day import person_day
from bot.domain.facts import Known, SeenPunch, facts_of_days
from bot.domain.people import Department, Employee
from bot.domain.quiet import Hours, quiet_days, quiet_hours
from bot.domain.reminders import (
    Reminder,
    ReminderKind,
    ReminderPolicy,
    ToldArrival,
    Wishes,
    is_due,
    one_per_person,
)
from bot.domain.shifts import CheckType, DayPlan, Section, Shift, day_plan
from bot.domain.slots import Days
from bot.domain.teams import Teams
from bot.services.reminding.planning import AgendaEntry, choose, plan_agenda
from tests.builders import ON_TUESDAY, SHANGHAI, TUESDAY, Facts, a_plan, a_shift, local
from tests.tables import cases

DAY = a_plan()
NEXT = TUESDAY + timedelta(days=1)
SPLIT = a_plan(a_shift(("08:30", "12:00"), ("13:30", "18:00")))
FREE_OUT = a_plan(a_shift(free=(CheckType.OFF_DUTY,)))
NIGHT = a_plan(a_shift(("22:00", "06:00")))
POLICY = ReminderPolicy()
AT_A_START = (ReminderKind.ESCALATION, ReminderKind.MISSED)
EVERYBODY = frozenset({"ann", "bob"})
USUAL = [
    *("24 08:50 before 10 OnDuty", "24 09:05 after 5 OnDuty"),
    *("24 17:50 before 10 OffDuty", "24 18:05 after 5 OffDuty"),
]


def agenda_of(
    plan: DayPlan = DAY, *absences: Absence, policy: ReminderPolicy = POLICY, **wishes: object
) -> list[AgendaEntry]:
    """Return the agenda of Ann, with wishes and absences, and Bob."""
    wish = Wishes("ann", **wishes)  # type: ignore[arg-type]
    return plan_agenda({plan: ["ann", "bob"]}, [wish], absences, policy, SHANGHAI)


def told(agenda: list[AgendaEntry], who: str = "ann") -> list[str]:
    """Return the reminders of `who` as `day time kind which check`."""
    return [
        (
            f"{entry.moment.astimezone(SHANGHAI):%d %H:%M} {entry.kind} {entry.which} "
            f"{entry.point.check_type}"
        )
        for entry in agenda
        if who in entry.user_ids and entry.kind not in AT_A_START
    ]


def away(first: str, last: str, *, times_unknown: bool = False) -> Absence:
    return Absence("ann", local(first), local(last), "a", times_unknown)


def test_reminders_of_a_start_wait_for_a_told_arrival() -> None:
    start = local("09:00")
    tomorrow = ToldArrival(start + timedelta(days=1), local("10:00") + timedelta(days=1))
    today = ToldArrival(start, local("09:20"))
    wishes = Wishes("ann").with_arrival(tomorrow, local("08:00"))
    wishes = wishes.with_arrival(ToldArrival(start, local("09:50")), local("08:00"))
    wishes = wishes.with_arrival(today, local("08:10"))
    assert wishes.arrivals == (tomorrow, today)
    assert wishes.with_arrival(tomorrow, local("09:20")).arrivals == (tomorrow,)
    late = [*USUAL[:2], "24 09:25 after 0120 OnDuty", *USUAL[2:]]
    assert told(agenda_of(arrivals=wishes.arrivals)) == late
    assert told(agenda_of(arrivals=wishes.arrivals, policy=ReminderPolicy(most=0))) == []
    reminder = Reminder("ann", ReminderKind.AFTER, TUESDAY, "OnDuty/0", start, local("09:05"))
    for moment, kind, is_silent in (
        ("09:05", ReminderKind.AFTER, True),
        ("09:24", ReminderKind.BEFORE, True),
        ("09:25", ReminderKind.AFTER, False),
        ("09:05", ReminderKind.NUDGE, False),
    ):
        other = replace(reminder, moment=local(moment), kind=kind)
        assert wishes.is_unwanted(other, SHANGHAI) is is_silent
    leaving = replace(reminder, check_point="OffDuty/0", due_at=local("18:00"))
    assert not wishes.is_unwanted(leaving, SHANGHAI)


def test_the_note_to_leads_goes_at_its_configured_moment() -> None:
    for minutes, moments in ((30, [local("09:30")]), (None, [])):
        agenda = agenda_of(policy=ReminderPolicy(escalate_minutes=minutes))
        assert [
            entry.moment for entry in agenda if entry.kind is ReminderKind.ESCALATION
        ] == moments


def test_a_reminder_stays_in_the_window_of_its_check() -> None:
    narrow = agenda_of(a_plan(a_shift(earliest_minutes=3, latest_minutes=3)))
    assert told(narrow) == ["24 08:57 before 10 OnDuty", *USUAL[1:3]]


@cases
def test_quiet_hours_may_span_midnight(hours: tuple[str, str], silenced: list[str]) -> None:
    start, end = (time.fromisoformat(text) for text in hours)
    quiet = told(agenda_of(policy=ReminderPolicy(quiet_hours=(start, end))))
    assert quiet == [line for line in USUAL if line.split()[1] not in silenced]


def test_leave_adds_reminders_of_moved_checks() -> None:
    moved = ["24 12:50 before 10 OnDuty", "24 13:05 after 5 OnDuty"]
    morning = away("09:00", "13:00")
    assert told(agenda_of(DAY, morning)) == [*USUAL[:2], *moved, *USUAL[2:]]
    assert told(agenda_of(DAY, replace(morning, times_unknown=True))) == USUAL


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"])
def test_night_shifts_are_right_across_clock_changes(zone: str) -> None:
    place, new_year = ZoneInfo(zone), date(2028, 1, 1)  # a leap year
    days = [new_year + timedelta(days=number) for number in range(366)]
    shift = Shift("night", (Section(time(22), time(6)),))
    book = {day_plan(shift, day, place): ["ann"] for day in days}
    agenda = plan_agenda(book, [], [], POLICY, place)
    found = {(entry.point.key, entry.kind, entry.moment.timestamp()) for entry in agenda}
    for day in days:
        comes = datetime(day.year, day.month, day.day, 22, tzinfo=place).timestamp()
        morning = date.fromordinal(day.toordinal() + 1)
        goes = datetime(morning.year, morning.month, morning.day, 6, tzinfo=place).timestamp()
        for key, due in (("OnDuty/0", comes), ("OffDuty/0", goes)):
            assert {
                (key, ReminderKind.BEFORE, due - 600),
                (key, ReminderKind.AFTER, due + 300),
            } <= found, day


def asked(point: str = "OnDuty/0", plan: DayPlan = DAY) -> Reminder:
    due = next(check for check in plan.points if check.key == point)
    moment = due.due_at - timedelta(minutes=10)
    return Reminder("ann", ReminderKind.BEFORE, TUESDAY, point, due.due_at, moment, "10")


CAME = SeenPunch(local("08:41"), CheckType.ON_DUTY, None, "OnDuty/0", TUESDAY)
LED = Teams(
    [
        Employee("ann", "", department_ids=(1,)),
        Employee("bob", "", department_ids=(1,), leads=(1,)),
    ],
    [Department(1, "", None)],
)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, ["ann", "bob"]),
        ({"seen": {"ann": [CAME]}}, ["bob"]),
        ({"seen": {"ann": [SeenPunch(local("08:41"))]}}, ["bob"]),  # at the gate
        ({"seen": {"ann": [SeenPunch(local("07:10"))]}}, ["ann", "bob"]),  # maybe for another check
        ({"active": {"bob"}}, ["bob"]),
        ({"sent": {("ann", asked().about): 2}}, ["bob"]),
        ({"sent": {("ann", replace(asked(), due_at=local("09:01")).about): 2}}, ["ann", "bob"]),
    ],
)
def test_active_people_without_a_punch_are_chosen(
    known: dict[str, Any], expected: list[str]
) -> None:
    entries = [entry for entry in agenda_of() if entry.moment == local("08:50")]
    wanted = {"active": EVERYBODY, "seen": {}, "teams": LED, "sent": {}, "most": 2} | known
    assert [reminder.user_id for reminder in choose(entries, **wanted)] == expected


@pytest.mark.parametrize(
    ("wishes", "silent"),
    [
        ({"is_muted": True}, True),
        ({"quiet": (quiet_days(ON_TUESDAY), quiet_days(Days(NEXT, NEXT)))}, True),
        ({"quiet": (quiet_days(Days(NEXT, NEXT)),)}, False),
    ],
)
def test_a_muted_person_gets_no_reminder(wishes: dict[str, Any], silent: bool) -> None:
    assert Wishes("ann", **wishes).is_unwanted(asked(), SHANGHAI) is silent


@cases
def test_only_checks_in_quiet_hours_are_silent(
    plan: DayPlan, hours: tuple[str, str], silenced: list[str]
) -> None:
    quiet = quiet_hours(TUESDAY, Hours(*map(time.fromisoformat, hours)))
    wishes = Wishes("ann", quiet=(quiet,))
    keys = [point.key for point in plan.points]
    assert [key for key in keys if wishes.is_unwanted(asked(key, plan), SHANGHAI)] == silenced


def test_a_persons_own_wishes_differ_from_the_rules() -> None:
    assert not Wishes("ann", language="en", digest=True).has_own_rules
    more = [("before_minutes", 5), ("snoozed_until", local("09:20"))]
    for name, wish in [("is_muted", True), ("quiet", (quiet_days(Days(NEXT, NEXT)),)), *more]:
        assert replace(Wishes("ann"), **{name: wish}).has_own_rules  # type: ignore[arg-type]


def test_the_language_of_the_latest_message_counts() -> None:
    english = Wishes("ann").in_language("en", local("09:00"))
    assert english == Wishes("ann", language="en", language_at=local("09:00"))
    assert english.in_language("zh", local("08:59")) == english
    assert english.in_language("zh", local("09:00")).language == "zh"


def test_leave_ends_early_and_later_quiet_times_stay() -> None:
    leave = replace(quiet_hours(TUESDAY, Hours(time(9), time(13))), is_leave=True)
    private = quiet_hours(TUESDAY, Hours(time(14), time(15)))
    wishes = Wishes("ann", quiet=(leave, private))
    ten, one = (datetime.combine(TUESDAY, time(hour)) for hour in (10, 13))
    assert (wishes.leave_at(ten), wishes.leave_at(one)) == (leave, None)
    assert Wishes("ann", quiet=(private,)).leave_at(ten) is None
    assert wishes.resume_at(ten).quiet == (replace(leave, ends_at=ten), private)
    assert wishes.resume_at(leave.starts_at).quiet == (private,)
    assert wishes.resume_at(one).quiet == ()


def test_only_the_last_snooze_is_wanted() -> None:
    wishes = Wishes("ann", snoozed_until=local("09:20"))
    snooze = replace(asked(), kind=ReminderKind.SNOOZE, moment=local("09:20"))
    assert not wishes.is_unwanted(snooze, SHANGHAI)
    assert wishes.is_unwanted(replace(snooze, moment=local("09:10")), SHANGHAI)


def test_each_person_gets_one_reminder_at_a_time() -> None:
    home, coming = asked("OffDuty/0", SPLIT), asked("OnDuty/1", SPLIT)
    of_bob = replace(home, user_id="bob")
    assert set(one_per_person([coming, home, of_bob])) == {coming, of_bob}


def verdict(
    reminder: Reminder, *seen: SeenPunch, plan: DayPlan | None = DAY, **known: Any
) -> bool | None:
    plans = {} if plan is None else {TUESDAY: plan}
    facts = facts_of_days("ann", [TUESDAY], plans, Known(seen), SHANGHAI)[TUESDAY]
    return is_due(reminder, person_day(facts._replace(**known), reminder.moment))


AT_NINE, AT_SIX = asked(), asked("OffDuty/0")
MOVED = replace(AT_NINE, due_at=local("13:00"))
NUDGE, SNOOZE = (replace(AT_NINE, kind=kind) for kind in (ReminderKind.NUDGE, ReminderKind.SNOOZE))
MISSED = replace(AT_NINE, kind=ReminderKind.MISSED, moment=local("09:00") + timedelta(days=1))
DAY_OFF = DayPlan(TUESDAY)
FROM_TEN = a_plan(a_shift(("10:00", "19:00")))
MORNING = [away("09:00", "13:00")]
RECORD = SeenPunch(local("14:00"), CheckType.ON_DUTY, local("09:00"))


@cases
def test_the_facts_of_the_day_decide_about_a_reminder(
    reminder: Reminder, known: Facts, expected: bool | None
) -> None:
    assert verdict(reminder, **known) is expected


def test_a_known_punch_outweighs_missing_data() -> None:
    assert verdict(asked(), CAME, read=False) is False
    assert verdict(asked("OffDuty/0"), SeenPunch(local("17:30"))) is False
    assert verdict(asked("OffDuty/0"), SeenPunch(local("14:00")), RECORD) is True
    assert verdict(asked("OnDuty/0"), SeenPunch(local("14:00")), RECORD) is False
