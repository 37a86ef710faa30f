"""Recording a punch: the domain decides in the ledger's transaction, and what is accepted sets out at once."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.deciding import decide_punch
from bot.domain.people import Employee
from bot.domain.punches import Accepted, Decision, Punch, PunchPolicy, PunchRequest
from bot.services.organisation.rosters import Rosters
from bot.services.punching.couriers import Courier
from bot.services.punching.receipts import ReceiptDesk
from bot.services.punching.sightings import Sightings
from bot.storage.ledger import Ledger, Recorded
from bot.storage.receipts import ReceiptAddress


class Recorder:
    """Decides about requests, records what is accepted, and starts it on its way to its targets."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        rosters: Rosters,
        sightings: Sightings,
        courier: Courier,
        desk: ReceiptDesk,
        policy: PunchPolicy,
    ) -> None:
        self._ledger = ledger
        self._rosters = rosters
        self._sightings = sightings
        self._courier = courier
        self._desk = desk
        self._policy = policy

    async def record(
        self,
        who: Employee,
        request: PunchRequest,
        address: ReceiptAddress,
    ) -> Recorded:
        """Decide about a request and record it. Raises StoreRefused, AlreadyPressed."""
        plans = await self._rosters.plans_around(who, request.local_date)
        request = await self._sightings.with_departure(request, plans)

        def decide(earlier: Sequence[Punch]) -> Decision:
            return decide_punch(request, plans=plans, earlier=earlier, policy=self._policy)

        around = [request.local_date + timedelta(days=offset) for offset in (-1, 0, 1)]
        term = self._courier.term
        recorded = await self._ledger.record(
            request, decide, work_dates=around, targets=self._courier.targets, address=address
        )
        if isinstance(recorded.decision, Accepted) and recorded.fresh and recorded.punch is not None:
            self._desk.expect(recorded.punch, term)
            self._courier.start(recorded.punch, term)
        return recorded
