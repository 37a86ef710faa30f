"""Who has punched, as far as is known here: our ledger, and what events told of DingTalk's own punches."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.deciding import LONG_GONE, over_long_before
from bot.domain.due import Seen, seen_record
from bot.domain.punches import PunchRequest
from bot.domain.reconciling import AttendanceRecord, second_of
from bot.domain.shifts import DayPlan
from bot.domain.standings import beside_the_ledger, names_no_check
from bot.storage.absences import NativePunches
from bot.storage.ledger import Ledger
from bot.storage.marks import PunchMark

EARLIEST = timedelta(hours=12)  # before the work date begins: a first window may open on the evening before
LATEST = timedelta(hours=48)  # after it begins: a night shift and its last window end on the next day


class Sightings:
    """Punches by person, without asking DingTalk."""

    def __init__(self, ledger: Ledger, native_punches: NativePunches, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._native_punches = native_punches
        self._zone = zone

    async def of(
        self, first: date, last: date, user_ids: Sequence[str] | None = None
    ) -> Mapping[str, Sequence[Seen]]:
        """Return the punches that may answer checks of the work dates `first` to `last`; of everybody without ids.

        Raises StoreRefused.
        """
        marks = await self._ledger.marks(first, last, user_ids)
        since, _ = self.window(first)
        native = await self._native_punches.since(since, user_ids)
        if user_ids is None:  # so many that a punch should not wait for it
            return await asyncio.to_thread(_together, marks, native)
        return _together(marks, native)

    async def counted(self, records: Sequence[AttendanceRecord]) -> Mapping[str, Sequence[Seen]]:
        """Return, by person, the records that prove a punch. Raises StoreRefused.

        DingTalk does not count a record with an `invalid_reason`. The record of a punch that a correction replaced
        proves nothing: beside the earlier clock-in, DingTalk lists the replaced one as a clock-out.
        """
        valid = [one for one in records if one.invalid_reason is None]
        replaced = await self._ledger.replaced(list({one.user_id: None for one in valid}))
        found: dict[str, list[Seen]] = {}
        for one in valid:
            if second_of(one.user_id, one.checked_at) not in replaced:
                found.setdefault(one.user_id, []).append(seen_record(one))
        return found

    async def keep(self, records: Sequence[AttendanceRecord], seen: Mapping[str, Sequence[Seen]]) -> None:
        """Keep DingTalk's word on which check those of the ledger's punches answer that name none.

        `seen` is what `of` told. Others' punches are told by events, and at night. Raises StoreRefused.
        """
        unnamed = {second_of(who, one.at) for who, some in seen.items() for one in some if names_no_check(one)}
        ours = [one for one in records if second_of(one.user_id, one.checked_at) in unnamed] if unnamed else []
        if told := beside_the_ledger(ours, (), unnamed):
            await self._native_punches.keep(told)

    async def with_departure(self, request: PunchRequest, plans: Sequence[DayPlan] | None) -> PunchRequest:
        """Add to a request whether the person left natively long before. Raises StoreRefused."""
        ended = over_long_before(request, plans)
        if ended is None:
            return request
        made = (await self._native_punches.since(ended, [request.user_id])).get(request.user_id, ())
        return replace(request, left_natively=any(at < request.at - LONG_GONE for at in made))

    def window(self, work_date: date) -> tuple[datetime, datetime]:
        """Return between which moments the punches of a work date lie."""
        begins = datetime.combine(work_date, time(), self._zone)
        return begins - EARLIEST, begins + LATEST


def _together(marks: Sequence[PunchMark], native: Mapping[str, Sequence[datetime]]) -> dict[str, Sequence[Seen]]:
    """Return the punches of each person, our own first."""
    at_moments: dict[datetime, Seen] = {}  # at nine many punch in the same second
    found: dict[str, Sequence[Seen]] = {
        user_id: [at_moments.get(at) or at_moments.setdefault(at, Seen(at)) for at in moments]
        for user_id, moments in native.items()
    }
    ours: dict[str, list[Seen]] = {}
    for mark in marks:
        seen = Seen(mark.punched_at, mark.check_type, None, mark.check_point, mark.work_date)
        ours.setdefault(mark.user_id, []).append(seen)
    found.update((user_id, [*some, *found.get(user_id, ())]) for user_id, some in ours.items())
    return found
