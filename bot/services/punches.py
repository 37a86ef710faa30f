"""Recording a punch: the domain decides in the ledger's transaction, and what is accepted sets out at once."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.actions import Punch as PunchAction
from bot.domain.datum import Datum
from bot.domain.day import person_day
from bot.domain.deciding import decide_punch
from bot.domain.messages import Message, MessageKind
from bot.domain.notes import request_note
from bot.domain.people import Employee
from bot.domain.positions import Given, Position
from bot.domain.punches import (
    Accepted,
    Decision,
    Punch,
    PunchPolicy,
    PunchRequest,
    PunchSource,
    day_at,
    punches_of_day,
)
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.sites import NOWHERE, Fix, LocationSource
from bot.domain.verdicts import native_punches
from bot.services.organisation.rosters import Rosters
from bot.services.outbox.couriers import Courier
from bot.services.outbox.receipts import ReceiptDesk
from bot.services.places import Positions
from bot.services.reporting.day_reader import DayReader
from bot.storage.ledger import Ledger, Recorded
from bot.storage.outbox import ReceiptAddress

_DAY = timedelta(days=1)


class OwnPunches:
    """Knows a person's own punches."""

    def __init__(self, ledger: Ledger, rosters: Rosters, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._rosters = rosters
        self._zone = zone

    def date_of(self, at: datetime) -> date:
        """Return the calendar date of an aware moment where the company is."""
        return at.astimezone(self._zone).date()

    def local_date(self, message: Message) -> date:
        """Return the calendar date of a message where the company is."""
        return self.date_of(message.at)

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message or a tap led to, None without one. Raises StoreRefused."""
        return await self._ledger.of_message(message_id)

    async def today(self, who: Employee, at: datetime) -> tuple[date, DayPlan | None, Sequence[Punch]]:
        """Return the work date at `at`, the person's plan of it, and their punches of it and of a shift from
        the day before whose windows are open.
        """
        day, a_day = self.date_of(at), timedelta(days=1)
        plans = {plan.work_date: plan for plan in await self._rosters.plans_around(who, day) or ()}
        near = await self._ledger.punches(who.user_id, day - a_day, day + a_day)
        its = day_at(plans, near, at, self._zone)
        return its, plans.get(its), punches_of_day(near, [*plans.values()], at, self._zone)

    async def between(self, who: Employee, first: date, last: date) -> Sequence[Punch]:
        """Return the person's punches of the work dates `first` to `last`."""
        return await self._ledger.punches(who.user_id, first, last)


class PunchService:
    """Decides about punches, records what is accepted, and starts it on its way to its targets."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        rosters: Rosters,
        reader: DayReader,
        courier: Courier,
        desk: ReceiptDesk,
        policy: PunchPolicy,
        own: OwnPunches,
        positions: Positions,
        datum: Datum,
    ) -> None:
        """`datum` is that of typed coordinates."""
        self._ledger = ledger
        self._rosters = rosters
        self._reader = reader
        self._courier = courier
        self._desk = desk
        self._policy = policy
        self._own = own
        self._positions = positions
        self._datum = datum

    async def punch(
        self, who: Employee, message: Message, action: PunchAction, address: ReceiptAddress, *, confirmed: bool
    ) -> Recorded:
        """Record what is said or pressed in chat, and start it on its way to its targets.

        With `confirmed` the person pressed a button for it. The time is that of the message that the action came
        from. Raises StoreRefused, AlreadyPressed.
        """
        at, typed, fix = action.at or message.at, action.position, None
        if typed is not None:
            fix = Fix(typed.latitude, typed.longitude, None, self._datum, LocationSource.TYPED)
        given = Given(fix, action.place, action.reason, outside=action.outside)
        position = await self._positions.judge(who, given)
        untimed = "time of receipt" if action.at is None and message.sent_at is None else ""
        by_voice = action.by_voice or message.kind is MessageKind.VOICE
        request = PunchRequest(
            user_id=who.user_id,
            message_id=message.message_id,
            direction=action.direction,
            at=at,
            local_date=self._own.date_of(at),
            received_at=action.received_at or message.received_at,
            where=position.where,
            source=PunchSource.VOICE if by_voice else PunchSource.CHAT,
            note=request_note(action.reason, *position.notes, untimed),
            confirmed=confirmed,
            unusable=position.unusable,
            flags=position.flags,
            by_location=action.by_location,
        )
        return await self._record(who, request, address)

    async def tap(
        self,
        who: Employee,
        tap_id: str,
        at: datetime,
        position: Position,
        address: ReceiptAddress,
        *,
        direction: CheckType | None,
        reason: str | None,
    ) -> Recorded:
        """Record a tap on the page; the same `tap_id` is the same punch. Raises StoreRefused."""
        request = PunchRequest(
            user_id=who.user_id,
            message_id=tap_id,
            direction=direction,
            at=at,
            local_date=self._own.date_of(at),
            received_at=at,
            where=position.where,
            source=PunchSource.PAGE,
            note=request_note(reason, *position.notes),
            confirmed=True,
            unusable=position.unusable,
            flags=position.flags,
        )
        return await self._record(who, request, address)

    async def foresee(self, who: Employee, at: datetime) -> Decision:
        """Return what a punch without a direction would be, wherever the person is. Raises StoreRefused."""
        request = PunchRequest(
            who.user_id, "", None, at, self._own.date_of(at), at, NOWHERE, PunchSource.PAGE, confirmed=True
        )
        decide = await self._decider(who, request, PunchPolicy())
        first, *_, last = _around(request.local_date)
        return decide(await self._ledger.punches(who.user_id, first, last))

    async def _record(self, who: Employee, request: PunchRequest, address: ReceiptAddress) -> Recorded:
        """Decide about a request and record it. Raises StoreRefused, AlreadyPressed."""
        decide = await self._decider(who, request, self._policy)
        term = self._courier.term
        recorded = await self._ledger.record(
            request,
            decide,
            work_dates=_around(request.local_date),
            targets=self._courier.targets,
            address=address,
        )
        if isinstance(recorded.decision, Accepted) and recorded.fresh and recorded.punch is not None:
            self._desk.expect(recorded.punch, term)
            self._courier.start(recorded.punch, term)
        return recorded

    async def _decider(
        self, who: Employee, request: PunchRequest, policy: PunchPolicy
    ) -> Callable[[Sequence[Punch]], Decision]:
        """Return what decides about a request by the earlier punches. Raises StoreRefused."""
        plans = await self._rosters.plans_around(who, request.local_date)
        native = await self._native(request, plans)

        def decide(earlier: Sequence[Punch]) -> Decision:
            return decide_punch(request, plans=plans, earlier=earlier, native=native, policy=policy)

        return decide

    async def _native(self, request: PunchRequest, plans: Sequence[DayPlan] | None) -> Sequence[Punch]:
        """Return the native punches that a bare 打卡 may be answered with. Raises StoreRefused."""
        if request.direction is not None or plans is None:
            return ()
        day, user_id = request.local_date, request.user_id
        by_date = {user_id: {plan.work_date: plan for plan in plans}}
        days = (await self._reader.known([user_id], day - _DAY, day + _DAY, by_date))[user_id]
        return [punch for facts in days.values() for punch in native_punches(person_day(facts, request.at))]


def _around(day: date) -> list[date]:
    return [day + timedelta(days=offset) for offset in (-1, 0, 1)]
