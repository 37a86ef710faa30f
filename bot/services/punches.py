"""Record punches: the domain decides inside the ledger's transaction, then delivery begins at once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from bot.actions import PunchAction
from bot.domain.day import CheckState, PersonDay, person_day
from bot.domain.deciding import (
    Given,
    PositionVerdict,
    decide_punch,
    judge_position,
    time_that_counts,
)
from bot.domain.people import Employee
from bot.domain.punches import Decision, Punch, PunchPolicy, PunchRequest, PunchSource, join_notes
from bot.domain.shifts import CheckType, DayPlan, TimeResult, is_yesterdays_shift_running, points_at
from bot.domain.sites import NO_POSITION, Fix, LocationSource, Site
from bot.domain.slots import A_DAY, Days
from bot.services.base import Base
from bot.services.organisation.rosters import Rosters
from bot.services.outbox.deliveries import Courier
from bot.services.reporting.day_reader import DayReader
from bot.storage.ledger import Recorded
from bot.views.i18n import Language


class Places:
    """The configured sites, and the verdict on a position."""

    def __init__(self, sites: Sequence[Site], trusted: Collection[LocationSource]) -> None:
        self._sites = tuple(sites)
        self.trusted = trusted

    def judge(self, who: Employee, given: Given) -> PositionVerdict:
        """Return the verdict on a position of `who`."""
        return judge_position(given, self.sites_for(who), self.trusted)

    def names_for(self, who: Employee | None = None) -> Sequence[str]:
        """Return names and aliases of the sites where `who` certainly may clock in, or of all."""
        return [
            name
            for site in self._sites
            if who is None or site.people.include(who)
            for name in (site.name, *site.aliases)
        ]

    def sites_for(self, who: Employee) -> Sequence[Site] | None:
        """Return the sites where `who` may clock in, None if that depends on unknown departments."""
        sites = []
        for site in self._sites:
            if site.people.may_include(who):
                return None
            if site.people.include(who):
                sites.append(site)
        return sites


@dataclass(eq=False)
class Punches:
    """Records punches from chat, button and page. Every asynchronous call raises StoreRefused."""

    base: Base
    rosters: Rosters
    reader: DayReader
    places: Places
    courier: Courier

    async def punch(
        self,
        who: Employee,
        action: PunchAction,
        language: Language,
        *,
        message_id: str,
        sent_at: datetime | None,
        received_at: datetime,
        source: PunchSource,
        confirmed: bool = False,
        position: PositionVerdict | None = None,
    ) -> Recorded:
        """Decide about a punch and record it. When this returns, it is committed and its delivery
        has begun.

        One `message_id` (of a message or a tap) makes at most one punch. Its time is `sent_at`,
        else `received_at`, or `action.at` if that is better for the person. `confirmed`: the person
        pressed a button for it. A measured `position` goes before the place in the action. Raises
        AlreadyPressed.
        """
        received = {sent_at or received_at: received_at}
        if action.at is not None:
            received[action.at] = action.received_at or received_at
        plans = await self.rosters.plans_around(who, self.date_of(max(received)))
        at = time_that_counts(action.direction, received, plans)
        if self.date_of(at) != self.date_of(max(received)):
            plans = await self.rosters.plans_around(who, self.date_of(at))
        if position is None:
            fix = None
            typed = action.position
            if typed is not None:
                datum = self.base.settings.clock_in.datum
                fix = Fix(typed.latitude, typed.longitude, None, datum, LocationSource.TYPED)
            given = Given(fix, action.place, outside=action.outside)
            position = self.places.judge(who, given)
        untimed = "time of receipt" if sent_at is None and at != action.at else ""
        request = PunchRequest(
            user_id=who.user_id,
            message_id=message_id,
            direction=action.direction,
            at=at,
            local_date=self.date_of(at),
            received_at=received[at],
            where=position.where,
            source=source,
            note=join_notes(*position.notes, untimed, reason=action.reason),
            confirmed=confirmed,
            unusable=position.unusable,
            flagged=position.flagged,
            by_location=action.by_location,
        )
        decide = await self._decider(who, request, plans, self.base.settings.clock_in)
        term = self.base.lease.term
        record = self.base.store.ledger.record
        recorded = await record(request, decide, targets=self.courier.targets, language=language)
        if recorded.fresh and recorded.punch is not None:
            self.courier.start(recorded.punch, term)
        return recorded

    async def foresee(self, who: Employee, at: datetime) -> Decision:
        """Return the decision about a punch without direction and position, without recording it."""
        day = self.date_of(at)
        request = PunchRequest(
            user_id=who.user_id,
            message_id="",
            direction=None,
            at=at,
            local_date=day,
            received_at=at,
            where=NO_POSITION,
            source=PunchSource.PAGE,
            confirmed=True,
        )
        plans = await self.rosters.plans_around(who, day)
        decide = await self._decider(who, request, plans, PunchPolicy())
        return decide(await self.base.store.ledger.punches(who.user_id, Days.around(day)))

    async def _decider(
        self,
        who: Employee,
        request: PunchRequest,
        plans: Sequence[DayPlan] | None,
        policy: PunchPolicy,
    ) -> Callable[[Sequence[Punch]], Decision]:
        """Return the function that decides a request from the earlier punches.

        For a bare 打卡 it also knows punches made in DingTalk's app or at a machine.
        """
        day = request.local_date
        native: list[Punch] = []
        if request.direction is None and plans is not None:
            by_date = {who.user_id: {plan.work_date: plan for plan in plans}}
            days = (await self.reader.facts_from_store([who.user_id], Days.around(day), by_date))[
                who.user_id
            ]
            native = [
                punch
                for facts in days.values()
                for punch in native_punches(person_day(facts, request.at))
            ]
        return partial(decide_punch, request, plans=plans, native=native, policy=policy)

    def date_of(self, at: datetime) -> date:
        """Return the date of an aware moment in the company's time zone."""
        return at.astimezone(self.base.zone).date()

    async def today(self, who: Employee, at: datetime) -> tuple[date, Sequence[Punch]]:
        """Return today's date and punches, oldest first. During a night shift, today is the date of
        its start.

        Punches count by the date of their shift or of the clock, and while their shift still takes
        punches.
        """
        day = self.date_of(at)
        plans = {plan.work_date: plan for plan in await self.rosters.plans_around(who, day) or ()}
        near = await self.base.store.ledger.punches(who.user_id, Days.around(day))
        days = {day, *(point.work_date for point in points_at(plans.values(), at))}
        todays = [
            punch
            for punch in near
            if punch.work_date in days or self.date_of(punch.punched_at) == day
        ]
        is_at_night = is_yesterdays_shift_running(plans.get(day - A_DAY), plans.get(day), at)
        return day - A_DAY if is_at_night else day, sorted(
            todays, key=lambda punch: punch.punched_at
        )


def native_punches(day: PersonDay) -> list[Punch]:
    """Return the native punches that count on a day as `Punch` values.

    Leave out an early clock-out: a later clock-out replaces it.
    """
    made: list[tuple[CheckType, str | None, datetime]] = [
        (check.check_type, check.key, check.punched_at)
        for check in day.checks
        if check.native and check.punched_at is not None and check.state is not CheckState.EARLY
    ]
    if not day.checks and day.arrived_at is not None:
        made.append((CheckType.ON_DUTY, None, day.arrived_at))
    rest = (TimeResult.UNKNOWN, 0, NO_POSITION, PunchSource.NATIVE, "")
    return [
        Punch("", day.user_id, day.work_date, kind, key, at, at, *rest) for kind, key, at in made
    ]
