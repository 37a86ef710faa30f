"""Punches made outside the bot, as far as they bear on a make-up request."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.corrections import Correction, ExternalTimes
from bot.services.reporting.past_days import FRESH, PastDays
from bot.storage.absences import NativePunches

NEAR = timedelta(hours=12)  # between an external punch and the time asked for
PATIENCE_S = 5.0  # for what DingTalk has of the day


class ExternalPunches:
    """Knows the punches that DingTalk took itself; reads a day that is not known yet."""

    def __init__(self, native_punches: NativePunches, past: PastDays, zone: ZoneInfo) -> None:
        self._native_punches = native_punches
        self._past = past
        self._zone = zone

    async def known(self, correction: Correction) -> ExternalTimes:
        """Return when the person punched outside the bot within half a day of the time asked for.

        A day that is not known yet is read from DingTalk first. Raises StoreRefused.
        """
        is_read = await self.is_read(correction.user_id, correction.work_date, within=FRESH)
        first, last = correction.punched_at - NEAR, correction.punched_at + NEAR
        found = await self._native_punches.since(first, [correction.user_id])
        return ExternalTimes([at for at in found.get(correction.user_id, ()) if at <= last], is_read)

    async def is_read(self, user_id: str, day: date, *, within: timedelta) -> bool:
        """Tell whether DingTalk told of a person's day, waiting for it some seconds at most."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._past.is_read(user_id, day, within=within)
        except TimeoutError:
            return False

    async def since(self, user_id: str, first: date) -> Sequence[datetime]:
        """Return when a person punched outside the bot since the local date `first`. Raises StoreRefused."""
        since = datetime(first.year, first.month, first.day, tzinfo=self._zone)
        return (await self._native_punches.since(since, [user_id])).get(user_id, ())
