"""Make-up requests as the handler and the notes share them: who decides, and what the person punched so far."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.domain.corrections import Correction, to_replace
from bot.domain.punches import Punch
from bot.domain.teams import told_about
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.reporting.day_reader import FRESH, DayReader

NEAR = timedelta(hours=12)  # between a punch outside the bot and the time asked for


class CorrectionService:
    """Knows who decides a request now, by the directory. Calls that await raise StoreRefused."""

    def __init__(self, base: Base, reader: DayReader, directory: Directory, visibility: Visibility) -> None:
        self._base = base
        self._reader = reader
        self._directory = directory
        self._visibility = visibility

    async def renew(self) -> None:
        """Let requests expire that nobody decided in time. Owe a note of the others to leads who are new."""
        corrections = self._base.store.corrections
        await corrections.expire()
        if not self._directory.is_read:
            return
        for correction, told in await corrections.open():
            new = self.asked_of(correction.user_id) - told
            if new and not self._directory.is_doubted(correction.user_id):
                await corrections.put_before(correction.reference, new)

    def asked_of(self, user_id: str) -> frozenset[str]:
        """Return the user ids of those who decide a person's requests: their leads, else the administrators."""
        leads = self._directory.teams().leads_of(user_id)
        return told_about(user_id, leads, self._base.settings.roles.admins, self._directory.is_active)

    async def may_decide(self, by: str, correction: Correction) -> bool | None:
        """Tell whether somebody may decide a request now, None while that is not known."""
        visibility, asker = self._visibility, correction.user_id
        if not await visibility.is_role_known(by) or not await visibility.is_team_known(asker, to=by):
            return None
        return visibility.may_decide(by, asker)

    def name_of(self, user_id: str | None) -> str:
        """Return a person's name, their user id while the directory does not know it."""
        return self._directory.name_of(user_id) or user_id if user_id else ""

    async def is_read(self, user_id: str, day: date, *, within: timedelta) -> bool:
        """Read a person's day at DingTalk unless that was done `within` a time; tell whether that worked."""
        try:
            async with asyncio.timeout(self._base.patience.team_s):
                return await self._reader.is_read(user_id, day, within=within)
        except TimeoutError:
            return False

    async def replaced_by(self, correction: Correction) -> Punch | None:
        """Return the punch that counts for the request's check so far."""
        day = correction.work_date
        punches = await self._base.store.ledger.punches(correction.user_id, day, day)
        return to_replace(punches, day, correction.check_point)

    async def external(self, correction: Correction) -> tuple[Sequence[datetime], bool]:
        """Return punches outside the bot within half a day, and whether DingTalk's day was read."""
        is_read = await self.is_read(correction.user_id, correction.work_date, within=FRESH)
        at = correction.punched_at
        found = await self._base.store.native_punches.since(at - NEAR, [correction.user_id])
        return [one for one in found.get(correction.user_id, ()) if one <= at + NEAR], is_read
