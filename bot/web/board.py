"""The board: the day of a lead's people, and a nudge for one of them."""

from datetime import date, timedelta

from bot.actions import Nudge
from bot.domain.day import CheckState, PersonDay, Standing
from bot.domain.facts import FRESH
from bot.domain.slots import Days, Whom
from bot.domain.summaries import TeamDay
from bot.services.organisation.sights import Sight
from bot.services.services import Services
from bot.views.days import day_parts
from bot.views.i18n import Texts
from bot.views.keys import STANDINGS
from bot.views.team import nothing_seen
from bot.web.fixes import Answer, Call, Refusal

_OLDEST = timedelta(days=31)


class Board:
    """Shows the days that a lead may see. Each call raises StoreRefused.

    Stored punches show at once. DingTalk is asked when a board is opened, every ten minutes, and
    once after a check became due.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        # when DingTalk was asked (monotonic), and the people who were unknown then
        self._asked: dict[tuple[str, Whom, date], tuple[float, frozenset[str]]] = {}

    async def show(self, call: Call) -> Answer:
        """Return the day of a department.

        By default today, and the lead's departments, or the company for a reader who leads none but
        sees all. Raises Refusal.
        """
        who = call.who
        body = call.body
        texts = call.texts
        sees = self._services.visibility.who_sees(who.user_id)
        is_company = body.department is None and sees.all and not sees.departments
        whom = Whom(department=body.department, company=is_company)
        today = self._services.today
        day = body.day or today
        if not today - _OLDEST <= day <= today:
            raise Refusal
        sight, team = await self._team(who.user_id, whom, day)
        # the reads took their time, and another process may have changed the roles
        if sight.user_ids:
            sight = await self._services.visibility.recheck(sight)
        if not sight.user_ids:
            return {"text": nothing_seen(sight.outcome, (), Nudge(person=""), texts).text}
        nudgeable = self._services.visibility.team_in(sight) if day == today else ()
        called = {person.user_id: person.shown_name for person in sight.people}
        return {
            "whose": sight.title(texts),
            "departments": [{"id": key, "name": name} for key, name in sees.departments.items()],
            "today": today.isoformat(),
            "as_of": texts.day_and_clock(team.as_of),
            "counts": [
                {"standing": standing, "word": texts(STANDINGS[standing]), "count": count}
                for standing, count in team.counts.items()
                if count
            ],
            "people": [
                {
                    "user_id": shown.user_id,
                    "name": called[shown.user_id],
                    "standing": shown.standing,
                    "text": " · ".join(_parts(shown, texts)),
                    "nudge": shown.user_id in nudgeable
                    and (
                        shown.standing is Standing.MISSING or shown.departure is CheckState.MISSING
                    ),
                }
                for shown in team.days
            ],
        }

    async def _team(self, viewer: str, whom: Whom, day: date) -> tuple[Sight, TeamDay]:
        """Return what `viewer` may see, and the day of these people."""
        services = self._services
        now_s = services.clock.monotonic()
        again_s = FRESH.total_seconds()
        self._asked = {key: last for key, last in self._asked.items() if now_s - last[0] < again_s}
        board = (viewer, whom, day)
        if board in self._asked:
            sight = services.visibility.of(viewer, whom, Days(day, day))
            team = await services.summaries.day(sight, day, departures=True, stored=True)
            if _unknown(team) <= self._asked[board][1]:
                return sight, team
        sight = await services.visibility.read_sight(viewer, whom, Days(day, day))
        team = await services.summaries.day(sight, day, departures=True)
        self._asked[board] = services.clock.monotonic(), _unknown(team)
        return sight, team

    async def nudge(self, call: Call) -> Answer:
        """Nudge one of a lead's people, as in chat."""
        return await call.tell(Nudge(person=call.body.user_id))


def _unknown(team: TeamDay) -> frozenset[str]:
    return frozenset(
        day.user_id
        for day in team.days
        if day.standing is Standing.UNKNOWN or day.departure is CheckState.UNKNOWN
    )


def _parts(day: PersonDay, texts: Texts) -> list[str]:
    overdue = [texts("team.departure_missing")] if day.departure is CheckState.MISSING else []
    return [*day_parts(day, texts), *overdue]
