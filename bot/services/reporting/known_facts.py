"""What is known here of somebody's work date by now, without asking DingTalk."""

from datetime import date

from bot.domain.absences import AbsenceSource
from bot.domain.due import Facts
from bot.services.punching.sightings import Sightings
from bot.services.reporting.past_days import PastDays
from bot.storage.absences import Absences
from bot.storage.corrections import Excuses


class KnownFacts:
    """Plan, punches, make-up punches, leave and excuses as far as they are in the database."""

    def __init__(self, past: PastDays, sightings: Sightings, absences: Absences, excuses: Excuses) -> None:
        self._past = past
        self._sightings = sightings
        self._absences = absences
        self._excuses = excuses

    async def of(self, user_id: str, work_date: date) -> Facts:
        """Return what is here of one person's work date; the plan is None where none is. Raises StoreRefused."""
        first, last = self._sightings.window(work_date)
        plans = await self._past.known_plans([user_id], work_date, work_date)
        absences = [one for one in await self._absences.touching(first, last) if one.user_id == user_id]
        seen = await self._sightings.of(work_date, work_date, [user_id])
        return Facts(
            plan=plans.get(user_id, {}).get(work_date),
            records=(),
            absences=[one for one in absences if one.source is not AbsenceSource.EVENT],
            heard_of=[one for one in absences if one.source is AbsenceSource.EVENT],
            seen=seen.get(user_id, ()),
            excused=bool(await self._excuses.between([user_id], work_date, work_date)),
        )
