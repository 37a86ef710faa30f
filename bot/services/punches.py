"""Recording a punch: the domain decides in the ledger's transaction, and what is accepted sets out at once."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from bot.actions import Punch as PunchAction
from bot.domain.day import person_day
from bot.domain.deciding import decide_punch
from bot.domain.notes import request_note
from bot.domain.people import Employee
from bot.domain.positions import Given, Position
from bot.domain.punches import Accepted, Decision, Punch, PunchPolicy, PunchRequest, PunchSource, punches_of_day
from bot.domain.shifts import DayPlan, lasts
from bot.domain.sites import NOWHERE, Fix, LocationSource
from bot.domain.verdicts import native_punches
from bot.services.base import Base
from bot.services.organisation.rosters import Rosters
from bot.services.outbox.deliveries import Courier
from bot.services.outbox.receipts import ReceiptDesk
from bot.services.places import Places
from bot.services.reporting.day_reader import DayReader
from bot.storage.ledger import Recorded
from bot.storage.outbox import ReceiptAddress

_DAY = timedelta(days=1)


class Punches:
    """Takes punches from every door, and knows a person's own. Every call with `async` raises StoreRefused."""

    def __init__(
        self,
        base: Base,
        rosters: Rosters,
        reader: DayReader,
        *,
        places: Places,
        courier: Courier,
        desk: ReceiptDesk,
    ) -> None:
        self._base = base
        self._rosters = rosters
        self._reader = reader
        self._places = places
        self._courier = courier
        self._desk = desk
        self.policy = base.settings.clock_in

    async def punch(
        self,
        who: Employee,
        action: PunchAction,
        address: ReceiptAddress,
        *,
        message_id: str,
        sent_at: datetime | None,
        received_at: datetime,
        source: PunchSource,
        confirmed: bool = False,
        position: Position | None = None,
    ) -> Recorded:
        """Decide and record. An accepted punch is committed when this returns, and on its way to its targets.

        `message_id` names what asked for it: it punches once. The time is that of the message that the action came
        from, else `sent_at`, else `received_at`. With `confirmed` the person pressed a button for it. A measured
        `position` counts instead of the action's words. Raises AlreadyPressed.
        """
        at = action.at or sent_at or received_at
        at_date = self.date_of(at)
        position = position or await self._places.judge(who, self._given(action))
        untimed = "time of receipt" if action.at is None and sent_at is None else ""
        request = PunchRequest(
            user_id=who.user_id,
            message_id=message_id,
            direction=action.direction,
            at=at,
            local_date=at_date,
            received_at=action.received_at or received_at,
            where=position.where,
            source=source,
            note=request_note(action.reason, *position.notes, untimed),
            confirmed=confirmed,
            unusable=position.unusable,
            flagged=position.flagged,
            by_location=action.by_location,
        )
        decide = await self._decider(who, request, self.policy)
        term = self._base.lease.term
        recorded = await self._base.store.ledger.record(
            request, decide, work_dates=_around(at_date), targets=self._courier.targets, address=address
        )
        if isinstance(recorded.decision, Accepted) and recorded.fresh and recorded.punch is not None:
            self._desk.expect(recorded.punch, term)
            self._courier.start(recorded.punch, term)
        return recorded

    async def foresee(self, who: Employee, at: datetime) -> Decision:
        """Return what a punch without a direction would be, wherever the person is."""
        day = self.date_of(at)
        request = PunchRequest(who.user_id, "", None, at, day, at, NOWHERE, PunchSource.PAGE, confirmed=True)
        decide = await self._decider(who, request, PunchPolicy())
        first, *_, last = _around(day)
        return decide(await self.between(who, first, last))

    async def _decider(
        self, who: Employee, request: PunchRequest, policy: PunchPolicy
    ) -> Callable[[Sequence[Punch]], Decision]:
        """Return what decides about a request by the earlier punches."""
        plans = await self._rosters.plans_around(who, request.local_date)
        native = await self._native(request, plans)

        def decide(earlier: Sequence[Punch]) -> Decision:
            return decide_punch(request, plans=plans, earlier=earlier, native=native, policy=policy)

        return decide

    def _given(self, action: PunchAction) -> Given:
        typed, fix = action.position, None
        if typed is not None:
            datum = self._base.settings.clock_in.datum
            fix = Fix(typed.latitude, typed.longitude, None, datum, LocationSource.TYPED)
        return Given(fix, action.place, action.reason, outside=action.outside)

    async def _native(self, request: PunchRequest, plans: Sequence[DayPlan] | None) -> Sequence[Punch]:
        """Return the native punches that a bare 打卡 may be answered with."""
        if request.direction is not None or plans is None:
            return ()
        day, user_id = request.local_date, request.user_id
        by_date = {user_id: {plan.work_date: plan for plan in plans}}
        days = (await self._reader.known([user_id], day - _DAY, day + _DAY, by_date))[user_id]
        return [punch for facts in days.values() for punch in native_punches(person_day(facts, request.at))]

    def date_of(self, at: datetime) -> date:
        """Return the calendar date of an aware moment where the company is."""
        return at.astimezone(self._base.zone).date()

    async def today(self, who: Employee, at: datetime) -> tuple[date, DayPlan | None, Sequence[Punch]]:
        """Return the local date of `at`, or that of a night shift which lasts, the person's plan of it, and
        their punches of it and of a shift from the day before that is not over.
        """
        day = self.date_of(at)
        plans = {plan.work_date: plan for plan in await self._rosters.plans_around(who, day) or ()}
        near = await self.between(who, day - _DAY, day + _DAY)
        its = day - _DAY if lasts(plans.get(day - _DAY), plans.get(day), at) else day
        return its, plans.get(its), punches_of_day(near, [*plans.values()], at, self._base.zone)

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message or a tap led to; None without one."""
        return await self._base.store.ledger.of_message(message_id)

    async def between(self, who: Employee, first: date, last: date) -> Sequence[Punch]:
        """Return the person's punches of the work dates `first` to `last`."""
        return await self._base.store.ledger.punches(who.user_id, first, last)


def _around(day: date) -> list[date]:
    return [day + timedelta(days=offset) for offset in (-1, 0, 1)]
