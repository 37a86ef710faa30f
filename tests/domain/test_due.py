"""Who is still to be reminded: by what is known, and by the facts right before."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.absences import Absence
from bot.domain.agenda import Agenda, ReminderPolicy, plan_agenda
from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen, answers, by_work_date
from bot.domain.due import DueState, Known, choose, judge, most_telling
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.domain.shifts import CheckType, DayPlan
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift, local

DAY = a_plan()
SPLIT = a_plan(a_shift(("08:30", "12:00"), ("13:30", "18:00")))
AGENDA = plan_agenda({DAY: ["ann", "bob"]}, {}, ReminderPolicy(), SHANGHAI)
EVERYBODY = frozenset({"ann", "bob"})


def chosen(
    since: str,
    now: str,
    *,
    seen: dict[str, list[Seen]] | None = None,
    agenda: Agenda = AGENDA,
    **more: object,
) -> list[str]:
    known = Known(**{"active": EVERYBODY, "seen": seen or {}} | more)  # type: ignore[arg-type]
    entries = agenda.between(local(since), local(now))
    found = choose(entries, known, 2, local(now))
    return [f"{one.user_id} {one.which} {one.state}" for one in found if one.kind is not ReminderKind.MISSED]


def asked(point: str = "OnDuty/0", plan: DayPlan = DAY, which: str = "before:10") -> Reminder:
    due = next(one for one in plan.points if one.key == point)
    moment = due.due_at - timedelta(minutes=10)
    return Reminder("ann", TUESDAY, point, which, ReminderKind.BEFORE, moment, due.due_at)


def verdict(reminder: Reminder, *seen: Seen, plan: DayPlan | None = DAY, **known: object) -> DueState:
    of_day = by_work_date(seen, {TUESDAY: plan}, SHANGHAI).get(TUESDAY, ())
    facts = DayFacts("ann", TUESDAY, plan, of_day, **known)  # type: ignore[arg-type]
    return judge(reminder, person_day(facts, reminder.moment))


def away(first: str, last: str, *, pending: bool = False) -> Absence:
    return Absence("ann", local(first), local(last), "a", pending)


def test_everybody_who_has_not_punched_is_chosen() -> None:
    assert chosen("08:49", "08:50") == ["ann before:10@0900 claimed", "bob before:10@0900 claimed"]


def test_who_has_punched_is_not() -> None:
    own = Seen(local("08:41"), CheckType.ON_DUTY, None, "OnDuty/0", TUESDAY)
    assert chosen("08:49", "08:50", seen={"ann": [own]}) == ["bob before:10@0900 claimed"]


def test_a_punch_at_the_gate_counts() -> None:
    assert chosen("08:49", "08:50", seen={"ann": [Seen(local("08:41"))]}) == ["bob before:10@0900 claimed"]


def test_who_is_not_active_is_not() -> None:
    assert chosen("08:49", "08:50", active=frozenset({"bob"})) == ["bob before:10@0900 claimed"]


def test_nobody_is_told_more_often_than_the_company_wants() -> None:
    spoken = {asked().check: 2}
    assert chosen("09:04", "09:05", spoken=spoken) == ["bob after:5@0900 claimed"]
    elsewhere = {replace(asked(), due_at=local("13:00")).check: 2}
    assert len(chosen("09:04", "09:05", spoken=elsewhere)) == 2


def test_of_several_at_once_all_are_chosen_and_each_person_is_told_one() -> None:
    often = plan_agenda({DAY: ["ann"]}, {}, ReminderPolicy(before_minutes=(10, 5)), SHANGHAI)
    both = ["ann before:10@0900 claimed", "ann before:5@0900 claimed"]
    assert chosen("08:49", "08:56", agenda=often) == both
    home, coming = asked("OffDuty/0", SPLIT), asked("OnDuty/1", SPLIT)
    of_bob = replace(home, user_id="bob")
    assert set(most_telling([coming, home, of_bob])) == {coming, of_bob}


def test_what_is_too_late_is_dropped_and_counted() -> None:
    assert chosen("08:49", "09:01") == ["ann before:10@0900 dropped", "bob before:10@0900 dropped"]


def test_a_punch_in_the_middle_of_the_day_does_not_surely_answer_either_check() -> None:
    at_two = {"ann": [Seen(local("14:00"))], "bob": [Seen(local("17:40"))]}
    assert chosen("17:49", "17:50", seen=at_two) == ["ann before:10@1800 claimed"]


def test_in_a_split_shift_the_nearest_check_is_answered() -> None:
    out, back = Seen(local("12:05")), Seen(local("13:20"))
    answered = [
        (point.key, [one.at for one in (out, back) if answers(one, point, SPLIT)]) for point in SPLIT.points
    ]
    assert answered == [
        ("OnDuty/0", []),
        ("OffDuty/0", [out.at]),
        ("OnDuty/1", [back.at]),
        ("OffDuty/1", []),
    ]


def test_what_dingtalk_says_of_a_record_decides() -> None:
    late = Seen(local("14:00"), CheckType.ON_DUTY, local("09:00"))
    assert answers(late, DAY.points[0], DAY)
    assert not answers(late, DAY.points[1], DAY)


def test_a_late_going_at_noon_that_dingtalk_says_was_of_noon_does_not_answer_the_evening() -> None:
    noon = Seen(local("14:00"), CheckType.OFF_DUTY, local("12:00"))
    assert [point.key for point in SPLIT.points if answers(noon, point, SPLIT)] == ["OffDuty/0"]


def test_nothing_against_it_means_due() -> None:
    assert verdict(asked()) is DueState.DUE


def test_on_a_day_that_a_lead_excused_nothing_is_due_but_what_one_asked_for_oneself() -> None:
    for point in ("OnDuty/0", "OffDuty/0"):
        assert verdict(asked(point), excused=True, read=False) is DueState.EXCUSED
        for kind in (ReminderKind.AFTER, ReminderKind.MISSED, ReminderKind.NUDGE):
            assert verdict(replace(asked(point), kind=kind), excused=True) is DueState.EXCUSED
    assert verdict(replace(asked(), kind=ReminderKind.SNOOZE), excused=True) is DueState.DUE


def test_a_day_that_cannot_be_read_means_unknown() -> None:
    assert verdict(asked(), plan=None) is DueState.UNKNOWN
    assert verdict(asked(), read=False) is DueState.UNKNOWN


def test_what_is_known_outweighs_what_is_unknown() -> None:
    own = Seen(local("08:41"), CheckType.ON_DUTY, None, "OnDuty/0", TUESDAY)
    assert verdict(asked(), own, read=False) is DueState.PUNCHED
    assert verdict(asked(), read=False, absences=(away("00:00", "23:59"),)) is DueState.ON_LEAVE


def test_a_rest_day_is_no_longer_planned() -> None:
    assert verdict(asked(), plan=DayPlan(TUESDAY)) is DueState.NOT_PLANNED


def test_a_shift_that_begins_later_is_due_at_another_time() -> None:
    assert verdict(asked(), plan=a_plan(a_shift(("10:00", "19:00")))) is DueState.MOVED


def test_a_morning_off_moves_the_check() -> None:
    off = (away("09:00", "13:00"),)
    assert verdict(asked(), absences=off) is DueState.MOVED
    assert verdict(replace(asked(), due_at=local("13:00")), absences=off) is DueState.DUE


def test_whose_leave_is_asked_for_is_left_alone() -> None:
    asked_for = away("09:00", "18:00", pending=True)
    assert verdict(asked(), absences=(asked_for,)) is DueState.PENDING_LEAVE
    missed = replace(asked(), kind=ReminderKind.MISSED, moment=local("22:31"))
    assert verdict(missed, absences=(asked_for,)) is DueState.PENDING_LEAVE


def test_who_asked_for_the_morning_comes_when_it_is_over_and_for_the_evening_goes_before() -> None:
    morning, evening = away("08:30", "13:30", pending=True), away("18:00", "20:00", pending=True)
    points = ("OnDuty/0", "OffDuty/0", "OnDuty/1", "OffDuty/1")
    verdicts = [verdict(asked(one, SPLIT), plan=SPLIT, absences=(morning, evening)) for one in points]
    assert verdicts == [DueState.PENDING_LEAVE, DueState.PENDING_LEAVE, DueState.DUE, DueState.DUE]


def test_leave_that_is_read_as_approved_is_asked_for_no_more() -> None:
    heard, approved = away("13:00", "18:00", pending=True), away("13:00", "18:00")
    at_one = replace(asked("OffDuty/0"), due_at=local("13:00"))
    assert verdict(at_one, absences=(heard, approved)) is DueState.DUE


def test_the_record_of_a_punch_says_more_than_the_event() -> None:
    at_two = local("14:00")
    came_late = Seen(at_two), Seen(at_two, CheckType.ON_DUTY, local("09:00"))
    assert verdict(asked("OffDuty/0"), *came_late) is DueState.DUE
    assert verdict(asked("OnDuty/0"), *came_late) is DueState.PUNCHED


def test_an_event_without_a_record_keeps_quiet() -> None:
    assert verdict(asked("OffDuty/0"), Seen(local("17:30"))) is DueState.PUNCHED


def test_a_dropped_reminder_says_why() -> None:
    known = Known(active=EVERYBODY, seen={})
    found = choose(AGENDA.between(local("08:49"), local("09:01")), known, 2, local("09:01"))
    assert {(one.state, one.reason) for one in found} == {(ReminderState.DROPPED, "its moment had passed")}


def test_missed_checks_are_chosen_without_a_message() -> None:
    known = Known(active=EVERYBODY, seen={"bob": [Seen(local("08:50")), Seen(local("18:02"))]})
    night: datetime = local("22:31")
    found = choose(AGENDA.between(local("22:29"), night), known, 2, night)
    assert [(one.user_id, one.check_point) for one in found] == [("ann", "OnDuty/0"), ("ann", "OffDuty/0")]
