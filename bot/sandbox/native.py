"""Punches that people make in DingTalk itself, without the bot: in the app, at a gate, at a machine."""

from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.api import Json, State
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.plans import CheckPoint
from bot.sandbox.records import Record
from bot.sandbox.world import Person, WorldError

TARGET = "native"
KINDS = {"app": "USER", "gate": "DING_ATM", "machine": "ATM"}
_METHODS = {"app": "MAP", "gate": "ATM", "machine": "ATM"}
_EVENT_EVERY = timedelta(minutes=1)


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
        person = self._state.world.get(user_id)
        if person is None or kind not in KINDS:
            raise WorldError(f"user_id must be somebody's here, kind one of {', '.join(KINDS)}")
        now = self._state.now()
        moment = from_ms(to_ms(at or now))
        details: dict[str, Any] = {"source": KINDS[kind], **_place(self._state, kind)}
        if shown_after_s is not None:
            details["shown_ms"] = to_ms(now) + round(shown_after_s * 1000)
        fresh = self._state.records.take(TARGET, user_id, to_ms(moment), now, **details)
        record = self._state.records.held(TARGET, user_id, to_ms(moment))
        if fresh:
            self._tell(person, record, kind)
        return record

    def point_of(self, record: Record) -> CheckPoint | None:
        """Return the check point that a punch counts for, None where it is invalid or nothing is planned."""
        person = self._state.world.get(record.user_id)
        return None if person is None else self._state.records.point_of(person, record)

    def _tell(self, person: Person, record: Record, kind: str) -> None:
        """Announce it; DingTalk sends at most one event a minute for a person."""
        last = self._told.get(person.user_id)
        if last is not None and timedelta() <= record.punched_at - last < _EVENT_EVERY:
            return
        self._told[person.user_id] = record.punched_at
        self._state.notices.announce("attendance_check_record", {"dataList": [_news(self._state, record, kind)]})


def _place(state: State, kind: str) -> Json:
    if kind != "app":
        return {"device_name": f"{kind} 1"}
    site = state.world.sites[0]
    return {"latitude": site.latitude, "longitude": site.longitude, "accuracy": 15.0}


def _news(state: State, record: Record, kind: str) -> Json:
    person = state.world.get(record.user_id)
    news = {
        "userId": record.user_id,
        "checkTime": record.told_ms,
        "corpId": state.world.corp_id,
        "groupId": str(person.shift.group_id) if person else "",
        "bizId": f"{record.target}-{record.id}",
        "locationResult": state.records.location_result(record),
        "locationMethod": _METHODS[kind],
        "checkByUser": True,
    }
    if record.latitude is None:
        return {**news, "deviceSN": record.device_name}
    return {
        **news,
        "address": state.world.sites[0].address,
        "latitude": record.latitude,
        "longitude": record.longitude,
    }
