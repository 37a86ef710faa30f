"""The ledger: punches, written once, with all that is owed for them in the same transaction."""

from collections.abc import Callable, Sequence, Set
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy import bindparam, insert, or_

from bot.clock import from_ms, to_ms
from bot.domain.chain import position_digest
from bot.domain.deliveries import DeliveryState
from bot.domain.outbox import Kind, Owed
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    Decision,
    Punch,
    PunchRequest,
    PunchSource,
    PunchWish,
    Refused,
    decision_of,
)
from bot.domain.reconciling import Second
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix
from bot.storage import claims
from bot.storage.confirmations import Confirmations
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.inbox import FINISH
from bot.storage.marks import PunchMark, read_marks
from bot.storage.outbox import ReceiptAddress, owe, receipt_of
from bot.storage.phones import REMEMBER
from bot.storage.presses import using_up
from bot.storage.punch_questions import end_tap, led_to
from bot.storage.punch_rows import (
    OF_DAYS,
    punch_by_id,
    punches_between,
    punches_of,
    punches_query,
)
from bot.storage.replaced import replaced_seconds
from bot.storage.statements import Statement, listing, storable, values
from bot.storage.tables import (
    deliveries,
    ledger_unsealed,
    punch_locations,
    punches,
)

_EARLIER = Statement(punches_query().where(or_(OF_DAYS, punches.c.message_id == bindparam("message_id"))))
_PUNCH = Statement(insert(punches).values(values(punches, *punches.c.keys())).inline())
_LOCATION = Statement(insert(punch_locations).values(values(punch_locations, *punch_locations.c.keys())).inline())
_PHONE_OF_ANOTHER = Refused("punch.phone_of_another")  # since it was looked up
_UNSEALED = Statement(insert(ledger_unsealed).values(values(ledger_unsealed, "punch_id")).inline())
_DELIVERY = Statement(
    insert(deliveries)
    .values(
        **values(deliveries, "punch_id", "target", "next_ms", "owner"),
        **{"state": DeliveryState.ACCEPTED.value, "reason": "", "tries": 0, "lookups": 0, "in_flight": 1},
    )
    .inline()
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a request: the decision, and the punch when there is one."""

    decision: Decision
    punch: Punch | None
    fresh: bool = True  # False when this message had been recorded before
    wish: PunchWish | None = None  # what was asked for, with what the question said that it answers


@dataclass(frozen=True, slots=True)
class _Owed:
    """What goes into the ledger with a punch."""

    targets: Sequence[str]
    address: ReceiptAddress
    salt: str
    now_ms: int


class Ledger:
    """The append-only record of punches."""

    def __init__(self, database: Database, confirmations: Confirmations) -> None:
        self._database = database
        self._confirmations = confirmations

    async def record(
        self,
        request: PunchRequest,
        decide: Callable[[Sequence[Punch]], Decision],
        *,
        work_dates: Sequence[date],
        targets: Sequence[str],
        address: ReceiptAddress,
    ) -> Recorded:
        """Decide and store in one transaction. `decide` may be called more than once.

        Raises StoreRefused, AlreadyPressed.
        """
        message_id = storable(request.message_id)
        now_ms = self._database.now_ms
        punch_id = new_punch_id(self._database)
        use_up = using_up(now_ms)
        owed = _Owed(targets, address, self._database.random.randbytes(16).hex(), now_ms)

        def work(tx: Tx) -> Recorded:
            known = _earlier(tx, request, work_dates)
            same = next((punch for punch in known if punch.message_id == message_id), None)
            if same is not None:
                return Recorded(decision_of(same), same, fresh=False)
            decision = decide([punch for punch in known if punch.work_date in work_dates])
            if not isinstance(decision, Accepted):
                return Recorded(decision, None)
            punch = _punch(punch_id, request, decision, targets)
            holder = _claim_check_point(tx, punch)
            if holder is not None:
                return Recorded(AlreadyPunched(holder), None)
            if request.phone is not None and not _remember(tx, punch.user_id, request.phone.digest, now_ms):
                claims.free(tx, punch)
                return Recorded(_PHONE_OF_ANOTHER, None)
            use_up(tx)
            self._store(tx, punch, owed)
            if decision.flags:
                owe(tx, Owed(Kind.FLAG, punch.punch_id, payload=[astuple(one) for one in decision.flags]), now_ms)
            if punch.source is PunchSource.PAGE:
                end_tap(tx, request, now_ms)
            return Recorded(decision, punch)

        recorded = await self._database.claim(work, person=request.user_id)
        if recorded.punch is not None and recorded.fresh:
            self._confirmations.add(recorded.punch)
        return recorded

    async def of_message(self, message_id: str) -> Punch | None:
        """Return the punch that a message led to, be it by a yes about a tap on the page; None without one.

        Raises StoreRefused.
        """

        return await self._database.read(lambda tx: led_to(tx, message_id))

    async def punches(self, user_id: str, first: date, last: date) -> Sequence[Punch]:
        """Return a person's punches of the work dates `first` to `last`, oldest first. Raises StoreRefused."""
        return await self._database.read(lambda tx: punches_between(tx, user_id, first, last))

    async def marks(self, first: date, last: date, user_ids: Sequence[str] | None = None) -> Sequence[PunchMark]:
        """Return which checks were punched on the work dates `first` to `last`, day by day and oldest first.

        Of everybody, or of `user_ids`. Punches that every target rejected and those that were corrected are left
        out. Raises StoreRefused.
        """
        marks: list[PunchMark] = []
        for offset in range((last - first).days + 1):
            marks += await read_marks(self._database, first + timedelta(days=offset), user_ids)
        return marks

    async def replaced(self, user_ids: Sequence[str]) -> Set[Second]:
        """Return the people and seconds of the punches that a correction replaced. Raises StoreRefused."""
        params = listing("user_ids", ((storable(user_id),) for user_id in sorted(user_ids)))
        return await self._database.read(partial(replaced_seconds, params=params))

    def _store(self, tx: Tx, punch: Punch, owed: _Owed) -> None:
        due = {"punch_id": punch.punch_id, "owner": self._database.owner}
        write_row(tx, punch, owed.salt)
        for target in owed.targets:
            tx.run(_DELIVERY, {**due, "target": target, "next_ms": owed.now_ms})
        owe(tx, receipt_of(punch, owed.address), owed.now_ms, self._database.owner)
        tx.run(FINISH, {"this": punch.message_id, "now": owed.now_ms})


def _remember(tx: Tx, user_id: str, digest: str, now_ms: int) -> bool:
    """Remember a phone as a person's; False where it is somebody else's."""
    row = {"digest": digest, "user_id": user_id, "first_ms": now_ms, "last_ms": now_ms}
    return tx.one(REMEMBER, row) is not None


def new_punch_id(database: Database) -> str:
    """Return an id that begins with the moment, in ms, so that ids are in the order of recording."""
    return _id_at(database.now_ms) + database.random.randbytes(6).hex()


def _id_at(moment_ms: int) -> str:
    """Return what the ids of punches recorded at a moment begin with."""
    return f"{moment_ms:012x}"


def write_row(tx: Tx, punch: Punch, salt: str) -> None:
    """Write the punch itself, to be sealed, and beside it its position; what is owed for it is the caller's."""
    fix = punch.where.fix
    tx.run(_PUNCH, _punch_row(punch, "" if fix is None else location_digest(salt, fix)))
    tx.run(_UNSEALED, {"punch_id": punch.punch_id})
    if fix is not None:
        tx.run(_LOCATION, _location_row(punch.punch_id, salt, fix))


def location_digest(salt: str, fix: Fix) -> str:
    """Return SHA-256 of the salt and the position, both exact, which proves a position that is kept apart."""
    return position_digest(salt, fix.latitude, fix.longitude, fix.accuracy_m, fix.datum, fix.source)


def _earlier(tx: Tx, request: PunchRequest, work_dates: Sequence[date]) -> Sequence[Punch]:
    """Return the person's punches from the first to the last of `work_dates`, and this message's if it has one."""
    params = {
        "user_id": request.user_id,
        "first": min(work_dates).isoformat(),
        "last": max(work_dates).isoformat(),
        "message_id": storable(request.message_id),
    }
    return list(punches_of(tx.all(_EARLIER, params)))


def _claim_check_point(tx: Tx, punch: Punch) -> Punch | None:
    """Win the check point of an on-duty punch; return the punch that has it already, None when won."""
    if punch.check_type is not CheckType.ON_DUTY or punch.check_point is None:
        return None
    holder = claims.claim(tx, punch)
    return None if holder is None else punch_by_id(tx, holder)


def _punch(punch_id: str, request: PunchRequest, decision: Accepted, targets: Sequence[str]) -> Punch:
    """Return the punch exactly as it will be read back: moments in whole ms, positions as floats."""
    where = request.where
    return Punch(
        punch_id=punch_id,
        user_id=request.user_id,
        work_date=decision.work_date,
        check_type=decision.check_type,
        check_point=decision.check_point,
        punched_at=from_ms(to_ms(request.at)),
        received_at=from_ms(to_ms(request.received_at)),
        time_result=decision.time_result,
        late_minutes=decision.late_minutes,
        where=where if where.fix is None else where._replace(fix=_exact(where.fix)),
        source=request.source,
        message_id=storable(request.message_id),
        note=storable(decision.note),
        states=dict.fromkeys(targets, DeliveryState.ACCEPTED),
    )


def _exact(fix: Fix) -> Fix:
    accuracy_m = None if fix.accuracy_m is None else float(fix.accuracy_m)
    return Fix(float(fix.latitude), float(fix.longitude), accuracy_m, fix.datum, fix.source)


def _punch_row(punch: Punch, digest: str) -> dict[str, object]:
    return {
        "punch_id": punch.punch_id,
        "user_id": punch.user_id,
        "work_date": punch.work_date.isoformat(),
        "check_type": punch.check_type,
        "check_point": punch.check_point,
        "punched_ms": to_ms(punch.punched_at),
        "received_ms": to_ms(punch.received_at),
        "time_result": punch.time_result,
        "late_minutes": punch.late_minutes,
        "location_result": punch.where.result,
        "site": punch.where.site,
        "distance_m": punch.where.distance_m,
        "location_digest": digest,
        "source": punch.source,
        "message_id": punch.message_id,
        "note": punch.note,
        "corrects": punch.corrects,
    }


def _location_row(punch_id: str, salt: str, fix: Fix) -> dict[str, object]:
    return {
        "punch_id": punch_id,
        "salt": salt,
        "latitude": fix.latitude,
        "longitude": fix.longitude,
        "accuracy_m": fix.accuracy_m,
        "datum": fix.datum,
        "source": fix.source,
    }
