"""Punches that people make in DingTalk itself: while a bot runs, and in the two weeks before it was started.

The past is punches in the app and one leave, so that a bot has to read it. The same start gives the same past.
"""

from datetime import datetime, timedelta

from bot.sandbox.absences import LEAVE
from bot.sandbox.api import Json, State
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.people import Person
from bot.sandbox.plans import ON_DUTY, CheckPoint, check_points, midnight
from bot.sandbox.records import Record
from bot.sandbox.world import WorldError

TARGET = "native"
KINDS = {"app": "USER", "gate": "DING_ATM", "machine": "ATM"}
DAYS = 14
_EVENT_EVERY = timedelta(minutes=1)
_MOST_PEOPLE = 500
_EARLY_MINUTES = (3, 7, 12, 5, 18)
_LATE = timedelta(minutes=11)
_LATE_EVERY = 13
_ON_LEAVE, _LEAVE_DAYS_AGO = "user005", 6


class NativePunches:
    """Stores punches as DingTalk would and announces each as `attendance_check_record`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._told: dict[str, datetime] = {}

    def punch(
        self, user_id: str, at: datetime | None = None, kind: str = "app", *, shown_after_s: float | None = None
    ) -> Record:
        """Let somebody punch at `at` (aware; now, without one) in the `app`, at a `gate` or a `machine`.

        Reads show it `shown_after_s` later, by default as the fault `records_late_s` says; the event leaves at
        once. The same person and time is the same punch. Raises WorldError.
        """
        state, person, now = self._state, self._state.world.known(user_id), self._state.now()
        if kind not in KINDS:
            raise WorldError(f"kind must be one of {', '.join(KINDS)}")
        time_ms = to_ms(at or now)
        details: Json = {"source": KINDS[kind], **_place(state, kind)}
        if shown_after_s is not None:
            details["shown_ms"] = to_ms(now) + round(shown_after_s * 1000)
        fresh = state.records.take(TARGET, user_id, time_ms, now, **details)
        record = state.records.held(TARGET, user_id, time_ms)
        last = self._told.get(user_id)
        # DingTalk sends at most one event a minute for a person.
        if fresh and (last is None or not timedelta() <= record.punched_at - last < _EVENT_EVERY):
            self._told[user_id] = record.punched_at
            news = {"dataList": [self._news(person, record, kind)]}
            state.notices.announce("attendance_check_record", news)
        return record

    def _news(self, person: Person, record: Record, kind: str) -> Json:
        news = {
            "userId": record.user_id,
            "checkTime": record.told_ms,
            "corpId": self._state.world.corp_id,
            "groupId": str(person.shift.group_id),
            "bizId": record.biz_id,
            "locationResult": self._state.records.location_result(record),
            "locationMethod": "MAP" if kind == "app" else "ATM",
            "checkByUser": True,
        }
        if record.latitude is None:
            return {**news, "deviceSN": record.device_name}
        address = self._state.world.sites[0].address
        return {**news, "address": address, "latitude": record.latitude, "longitude": record.longitude}


def live_through(state: State) -> None:
    """Enter the last `DAYS` days before the local date, once: where a punch is held already, nothing is added.

    A company of more than 500 people has no past, which would take long to write down. Either began with its first
    punch: nobody was planned on a day before it, so that nobody is absent then.
    """
    world, today = state.world, state.local_date(to_ms(state.now()))
    if not len(state.records) and len(world) <= _MOST_PEOPLE:
        away = today - timedelta(days=_LEAVE_DAYS_AGO)
        away -= timedelta(days=max(away.weekday() - 4, 0))  # a workday
        if world.get(_ON_LEAVE) and not state.absences.of(_ON_LEAVE):
            start = midnight(away, world.zone)
            end = start + timedelta(days=1, seconds=-1)
            state.absences.add(_ON_LEAVE, start, end, LEAVE, whole_days=True)
        for person in world:
            for day in (today - timedelta(days=ago) for ago in range(DAYS, 0, -1)):
                for point in check_points(world, person, day):
                    if (person.user_id, day) != (_ON_LEAVE, away):
                        _make_up(state, point)
    world.founded_on = min((state.local_date(record.time_ms) for record in state.records), default=today)
    world.version += 1


def _make_up(state: State, point: CheckPoint) -> None:
    day, number = point.work_date.toordinal(), point.person.number
    early = timedelta(minutes=_EARLY_MINUTES[(day + number) % len(_EARLY_MINUTES)])
    moment = point.due_at + early
    if point.check_type == ON_DUTY:
        late = (day * 5 + number * 3) % _LATE_EVERY == 0
        moment = point.due_at + _LATE if late else point.due_at - early
    if moment < state.now():
        time_ms = to_ms(moment)
        details = {**_place(state, "app"), "source": KINDS["app"], "shown_ms": time_ms}
        state.records.take(TARGET, point.person.user_id, time_ms, from_ms(time_ms), **details)


def _place(state: State, kind: str) -> Json:
    if kind != "app":
        return {"device_name": f"{kind} 1"}
    site = state.world.sites[0]
    return {"latitude": site.latitude, "longitude": site.longitude, "accuracy": 15.0}
