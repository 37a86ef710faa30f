"""Requests for make-up punches: asked once, decided once, and what an approval writes into the ledger."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import and_, bindparam, delete, insert, select, update

from bot.clock import from_ms, to_ms
from bot.domain.corrections import (
    REFERENCE_LENGTH,
    Correction,
    CorrectionState,
    Missing,
    NotAllowed,
    Overtaken,
    ends_requests,
    write_reference,
)
from bot.domain.outbox import Kind, Owed
from bot.domain.punches import Punch
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.storage.approved_punches import store_approved
from bot.storage.confirmations import Confirmations
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.ledger import new_punch_id
from bot.storage.outbox import owe, owe_once
from bot.storage.punch_rows import punch_of_message, punches_between
from bot.storage.receipts import ReceiptAddress
from bot.storage.statements import Statement, values
from bot.storage.tables import corrections, outbox, wrong_references
from bot.storage.texts import storable

_HOUR_MS = 3_600_000

_ASK = Statement(insert(corrections).values(values(corrections, *corrections.c.keys())).inline())
_GET = Statement(select(corrections).where(corrections.c.reference == bindparam("reference")))
_OF = Statement(
    select(corrections)
    .where(corrections.c.user_id == bindparam("user_id"))
    .order_by(corrections.c.asked_ms.desc(), corrections.c.reference)
)
_asked = corrections.c.state == CorrectionState.ASKED.value
_DECIDE = Statement(
    update(corrections)
    .values(
        state=bindparam("to_state"),
        decided_by=bindparam("by"),
        decided_ms=bindparam("now"),
        answer=bindparam("why"),
    )
    .where(corrections.c.reference == bindparam("this"), _asked, corrections.c.expires_ms > bindparam("now"))
    .returning(corrections.c.reference)
)
_EXPIRE = Statement(
    update(corrections)
    .values(state=CorrectionState.EXPIRED.value, decided_ms=bindparam("now"))
    .where(_asked, corrections.c.expires_ms <= bindparam("now"))
    .returning(corrections.c.reference, corrections.c.user_id)
)
_open = and_(_asked, corrections.c.expires_ms > bindparam("now"))
_OPEN = Statement(select(corrections).where(_open).order_by(corrections.c.expires_ms))
_TOLD = Statement(
    select(outbox.c.about, outbox.c.recipient)
    .join(corrections, corrections.c.reference == outbox.c.about)
    .where(outbox.c.kind == Kind.ASKED.value, _open)
)
_WRONG = Statement(
    select(wrong_references.c.tries).where(
        wrong_references.c.user_id == bindparam("user_id"), wrong_references.c.hour_ms == bindparam("hour_ms")
    )
)
_COUNT_WRONG = Statement(
    lambda insert: (
        insert(wrong_references)
        .values(**values(wrong_references, "user_id", "hour_ms"), tries=1)
        .on_conflict_do_update(index_elements=["user_id", "hour_ms"], set_={"tries": wrong_references.c.tries + 1})
    )
)
_FORGET_WRONG = Statement(delete(wrong_references).where(wrong_references.c.hour_ms < bindparam("before")))


@dataclass(frozen=True, slots=True)
class Decided:
    """A request after somebody decided it. `fresh` is false when it was decided before, or cannot be any more.

    `punch` is the one that an approval made, or else the one that had overtaken it.
    """

    correction: Correction
    fresh: bool
    punch: Punch | None = None


class Corrections:
    """Requests for make-up punches."""

    def __init__(self, database: Database, confirmations: Confirmations) -> None:
        self._database = database
        self._confirmations = confirmations

    async def ask(
        self,
        user_id: str,
        message_id: str,
        work_dates: Sequence[date],
        decide: Callable[[str, Sequence[Punch], Sequence[Correction]], Correction | Missing | NotAllowed],
        *,
        told: Collection[str],
    ) -> Correction | Missing | NotAllowed:
        """Decide and store in one transaction, with a note to each of `told`. Raises StoreRefused."""

        def work(tx: Tx) -> Correction | Missing | NotAllowed:
            earlier = [_correction(row) for row in tx.all(_OF, {"user_id": user_id})]
            again = next((one for one in earlier if one.message_id == storable(message_id)), None)
            if again is not None:
                return again
            punches = punches_between(tx, user_id, min(work_dates), max(work_dates))
            found = decide(self._unused(tx), punches, earlier)
            if isinstance(found, Correction):
                found = _stored(found)
                tx.run(_ASK, _row(found))
                for lead in sorted(told):
                    owe(tx, Owed(Kind.ASKED, found.reference, lead), self._database.now_ms)
            return found

        return await self._database.write(self._database.if_ours(work), person=user_id)

    async def get(self, reference: str) -> Correction | None:
        """Return a request, None for a reference that nobody has. Raises StoreRefused."""
        return await self._database.read(lambda tx: _get(tx, reference))

    async def of_person(self, user_id: str) -> Sequence[Correction]:
        """Return all requests of a person, whatever their state. Raises StoreRefused."""
        return [
            _correction(row) for row in await self._database.read(lambda tx: tx.all(_OF, {"user_id": user_id}))
        ]

    async def approve(
        self,
        correction: Correction,
        by: str,
        make: Callable[[str, Sequence[Punch]], Punch | Overtaken],
        *,
        targets: Mapping[str, str | None],
        address: ReceiptAddress,
    ) -> Decided:
        """Approve once, with the new punch and all that is owed for it in the same transaction.

        What is overtaken is closed in it, too, once a target took the punch that overtook it. Raises StoreRefused.
        """
        now_ms, punch_id = self._database.now_ms, new_punch_id(self._database)

        def work(tx: Tx) -> Decided:
            day, a_day = correction.work_date, timedelta(days=1)
            punches = punches_between(tx, correction.user_id, day - a_day, day + a_day)
            punch = make(punch_id, punches)
            if isinstance(punch, Overtaken):
                is_over = ends_requests(punch.there) and self._decide(
                    tx, correction, CorrectionState.OVERTAKEN, by
                )
                if is_over:
                    owe(tx, Owed(Kind.CLOSED, correction.reference, correction.user_id), now_ms)
                return replace(self._standing(tx, correction), fresh=is_over, punch=punch.there)
            if not self._decide(tx, correction, CorrectionState.APPROVED, by):
                return self._standing(tx, correction)
            stored = store_approved(tx, punch, targets, address, now_ms)
            owe(tx, Owed(Kind.OUTCOME, correction.reference, by), now_ms)
            return Decided(_held(tx, correction.reference), fresh=True, punch=stored)

        decided = await self._database.write(self._database.if_ours(work), person=correction.user_id)
        if decided.punch is not None and decided.fresh:
            self._confirmations.add(decided.punch)
        return decided

    async def close(self, correction: Correction, state: CorrectionState, by: str, answer: str = "") -> Decided:
        """Refuse or withdraw once; who asked is owed a note unless it was they. Raises StoreRefused."""

        def work(tx: Tx) -> Decided:
            if not self._decide(tx, correction, state, by, answer):
                return self._standing(tx, correction)
            if by != correction.user_id:
                note = Owed(Kind.CLOSED, correction.reference, correction.user_id)
                owe(tx, note, self._database.now_ms)
            return Decided(_held(tx, correction.reference), fresh=True)

        return await self._database.write(self._database.if_ours(work), person=correction.user_id)

    async def expire(self) -> Sequence[str]:
        """Close what nobody decided in time, with a note to who asked. Raises StoreRefused."""
        now_ms = self._database.now_ms

        def work(tx: Tx) -> Sequence[str]:
            gone = sorted(tx.all(_EXPIRE, {"now": now_ms}))
            for reference, user_id in gone:
                owe(tx, Owed(Kind.CLOSED, reference, user_id), now_ms)
            return [reference for reference, _ in gone]

        return await self._database.write(work)

    async def open(self) -> Sequence[tuple[Correction, frozenset[str]]]:
        """Return what waits for a decision, with who was or will be told of it. Raises StoreRefused."""
        now = {"now": self._database.now_ms}
        rows, told = await self._database.read(lambda tx: (tx.all(_OPEN, now), tx.all(_TOLD, now)))
        told_of: dict[str, set[str]] = {}
        for about, user_id in told:
            told_of.setdefault(about, set()).add(user_id)
        found = map(_correction, rows)
        return [(one, frozenset(told_of.get(one.reference, ()))) for one in found]

    async def put_before(self, reference: str, leads: Collection[str]) -> None:
        """Owe further leads a note of a request, each once whoever says so. Raises StoreRefused."""
        owed = [Owed(Kind.ASKED, reference, lead) for lead in sorted(leads)]
        await self._database.write(lambda tx: owe_once(tx, owed, self._database.now_ms))

    async def wrong_references(self, user_id: str) -> int:
        """Return how often in this hour somebody named a reference that is not theirs. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_WRONG, self._this_hour(user_id)))
        return int(row[0]) if row else 0

    async def note_wrong_reference(self, user_id: str) -> None:
        """Count one. Raises StoreRefused."""
        params = self._this_hour(user_id)
        await self._database.write(lambda tx: tx.run(_COUNT_WRONG, params))

    async def forget_wrong_references(self, before: datetime) -> None:
        """Delete the counts of hours before `before`. Raises StoreRefused."""
        params = {"before": to_ms(before)}
        await self._database.write(lambda tx: tx.run(_FORGET_WRONG, params))

    def _unused(self, tx: Tx) -> str:
        """Return a reference that nobody has: 30 bits of the secure source."""
        while True:
            reference = write_reference([self._database.random.randrange(32) for _ in range(REFERENCE_LENGTH)])
            if tx.one(_GET, {"reference": reference}) is None:
                return reference

    def _decide(self, tx: Tx, correction: Correction, state: CorrectionState, by: str, answer: str = "") -> bool:
        """Win the decision; False when it was made already, or it is too late for one."""
        decision = {"to_state": state.value, "by": by, "why": storable(answer)}
        params = {"this": correction.reference, "now": self._database.now_ms, **decision}
        return tx.one(_DECIDE, params) is not None

    def _standing(self, tx: Tx, correction: Correction) -> Decided:
        punch = punch_of_message(tx, correction.punch_message_id)
        return Decided(_held(tx, correction.reference), fresh=False, punch=punch)

    def _this_hour(self, user_id: str) -> dict[str, object]:
        now_ms = self._database.now_ms
        return {"user_id": user_id, "hour_ms": now_ms - now_ms % _HOUR_MS}


def _get(tx: Tx, reference: str) -> Correction | None:
    row = tx.one(_GET, {"reference": storable(reference)})
    return None if row is None else _correction(row)


def _held(tx: Tx, reference: str) -> Correction:
    found = _get(tx, reference)
    assert found is not None, "a request is never deleted"
    return found


def _stored(found: Correction) -> Correction:
    """Return it exactly as it will be read back."""
    return replace(
        found,
        message_id=storable(found.message_id),
        reason=storable(found.reason),
        punched_at=from_ms(to_ms(found.punched_at)),
        asked_at=from_ms(to_ms(found.asked_at)),
        expires_at=from_ms(to_ms(found.expires_at)),
    )


def _row(one: Correction) -> dict[str, object]:
    return {
        "reference": one.reference,
        "user_id": one.user_id,
        "message_id": one.message_id,
        "work_date": one.work_date.isoformat(),
        "check_type": one.check_type.value,
        "check_point": one.check_point,
        "punched_ms": to_ms(one.punched_at),
        "time_result": one.time_result.value,
        "late_minutes": one.late_minutes,
        "reason": one.reason,
        "asked_ms": to_ms(one.asked_at),
        "expires_ms": to_ms(one.expires_at),
        "state": one.state.value,
        "decided_by": None,
        "decided_ms": None,
        "answer": one.answer,
    }


def _correction(row: Row) -> Correction:
    reference, user_id, message_id, work_date, check_type, check_point, punched_ms, result, late, *rest = row
    reason, asked_ms, expires_ms, state, decided_by, decided_ms, answer = rest
    return Correction(
        reference=reference,
        user_id=user_id,
        message_id=message_id,
        work_date=date.fromisoformat(work_date),
        check_type=CheckType(check_type),
        check_point=check_point,
        punched_at=from_ms(punched_ms),
        time_result=TimeResult(result),
        late_minutes=late,
        reason=reason,
        asked_at=from_ms(asked_ms),
        expires_at=from_ms(expires_ms),
        state=CorrectionState(state),
        decided_by=decided_by,
        decided_at=None if decided_ms is None else from_ms(decided_ms),
        answer=answer,
    )
