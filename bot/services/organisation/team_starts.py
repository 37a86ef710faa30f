"""When the shifts of a lead's people start, as far as their plans are known."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility


class TeamStarts:
    """Answers from the plans of yesterday, today and tomorrow."""

    def __init__(self, rosters: Rosters, visibility: Visibility) -> None:
        self._rosters = rosters
        self._visibility = visibility

    def of_all(self) -> Mapping[date, Mapping[str, datetime]]:
        """Return when everybody's shift starts (UTC), by work date and user id."""
        found: dict[date, dict[str, datetime]] = {}
        for plan, user_ids in self._rosters.plans.items():
            if (start := plan.start) is not None:
                found.setdefault(plan.work_date, {}).update(dict.fromkeys(user_ids, start.due_at))
        return found

    def of(self, lead: str, starts: Mapping[date, Mapping[str, datetime]]) -> Mapping[date, Collection[datetime]]:
        """Return, of the `starts` of everybody, those of the people whom somebody leads."""
        theirs = frozenset(one.user_id for one in self._visibility.team_of(lead))
        return {day: [at for user_id, at in some.items() if user_id in theirs] for day, some in starts.items()}
