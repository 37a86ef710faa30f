"""Where plans come from: DingTalk's attendance groups, or the configuration."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.people import Employee
from bot.domain.shifts import DayPlan
from bot.services.organisation.dingtalk_rosters import DingTalkRosters
from bot.services.organisation.directory import Directory
from bot.services.organisation.schedule import Book, PlanSource, Schedule, around
from bot.services.organisation.visibility import Visibility


class ConfiguredRosters:
    """Plans from the configuration, for the people of the directory."""

    source: PlanSource = "config"
    outdated = False

    def __init__(self, schedule: Schedule, directory: Directory, clock: Clock, zone: ZoneInfo) -> None:
        self.schedule = schedule
        self._directory = directory
        self._clock = clock
        self._zone = zone
        self._made: tuple[int, date] | None = None
        self.plans: Book = {}

    def plan_of(self, user_id: str, day: date) -> DayPlan | None:
        """Return one person's plan of one day, None if none is known."""
        who = self._directory.employee(user_id)
        if who is None or not who.active:
            return DayPlan(day)
        return self.schedule.plan_on(who, day)

    def known(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Return the known plans of these people for `day`; without a shift the plan is empty."""
        return {user_id: plan for user_id in user_ids if (plan := self.plan_of(user_id, day)) is not None}

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans of the day before, the day and the day after."""
        return self.schedule.plans_around(who, day)

    async def current(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Return the plans of these people for `day` that are known."""
        return self.known(user_ids, day)

    def changed(self) -> None:
        """Change nothing: the configuration is all there is."""

    async def read(self) -> None:
        """Read nothing."""

    async def read_new(self) -> None:
        """Read nothing."""

    async def follow(self) -> bool:
        """Make the plans anew on a new day, or when the directory changed."""
        days = around(self._clock.now(), self._zone)
        made = (self._directory.changes, days[-1])
        if made == self._made:
            return False
        people = [one for one in self._directory.known() if one.active]
        plans: dict[DayPlan | None, Sequence[str]] = {}
        for day in days:
            plans.update(await asyncio.to_thread(self.schedule.day_plans, people, day))
        self.plans = {plan: user_ids for plan, user_ids in plans.items() if plan is not None}
        self._made = made
        return True


Rosters = ConfiguredRosters | DingTalkRosters


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
        """Return those of `starts` that are of the lead's people."""
        theirs = frozenset(one.user_id for one in self._visibility.team_of(lead))
        return {day: [at for user_id, at in some.items() if user_id in theirs] for day, some in starts.items()}
