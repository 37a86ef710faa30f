"""The details of shifts: read once, kept for a day."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from bot.clock import Clock
from bot.dingtalk.apis import SHIFT
from bot.dingtalk.fields import as_object
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.schedules import PlanRow, SectionShifts, ShiftKey, read_shift
from bot.errors import Rejected, ServiceStopped

log = logging.getLogger(__name__)

KEEP_S = 24 * 3600.0
KEEP_REFUSAL_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Kept:
    shifts: SectionShifts
    until: float


class ShiftBook:
    """Windows and graces of shifts, by id and version."""

    def __init__(self, openapi: OpenApi, clock: Clock) -> None:
        self._openapi = openapi
        self._clock = clock
        self._kept: dict[ShiftKey, _Kept] = {}
        self._refused = False

    async def of(
        self, rows: Iterable[PlanRow], operator: str, priority: Priority
    ) -> dict[ShiftKey, SectionShifts]:
        """Return the shifts that `rows` name; one whose details are refused has none.

        Raises UpstreamError while a shift cannot be read for now.
        """
        keys = dict.fromkeys(row.shift for row in rows)
        return {key: await self._shift(key, operator, priority) for key in keys}

    async def _shift(self, key: ShiftKey, operator: str, priority: Priority) -> SectionShifts:
        kept = self._kept.get(key)
        if kept is not None and self._clock.monotonic() < kept.until:
            return kept.shifts
        shifts: SectionShifts = ()
        keep_s = KEEP_REFUSAL_S
        try:
            body = {"op_user_id": operator, "shift_id": int(key[0]) if key[0].isdecimal() else key[0]}
            answer = await self._openapi.call(SHIFT, body, priority=priority)
        except (Rejected, ServiceStopped) as error:
            self._note_refusal(error)
        else:
            shifts, keep_s = read_shift(as_object(answer.get("result"))), KEEP_S
            self._refused = False
        self._kept[key] = _Kept(shifts, self._clock.monotonic() + keep_s)
        return shifts

    def _note_refusal(self, error: Exception) -> None:
        if not self._refused:
            log.warning("shifts are read without their grace, late punches stay unknown: %s", error)
        self._refused = True
