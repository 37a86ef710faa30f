"""When whom to remind of which check, and who is still to be reminded right before."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.absences import Absence
from bot.domain.agenda import Agenda, ReminderPolicy, plan_agenda
from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen, by_work_date
from bot.domain.due import DueState, Known, choose, judge, most_telling
from bot.domain.reminders import Quiet, Reminder, ReminderKind, Wishes
from bot.domain.shifts import CheckType, DayPlan, Section, Shift, day_plan
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift, local

DAY = a_plan()
SPLIT = a_plan(a_shift(("08:30", "12:00"), ("13:30", "18:00")))
NIGHT = a_plan(a_shift(("22:00", "06:00")))
POLICY = ReminderPolicy(SHANGHAI)
EVERYBODY = frozenset({"ann", "bob"})
USUAL = [
    *("24 08:50 before:10@0900 OnDuty", "24 09:05 after:5@0900 OnDuty"),
    *("24 17:50 before:10@1800 OffDuty", "24 18:05 after:5@1800 OffDuty"),
]


def agenda_of(
    plan: DayPlan = DAY, *absences: Absence, policy: ReminderPolicy = POLICY, **wishes: object
) -> Agenda:
    """Return the agenda of Ann, who has wishes and absences, and Bob."""
    wish = Wishes("ann", **wishes)  # type: ignore[arg-type]
    return plan_agenda({plan: ["ann", "bob"]}, [wish], absences, policy)


def told(agenda: Agenda, who: str = "ann") -> list[str]:
    """Return what `who` is told when, as `day time which check`."""
    return [
        f"{entry.moment.astimezone(SHANGHAI):%d %H:%M} {entry.which} {entry.point.check_type}"
        for entry in agenda.entries
        if who in entry.user_ids and entry.kind is not ReminderKind.ESCALATION
    ]


def away(first: str, last: str, *, pending: bool = False) -> Absence:
    return Absence("ann", local(first), local(last), "a", pending)


def test_a_day_has_a_word_before_and_after_each_check_and_a_night_ends_on_the_next_morning() -> None:
    assert told(agenda_of()) == USUAL
    assert told(agenda_of(NIGHT))[-2:] == ["25 05:50 before:10@0600 OffDuty", "25 06:05 after:5@0600 OffDuty"]


def test_the_note_to_leads_has_its_moment() -> None:
    for minutes, moments in ((30, [local("09:30")]), (None, [])):
        agenda = agenda_of(policy=ReminderPolicy(SHANGHAI, escalate_minutes=minutes))
        assert [one.moment for one in agenda.entries if one.kind is ReminderKind.ESCALATION] == moments


def test_nobody_is_sent_to_a_check_outside_its_window() -> None:
    narrow = agenda_of(a_plan(a_shift(earliest_minutes=3, latest_minutes=3)))
    assert told(narrow) == ["24 08:57 before:10@0900 OnDuty", *USUAL[1:3]]


@pytest.mark.parametrize(("hours", "silenced"), [(("08:00", "08:55"), "08:50"), (("17:55", "07:00"), "18:05")])
def test_quiet_hours_are_quiet_also_over_midnight(hours: tuple[str, str], silenced: str) -> None:
    start, end = (time.fromisoformat(one) for one in hours)
    quiet = told(agenda_of(policy=ReminderPolicy(SHANGHAI, quiet_hours=(start, end))))
    assert quiet == [line for line in USUAL if silenced not in line]


@pytest.mark.parametrize(
    ("plan", "own", "expected"),
    [
        (DAY, {"before_minutes": (15,)}, ["24 08:45 before:15@0900", "24 17:45 before:15@1800"]),
        (DAY, {"off_duty_at": time(18, 30)}, ["24 08:50 before:10@0900", "24 18:30 at:1830@1800"]),
        (NIGHT, {"off_duty_at": time(5, 30)}, ["24 21:50 before:10@2200", "25 05:30 at:0530@0600"]),
        (NIGHT, {"on_duty_at": time(8, 45)}, ["24 21:50 before:10@2200", "25 05:50 before:10@0600"]),
        (
            SPLIT,  # a time is for the check that it fits, of two for the nearer one
            {"on_duty_at": time(13, 15), "off_duty_at": time(15, 30)},
            [
                *("24 08:20 before:10@0830", "24 11:50 before:10@1200"),
                *("24 13:15 at:1315@1330", "24 15:30 at:1530@1800"),
            ],
        ),
    ],
)
def test_own_minutes_or_times_take_the_place_of_the_companys(
    plan: DayPlan, own: dict[str, object], expected: list[str]
) -> None:
    agenda = agenda_of(plan, **own)
    said = [line.rsplit(" ", 1)[0] for line in told(agenda) if "after" not in line]
    assert said == expected
    assert told(agenda, "bob") == told(agenda_of(plan))


def test_leave_adds_the_checks_that_it_moves_without_the_time_of_usual_days() -> None:
    moved = ["24 12:50 before:10@1300 OnDuty", "24 13:05 after:5@1300 OnDuty"]
    morning = away("09:00", "13:00")
    assert told(agenda_of(DAY, morning)) == [*USUAL[:2], *moved, *USUAL[2:]]
    early = agenda_of(DAY, morning, on_duty_at=time(8, 45))
    assert [line for line in told(early) if "@1300" in line] == moved
    assert told(agenda_of(DAY, replace(morning, pending=True))) == USUAL


def test_who_muted_is_told_nothing() -> None:
    agenda = agenda_of(is_muted=True)
    assert (told(agenda), told(agenda, "bob")) == ([], USUAL)
    tomorrow = TUESDAY + timedelta(days=1)
    for day, said in ((TUESDAY, []), (tomorrow, USUAL)):
        assert told(agenda_of(quiet=(Quiet(day, day),))) == said


def test_a_snooze_asks_once_more_about_the_nearest_check() -> None:
    agenda = agenda_of(snoozed_until=local("09:20"))
    snoozes = [entry for entry in agenda.entries if entry.kind is ReminderKind.SNOOZE]
    assert [(entry.moment, entry.point.key) for entry in snoozes] == [(local("09:20"), "OnDuty/0")]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"])
def test_in_a_year_of_nights_every_month_end_and_change_of_clocks_is_right(zone: str) -> None:
    place, new_year = ZoneInfo(zone), date(2028, 1, 1)  # of a leap year
    days = [new_year + timedelta(days=number) for number in range(366)]
    shift = Shift("night", (Section(time(22), time(6)),))
    book = {day_plan(shift, day, place): ["ann"] for day in days}
    agenda = plan_agenda(book, [], [], ReminderPolicy(place))
    found = {(entry.point.key, entry.which[:5], entry.moment.timestamp()) for entry in agenda.entries}
    for day in days:
        comes = datetime(day.year, day.month, day.day, 22, tzinfo=place).timestamp()
        morning = date.fromordinal(day.toordinal() + 1)
        goes = datetime(morning.year, morning.month, morning.day, 6, tzinfo=place).timestamp()
        for key, due in (("OnDuty/0", comes), ("OffDuty/0", goes)):
            assert {(key, "befor", due - 600), (key, "after", due + 300)} <= found, day


def chosen(since: str, now: str, agenda: Agenda | None = None, **more: object) -> list[str]:
    """Return who is chosen between two times, by what is known."""
    known = Known(**{"active": EVERYBODY, "seen": {}} | more)  # type: ignore[arg-type]
    entries = (agenda or agenda_of()).between(local(since), local(now))
    found = choose(entries, known, 2, local(now))
    return [f"{one.user_id} {one.which} {one.state}" for one in found]


def asked(point: str = "OnDuty/0", plan: DayPlan = DAY) -> Reminder:
    due = next(one for one in plan.points if one.key == point)
    moment = due.due_at - timedelta(minutes=10)
    return Reminder("ann", TUESDAY, point, "before:10", ReminderKind.BEFORE, moment, due.due_at)


ANN, BOB = "ann before:10@0900 claimed", "bob before:10@0900 claimed"
CAME = Seen(local("08:41"), CheckType.ON_DUTY, None, "OnDuty/0", TUESDAY)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, [ANN, BOB]),
        ({"seen": {"ann": [CAME]}}, [BOB]),
        ({"seen": {"ann": [Seen(local("08:41"))]}}, [BOB]),  # at the gate
        ({"seen": {"ann": [Seen(local("07:10"))]}}, [ANN, BOB]),  # not surely for this check
        ({"active": frozenset({"bob"})}, [BOB]),
        ({"spoken": {asked().check: 2}}, [BOB]),
        ({"spoken": {replace(asked(), due_at=local("13:00")).check: 2}}, [ANN, BOB]),
    ],
)
def test_active_people_without_a_known_punch_are_chosen_as_often_as_is_wanted(
    known: dict[str, object], expected: list[str]
) -> None:
    assert chosen("08:49", "08:50", **known) == expected  # type: ignore[arg-type]


def test_what_is_too_late_is_dropped() -> None:
    assert chosen("08:49", "09:01") == ["ann before:10@0900 dropped", "bob before:10@0900 dropped"]


def test_of_several_at_once_all_are_chosen_and_each_person_is_told_one() -> None:
    often = agenda_of(policy=ReminderPolicy(SHANGHAI, before_minutes=(10, 5)))
    assert len(chosen("08:49", "08:56", often)) == 4
    home, coming = asked("OffDuty/0", SPLIT), asked("OnDuty/1", SPLIT)
    of_bob = replace(home, user_id="bob")
    assert set(most_telling([coming, home, of_bob])) == {coming, of_bob}


def verdict(reminder: Reminder, *seen: Seen, plan: DayPlan | None = DAY, **known: object) -> DueState:
    of_day = by_work_date(seen, {TUESDAY: plan}, SHANGHAI).get(TUESDAY, ())
    facts = DayFacts("ann", TUESDAY, plan, of_day, **known)  # type: ignore[arg-type]
    return judge(reminder, person_day(facts, reminder.moment))


MORNING = [away("09:00", "13:00")]
RECORD = Seen(local("14:00"), CheckType.ON_DUTY, local("09:00"))


@pytest.mark.parametrize(
    ("reminder", "known", "state"),
    [
        (asked(), {}, DueState.DUE),
        (asked(), {"plan": None}, DueState.UNKNOWN),
        (asked(), {"read": False}, DueState.UNKNOWN),
        (asked(), {"plan": DayPlan(TUESDAY)}, DueState.NOT_PLANNED),
        (asked(), {"plan": a_plan(a_shift(("10:00", "19:00")))}, DueState.MOVED),
        (asked(), {"absences": MORNING}, DueState.MOVED),
        (replace(asked(), due_at=local("13:00")), {"absences": MORNING}, DueState.DUE),
        (asked(), {"absences": [away("00:00", "23:59")], "read": False}, DueState.ON_LEAVE),
        (asked(), {"absences": [away("09:00", "18:00", pending=True)]}, DueState.PENDING_LEAVE),
        (asked("OffDuty/0"), {"excused": True, "read": False}, DueState.EXCUSED),
        (replace(asked(), kind=ReminderKind.NUDGE), {"excused": True}, DueState.EXCUSED),
        (replace(asked(), kind=ReminderKind.SNOOZE), {"excused": True}, DueState.DUE),
    ],
)
def test_what_a_day_says_of_a_reminder(reminder: Reminder, known: dict[str, object], state: DueState) -> None:
    assert verdict(reminder, **known) is state  # type: ignore[arg-type]


def test_a_known_punch_outweighs_what_is_unknown_and_a_record_an_event() -> None:
    assert verdict(asked(), CAME, read=False) is DueState.PUNCHED
    assert verdict(asked("OffDuty/0"), Seen(local("17:30"))) is DueState.PUNCHED
    assert verdict(asked("OffDuty/0"), Seen(local("14:00")), RECORD) is DueState.DUE
    assert verdict(asked("OnDuty/0"), Seen(local("14:00")), RECORD) is DueState.PUNCHED
