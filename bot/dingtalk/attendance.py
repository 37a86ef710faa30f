"""What DingTalk knows of attendance: punches it shows, and who works when."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import LIST_RECORD, SCHEDULE, SHIFT
from bot.dingtalk.fields import as_object, as_objects, as_text
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.schedules import (
    PlanRow,
    SectionShifts,
    ShiftKey,
    day_plans,
    read_moment,
    read_row,
    read_shift,
    write_moment,
)
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import DayPlan
from bot.errors import Rejected, ServiceStopped

log = logging.getLogger(__name__)

KEEP_S = 24 * 3600.0  # a shift's details
KEEP_REFUSAL_S = 3600.0
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Kept:
    shifts: SectionShifts
    until: float


class AttendanceApi:
    """Reads records and plans. Text times are in the organisation's `zone`.

    `operator_user_id` is in whose name plans are read, a person who manages attendance.
    """

    def __init__(self, openapi: OpenApi, *, operator_user_id: str | None, zone: ZoneInfo, clock: Clock) -> None:
        self._openapi = openapi
        self._operator = operator_user_id
        self._zone = zone
        self._clock = clock
        self._shifts: dict[ShiftKey, _Kept] = {}
        self._shifts_refused = False

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        """Return what DingTalk shows of at most 50 people between two moments, at most 7 days apart.

        Raises UpstreamError, ServiceStopped.
        """
        body = {
            "userIds": list(user_ids),
            "checkDateFrom": write_moment(first, self._zone),
            "checkDateTo": write_moment(last + _SECOND, self._zone),
            "isI18n": False,
        }
        answer = await self._openapi.call(LIST_RECORD, body, priority=Priority.PUNCH)
        records = (read_record(row, self._zone) for row in as_objects(answer.get("recordresult")))
        return [record for record in records if record is not None]

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[DayPlan]]:
        """Return a plan for each person and each work date (at most 50 people, 7 days).

        Where the details of a shift are refused, its times hold with an unknown grace.
        Raises UpstreamError, ServiceStopped.
        """
        operator = self._known_operator()
        body = {
            "op_user_id": operator,
            "userids": ",".join(user_ids),
            "from_date_time": self._day_ms(first, time()),
            "to_date_time": self._day_ms(last, time(23, 59, 59)),
        }
        answer = await self._openapi.call(SCHEDULE, body, priority=Priority.PUNCH)
        read = (read_row(row, self._zone) for row in as_objects(answer.get("result")))
        rows = [row for row in read if row is not None]
        dates = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        return day_plans(rows, user_ids, dates, await self._shifts_of(rows, operator), self._zone)

    async def _shifts_of(self, rows: Iterable[PlanRow], operator: str) -> dict[ShiftKey, SectionShifts]:
        keys = dict.fromkeys(row.shift for row in rows if row.shift is not None)
        return {key: await self._shift(key, operator) for key in keys}

    async def _shift(self, key: ShiftKey, operator: str) -> SectionShifts:
        kept = self._shifts.get(key)
        if kept is not None and self._clock.monotonic() < kept.until:
            return kept.shifts
        shifts: SectionShifts = ()
        keep_s = KEEP_REFUSAL_S
        try:
            body = {"op_user_id": operator, "shift_id": int(key[0]) if key[0].isdecimal() else key[0]}
            answer = await self._openapi.call(SHIFT, body, priority=Priority.PUNCH)
        except (Rejected, ServiceStopped) as error:
            self._note_refusal(error)
        else:
            shifts, keep_s = read_shift(as_object(answer.get("result"))), KEEP_S
            self._shifts_refused = False
        self._shifts[key] = _Kept(shifts, self._clock.monotonic() + keep_s)
        return shifts

    def _note_refusal(self, error: Exception) -> None:
        if not self._shifts_refused:
            log.warning("shifts are read without their grace, late punches stay unknown: %s", error)
        self._shifts_refused = True

    def _known_operator(self) -> str:
        if not self._operator:
            remedy = "Set dingtalk.operator_user_id to somebody who manages attendance."
            raise ServiceStopped(SCHEDULE.name, "nobody is named in whose name plans are read", remedy)
        return self._operator

    def _day_ms(self, day: date, at: time) -> int:
        return to_ms(datetime.combine(day, at, self._zone).astimezone(UTC))


def read_record(row: Mapping[str, object], zone: ZoneInfo) -> AttendanceRecord | None:
    """Return a row of `listRecord`, None for one without person or time. Only invalid rows carry a reason."""
    user_id = as_text(row.get("userId"))
    checked_at = read_moment(row.get("userCheckTime"), zone)
    if not user_id or checked_at is None:
        return None
    reason = as_text(row.get("invalidRecordMsg")) or as_text(row.get("invalidRecordType"))
    return AttendanceRecord(user_id, checked_at, reason or None, as_text(row.get("sourceType")))
