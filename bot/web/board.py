"""The board: how a lead's people stand, live, and a nudge for one of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from bot.actions import Nudge, Whom
from bot.clock import local_date
from bot.domain.day import PersonDay, Standing
from bot.domain.people import Employee
from bot.domain.summaries import team_day
from bot.services.organisation.visibility import Sight
from bot.services.services import Services
from bot.views.i18n import Texts
from bot.views.team import day_parts, nothing_seen
from bot.web.desk import Answer, CarryOut
from bot.web.fixes import Body, Refusal

_READ_AGAIN_S, _READ_SOON_S = 600.0, 5.0  # calls to DingTalk count in the monthly quota
_MOST_KEPT = 1000
_OLDEST = timedelta(days=31)


class _Read(NamedTuple):
    at_s: float  # on the monotonic clock
    days: Mapping[str, PersonDay]


class Board:
    """Shows people as far as `visibility` lets their lead see them. Each call raises StoreRefused.

    Punches that are kept here show at once. DingTalk is asked as the board is opened, every ten minutes, and
    once a person's check became due; in between people count as last read.
    """

    def __init__(self, services: Services, carry_out: CarryOut) -> None:
        self._services = services
        self._clock = services.base.clock
        self._carry_out = carry_out
        self._read: dict[tuple[str, Whom, date], _Read] = {}

    async def show(self, who: Employee, body: Body, texts: Texts) -> Answer:
        """Return how the people of a department stand on a day, today without one. Raises Refusal."""
        sees = self._services.visibility.who_sees(who.user_id)
        names = [one.name for one in sees.departments]
        whom = Whom(department=body.department, company=not body.department and sees.all and not names)
        today = local_date(self._clock, texts.zone)
        day = body.day or today
        if not today - _OLDEST <= day <= today:
            raise Refusal
        sight, days = await self._days(who.user_id, whom, day, is_today=day == today)
        if not sight.user_ids:
            return {"text": nothing_seen(sight.outcome, sight.people, Nudge(person=""), texts).text}
        found = team_day(days.values(), day, self._clock.now())
        called = {one.user_id: one.name or one.user_id for one in sight.people}
        return {
            "departments": names,
            "today": today.isoformat(),
            "as_of": texts.day_and_clock(found.as_of),
            "counts": {texts(f"standing.{one}"): count for one, count in found.counts.items() if count},
            "people": [
                {
                    "user_id": one.user_id,
                    "name": called[one.user_id],
                    "standing": one.standing,
                    "text": " · ".join(day_parts(one, texts)) or texts(f"standing.{one.standing}"),
                    "nudge": day == today and one.standing is Standing.MISSING,
                }
                for one in found.days
            ],
        }

    async def nudge(self, who: Employee, body: Body, texts: Texts) -> Answer:
        """Nudge one of a lead's people, as in chat."""
        return {"text": (await self._carry_out(who, Nudge(person=body.user_id), texts.language)).text}

    async def _days(
        self, viewer: str, whom: Whom, day: date, *, is_today: bool
    ) -> tuple[Sight, Mapping[str, PersonDay]]:
        services, now_s = self._services, self._clock.monotonic()
        last = self._read.get((viewer, whom, day))
        age_s = _READ_AGAIN_S if last is None else now_s - last.at_s
        if last is not None and age_s < _READ_AGAIN_S:
            sight = services.visibility.of(viewer, whom)
            if not is_today:
                return sight, {one: last.days[one] for one in sight.user_ids if one in last.days}
            kept = {one.user_id: one for one in (await services.summaries.day(sight, day, kept=True)).days}
            open_ones = [one for one, found in kept.items() if found.standing is Standing.UNKNOWN]
            read = ((one, last.days[one]) for one in open_ones if one in last.days)
            told = {one: found for one, found in read if found.standing is not Standing.NOT_YET_DUE}
            if len(told) == len(open_ones) or age_s < _READ_SOON_S:
                return sight, kept | told
        sight = await services.visibility.seen_by(viewer, whom)
        found = {one.user_id: one for one in (await services.summaries.day(sight, day)).days}
        if len(self._read) >= _MOST_KEPT:
            self._read.clear()
        self._read[viewer, whom, day] = _Read(now_s, found)
        return sight, found
