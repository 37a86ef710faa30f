"""Punches that people make in DingTalk itself: while a bot runs, and in the two weeks before it was started."""

from datetime import datetime, timedelta
from typing import Any, Literal

from bot.sandbox.api import State
from bot.sandbox.clock import to_ms
from bot.sandbox.records import Record
from bot.sandbox.world import ON_DUTY, SITES, CheckPoint, check_points, midnight

Kind = Literal["app", "gate"]
_TARGET = "native"
_EVENT_EVERY_MS = 60_000
_DAYS = 14
_MOST_PEOPLE = 500
_MINUTES = (3, 7, 12, 5, 18)  # before coming is due, and after going is
_LATE_MINUTES, _LATE_EVERY = 11, 13
_ON_LEAVE, _LEAVE_DAYS_AGO = "user005", 6
_DETAILS: dict[Kind, dict[str, Any]] = {
    "app": {"latitude": SITES[0].latitude, "longitude": SITES[0].longitude, "accuracy": 15.0},
    "gate": {"source": "DING_ATM", "device_name": "gate 1"},
}


def punch_natively(state: State, user_id: str, at: datetime | None = None, kind: Kind = "app") -> Record:
    """Store a punch at `at` (aware; without it now) and announce it at once. Raises WorldError.

    Reads show it as late as the fault `records_late_s` says. As at DingTalk, a person has one event a minute.
    """
    user_id, time_ms = state.world.known(user_id).user_id, to_ms(at or state.now())
    earlier_ms = [time_ms - record.time_ms for record in state.records.of(user_id, _TARGET)]
    record = state.records.take(_TARGET, user_id, time_ms, state.now(), **_DETAILS[kind])
    if not any(0 <= ago_ms < _EVENT_EVERY_MS for ago_ms in earlier_ms):
        news = {
            "userId": user_id,
            "checkTime": record.told_ms,
            "locationResult": state.records.location_result(record),
            "locationMethod": "MAP" if kind == "app" else "ATM",
            "checkByUser": True,
        }
        state.announce("attendance_check_record", {"dataList": [news]})
    return record


def live_through(state: State) -> None:
    """Enter the last two weeks before the local date, once: punches in the app and one leave.

    The same start gives the same past. More than 500 people get none: it would take too long.
    """
    world, today = state.world, state.local_date(to_ms(state.now()))
    if not len(state.records) and len(world) <= _MOST_PEOPLE:
        away = midnight(today - timedelta(days=_LEAVE_DAYS_AGO))
        away -= timedelta(days=max(away.weekday() - 4, 0))  # a workday
        if world.get(_ON_LEAVE):
            state.absences.add(_ON_LEAVE, away, away + timedelta(days=1, seconds=-1))
        for person in world:
            for ago in range(_DAYS, 0, -1):
                for point in check_points(world, person, today - timedelta(days=ago)):
                    if not state.absences.excusing(point):
                        _make_up(state, point)
    # Nobody was planned before the first punch, so nobody is absent then.
    world.founded_on = min((state.local_date(record.time_ms) for record in state.records), default=today)


def _make_up(state: State, point: CheckPoint) -> None:
    day, number = point.work_date.toordinal(), point.person.number
    minutes = _MINUTES[(day + number) % len(_MINUTES)]
    if point.check_type == ON_DUTY:
        minutes = _LATE_MINUTES if (day * 5 + number * 3) % _LATE_EVERY == 0 else -minutes
    moment = point.due_at + timedelta(minutes=minutes)
    if moment < state.now():
        state.records.take(_TARGET, point.person.user_id, to_ms(moment), moment, **_DETAILS["app"])
