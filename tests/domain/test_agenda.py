"""When whom to remind of which check."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.domain.absences import Absence
from bot.domain.agenda import Agenda, ReminderPolicy, Special, plan_agenda, specials_of
from bot.domain.reminders import Quiet, ReminderKind, Wishes
from bot.domain.shifts import DayPlan, Section, Shift, day_plan

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY = date(2026, 9, 1)
DAY = day_plan(Shift("day", (Section(time(9), time(18)),)), TUESDAY, ZONE)
NIGHT = day_plan(Shift("night", (Section(time(22), time(6)),)), TUESDAY, ZONE)
POLICY = ReminderPolicy()


def at(clock: str, day: date = TUESDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE).astimezone(UTC)


def agenda_of(
    plan: DayPlan = DAY, policy: ReminderPolicy = POLICY, specials: Mapping[str, Special] | None = None
) -> Agenda:
    return plan_agenda({plan: ["ann", "bob"]}, specials or {}, policy, ZONE)


def told(agenda: Agenda, who: str = "ann") -> list[str]:
    """Return what `who` is told when, as `day time which check`."""
    return [
        f"{entry.moment.astimezone(ZONE):%d %H:%M} {entry.which} {entry.point.check_type}"
        for entry in agenda.entries
        if who in entry.user_ids and entry.kind not in (ReminderKind.MISSED, ReminderKind.ESCALATION)
    ]


def wish(**wishes: object) -> dict[str, Special]:
    return {"ann": (Wishes("ann", **wishes), ())}  # type: ignore[arg-type]


def test_a_day_has_a_word_before_and_after_each_check() -> None:
    assert told(agenda_of()) == [
        "01 08:50 before:10@0900 OnDuty",
        "01 09:05 after:5@0900 OnDuty",
        "01 17:50 before:10@1800 OffDuty",
        "01 18:05 after:5@1800 OffDuty",
    ]


def test_a_night_shift_is_reminded_on_the_next_morning_too() -> None:
    assert told(agenda_of(NIGHT))[-2:] == ["02 05:50 before:10@0600 OffDuty", "02 06:05 after:5@0600 OffDuty"]


def test_what_is_missed_is_known_half_an_hour_after_the_last_window() -> None:
    missed = [entry for entry in agenda_of().entries if entry.kind is ReminderKind.MISSED]
    assert {entry.moment for entry in missed} == {at("22:30")}
    assert {entry.point.key for entry in missed} == {"OnDuty/0", "OffDuty/0"}


def test_a_lead_is_told_half_an_hour_after_the_start_of_the_shift() -> None:
    notes = [entry for entry in agenda_of().entries if entry.kind is ReminderKind.ESCALATION]
    assert [entry.moment for entry in notes] == [at("09:30")]


def test_escalation_can_be_switched_off() -> None:
    agenda = agenda_of(policy=ReminderPolicy(escalate_minutes=None))
    assert not [entry for entry in agenda.entries if entry.kind is ReminderKind.ESCALATION]


def test_nobody_is_sent_to_a_check_whose_window_is_not_open() -> None:
    narrow = day_plan(Shift("day", (Section(time(9), time(18)),), earliest_minutes=3), TUESDAY, ZONE)
    assert told(agenda_of(narrow))[0] == "01 08:57 before:10@0900 OnDuty"


def test_nobody_is_told_after_the_window_has_closed() -> None:
    narrow = day_plan(Shift("day", (Section(time(9), time(18)),), latest_minutes=3), TUESDAY, ZONE)
    assert told(agenda_of(narrow))[-1] == "01 17:50 before:10@1800 OffDuty"


@pytest.mark.parametrize(
    ("hours", "silenced"),
    [(("08:00", "08:55"), "08:50"), (("17:55", "07:00"), "18:05")],
)
def test_quiet_hours_are_quiet_also_over_midnight(hours: tuple[str, str], silenced: str) -> None:
    start, end = (time.fromisoformat(one) for one in hours)
    quiet = told(agenda_of(policy=ReminderPolicy(quiet_hours=(start, end))))
    assert len(quiet) == 3
    assert not any(silenced in line for line in quiet)


def test_own_minutes_take_the_place_of_the_companys() -> None:
    agenda = agenda_of(specials=wish(before_minutes=(15,)))
    assert told(agenda)[0] == "01 08:45 before:15@0900 OnDuty"
    assert told(agenda, "bob")[0] == "01 08:50 before:10@0900 OnDuty"


def test_an_own_time_of_day_takes_the_place_of_the_companys_minutes() -> None:
    agenda = agenda_of(specials=wish(off_duty_at=time(18, 30)))
    assert "01 18:30 at:1830@1800 OffDuty" in told(agenda)
    assert not any("before" in line and "OffDuty" in line for line in told(agenda))


def test_an_own_time_of_a_night_shift_is_the_nearest_to_the_check() -> None:
    agenda = agenda_of(NIGHT, specials=wish(off_duty_at=time(5, 30)))
    assert "02 05:30 at:0530@0600 OffDuty" in told(agenda)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"on_duty_at": time(8, 20)}, ["01 08:20 at:0820@0830", "01 13:20 before:10@1330"]),
        ({"on_duty_at": time(13, 15)}, ["01 08:20 before:10@0830", "01 13:15 at:1315@1330"]),
        ({"off_duty_at": time(17, 50)}, ["01 11:50 before:10@1200", "01 17:50 at:1750@1800"]),
        ({"off_duty_at": time(15, 30)}, ["01 11:50 before:10@1200", "01 15:30 at:1530@1800"]),  # in both windows
    ],
)
def test_an_own_time_of_day_is_for_the_check_that_it_fits(own: dict[str, time], expected: list[str]) -> None:
    halves = (Section(time(8, 30), time(12)), Section(time(13, 30), time(18)))
    said = told(agenda_of(day_plan(Shift("split", halves), TUESDAY, ZONE), specials=wish(**own)))
    check = "OnDuty" if "on_duty_at" in own else "OffDuty"
    assert [line for line in said if check in line and "after" not in line] == [
        f"{one} {check}" for one in expected
    ]


@pytest.mark.parametrize(
    ("own", "off", "expected"),
    [
        ({"on_duty_at": time(8, 45)}, ("09:00", "13:00"), "01 12:50 before:10@1300 OnDuty"),
        ({"off_duty_at": time(17)}, ("14:00", "18:00"), "01 13:50 before:10@1400 OffDuty"),
    ],
)
def test_a_check_that_leave_moves_is_not_told_of_at_the_time_of_usual_days(
    own: dict[str, time], off: tuple[str, str], expected: str
) -> None:
    away = Absence("ann", at(off[0]), at(off[1]), "leave")
    said = told(agenda_of(specials={"ann": (Wishes("ann", **own), (away,))}))  # type: ignore[arg-type]
    check = expected.split()[-2].split("@")[1]
    assert [line for line in said if f"@{check}" in line and "after" not in line] == [expected]


def test_an_own_time_that_fits_no_check_of_a_shift_leaves_it_the_companys_minutes() -> None:
    assert "01 21:50 before:10@2200 OnDuty" in told(agenda_of(NIGHT, specials=wish(on_duty_at=time(8, 45))))


def test_who_muted_is_told_nothing_but_what_they_missed_is_kept() -> None:
    agenda = agenda_of(specials=wish(is_muted=True))
    assert told(agenda) == []
    assert told(agenda, "bob")
    assert any(entry.kind is ReminderKind.MISSED and "ann" in entry.user_ids for entry in agenda.entries)


def test_a_quiet_day_is_quiet_and_the_next_is_not() -> None:
    today = wish(quiet=(Quiet(TUESDAY, TUESDAY),))
    assert told(agenda_of(specials=today)) == []
    tomorrow = wish(quiet=(Quiet(TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=1)),))
    assert len(told(agenda_of(specials=tomorrow))) == 4


def test_a_snooze_asks_once_more_about_the_nearest_check() -> None:
    agenda = agenda_of(specials=wish(snoozed_until=at("09:20")))
    snoozes = [entry for entry in agenda.entries if entry.kind is ReminderKind.SNOOZE]
    assert [(entry.moment, entry.point.key) for entry in snoozes] == [(at("09:20"), "OnDuty/0")]


def test_who_is_alone_with_a_plan_and_has_wishes_is_told_once() -> None:
    agenda = plan_agenda({DAY: ["ann"]}, wish(before_minutes=(15,)), POLICY, ZONE)
    assert [line for line in told(agenda) if "before" in line] == [
        "01 08:45 before:15@0900 OnDuty",
        "01 17:45 before:15@1800 OffDuty",
    ]


def test_a_morning_off_adds_reminders_at_its_end_to_those_that_the_facts_will_drop() -> None:
    off = Absence("ann", at("09:00"), at("13:00"), "leave")
    agenda = agenda_of(specials=specials_of([], [off]))
    assert told(agenda) == [
        "01 08:50 before:10@0900 OnDuty",
        "01 09:05 after:5@0900 OnDuty",
        "01 12:50 before:10@1300 OnDuty",
        "01 13:05 after:5@1300 OnDuty",
        "01 17:50 before:10@1800 OffDuty",
        "01 18:05 after:5@1800 OffDuty",
    ]


def test_a_shift_that_was_put_off_is_reminded_of_again() -> None:
    later = day_plan(Shift("later", (Section(time(9, 30), time(18)),)), TUESDAY, ZONE)
    assert {line.split()[2] for line in told(agenda_of(later)) if "OnDuty" in line}.isdisjoint(
        line.split()[2] for line in told(agenda_of()) if "OnDuty" in line
    )


def test_leave_that_is_only_asked_for_moves_nothing() -> None:
    asked = Absence("ann", at("09:00"), at("13:00"), "leave", pending=True)
    assert told(agenda_of(specials=specials_of([], [asked])))[0] == "01 08:50 before:10@0900 OnDuty"


def test_a_language_alone_makes_nobody_special() -> None:
    assert specials_of([Wishes("ann", language="en")], []) == {}


def test_each_entry_is_found_once_by_the_tick_that_passes_it() -> None:
    agenda = agenda_of()
    ticks = [at("08:00") + timedelta(minutes=minute) for minute in range(24 * 60)]
    found = [entry for since, now in pairwise(ticks) for entry in agenda.between(since, now)]
    assert found == list(agenda.entries)


def test_reminders_keep_their_distance_over_a_change_to_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    sunday = date(2026, 3, 29)  # 02:00 becomes 03:00
    plan = day_plan(Shift("night", (Section(time(22), time(6)),)), sunday - timedelta(days=1), berlin)
    agenda = plan_agenda({plan: ["ann"]}, {}, POLICY, berlin)
    before = [entry for entry in agenda.entries if entry.which.startswith("before:10")]
    assert [entry.point.due_at - entry.moment for entry in before] == [timedelta(minutes=10)] * 2


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_in_a_year_of_nights_every_month_end_and_change_of_clocks_is_right(zone: str) -> None:
    place, new_year = ZoneInfo(zone), date(2028, 1, 1)  # of a leap year
    days = [new_year + timedelta(days=number) for number in range(366)]
    shift = Shift("night", (Section(time(22), time(6)),))
    agenda = plan_agenda({day_plan(shift, day, place): ["ann"] for day in days}, {}, POLICY, place)
    found = {
        (entry.point.key, entry.which.partition(":")[0], entry.moment.timestamp()) for entry in agenda.entries
    }
    for day in days:
        comes = datetime(day.year, day.month, day.day, 22, tzinfo=place).timestamp()
        morning = date.fromordinal(day.toordinal() + 1)
        goes = datetime(morning.year, morning.month, morning.day, 6, tzinfo=place).timestamp()
        for key, due in (("OnDuty/0", comes), ("OffDuty/0", goes)):
            assert {(key, "before", due - 600), (key, "after", due + 300)} <= found, day
    assert sum(kind in ("before", "after") for _, kind, _ in found) == 4 * 366
