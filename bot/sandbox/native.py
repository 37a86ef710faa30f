"""Punches that people make in DingTalk itself: while a bot runs, and in the two weeks before it was started."""

from datetime import datetime, timedelta
from typing import Literal

from bot.sandbox.api import Json, State
from bot.sandbox.clock import to_ms
from bot.sandbox.records import Record
from bot.sandbox.world import ON_DUTY, CheckPoint, check_points, midnight

Kind = Literal["app", "gate"]
_TARGET = "native"
_EVENT_EVERY_MS = 60_000
_DAYS = 14
_MOST_PEOPLE = 500
_MINUTES = (3, 7, 12, 5, 18)  # before coming is due, and after going is
_LATE_MINUTES, _LATE_EVERY = 11, 13
_ON_LEAVE, _LEAVE_DAYS_AGO = "user005", 6


def punch_natively(
    state: State,
    user_id: str,
    at: datetime | None = None,
    kind: Kind = "app",
    *,
    shown_after_s: float | None = None,
) -> Record:
    """Store a punch at `at` (aware; now, without one) in the `app` or at a `gate`, and announce it.

    Reads show it `shown_after_s` later, by default as the fault `records_late_s` says; the event leaves at once.
    DingTalk sends at most one event a minute for a person. Raises WorldError.
    """
    now, user_id = state.now(), state.world.known(user_id).user_id
    details = _details(state, kind)
    if shown_after_s is not None:
        details["shown_ms"] = to_ms(now) + round(shown_after_s * 1000)
    time_ms = to_ms(at or now)
    before = [time_ms - one.time_ms for one in state.records.of(user_id, _TARGET)]
    record = state.records.take(_TARGET, user_id, time_ms, now, **details)
    if not any(0 <= one < _EVENT_EVERY_MS for one in before):
        news = {
            "userId": user_id,
            "checkTime": record.told_ms,
            "locationResult": state.records.location_result(record),
            "locationMethod": "MAP" if kind == "app" else "ATM",
            "checkByUser": True,
        }
        state.notices.announce("attendance_check_record", {"dataList": [news]})
    return record


def live_through(state: State) -> None:
    """Enter the last two weeks before the local date, once: punches in the app and one leave.

    The same start gives the same past. More than 500 people get none: it would take too long. Nobody was planned
    before the first punch, so nobody is absent then.
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
    world.founded_on = min((state.local_date(record.time_ms) for record in state.records), default=today)


def _make_up(state: State, point: CheckPoint) -> None:
    day, number = point.work_date.toordinal(), point.person.number
    minutes = _MINUTES[(day + number) % len(_MINUTES)]
    if point.check_type == ON_DUTY:
        minutes = _LATE_MINUTES if (day * 5 + number * 3) % _LATE_EVERY == 0 else -minutes
    moment = point.due_at + timedelta(minutes=minutes)
    if moment < state.now():
        state.records.take(_TARGET, point.person.user_id, to_ms(moment), moment, **_details(state, "app"))


def _details(state: State, kind: Kind) -> Json:
    if kind == "gate":
        return {"source": "DING_ATM", "device_name": "gate 1"}
    site = state.world.sites[0]
    return {"latitude": site.latitude, "longitude": site.longitude, "accuracy": 15.0}
