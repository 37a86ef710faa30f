"""Requests for make-up punches: each is stored once and decided once."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from bot.domain.corrections import Correction, CorrectionState, Obstacle, new_reference
from bot.domain.messages import Kind, Owed
from bot.domain.punches import Punch
from bot.storage.database import TopicRows
from bot.storage.engine import Tx
from bot.storage.ledger import new_punch_id, write_punch
from bot.storage.months import owe_adjustments
from bot.storage.outbox import owe, punches_between, receipt_of
from bot.storage.records import Records, storable
from bot.storage.statements import Statement, insert
from bot.storage.tables import TABLES
from bot.views.reply import Language

_TARGETS_ANSWER_MS = 3_000  # the receipt of an approved punch waits so long for the targets

_REQUESTS = Records(Correction, TABLES["corrections"].names)
_SELECT = f"SELECT {_REQUESTS.sql()} FROM corrections"
_OPEN_NOW = "state = 'asked' AND expires_ms > :now"
_ASK = Statement(insert("corrections"))
_GET = Statement(f"{_SELECT} WHERE reference = :reference")
_OF_PERSON = Statement(f"{_SELECT} WHERE user_id = :user_id ORDER BY asked_ms DESC, reference")
_OPEN = Statement(f"{_SELECT} WHERE {_OPEN_NOW} ORDER BY expires_ms")
_DECIDE = Statement(
    f"""UPDATE corrections SET state = :to_state, decided_by = :by, decided_ms = :now, answer = :answer
    WHERE reference = :reference AND {_OPEN_NOW} RETURNING reference"""
)
_EXPIRE = Statement(
    """UPDATE corrections SET state = 'expired', decided_ms = :now
    WHERE state = 'asked' AND expires_ms <= :now RETURNING reference, user_id"""
)

Decided = tuple[Correction, bool]  # the request after a decision, and whether this decision counts


class Corrections(TopicRows):
    """Requests for make-up punches and their decisions. Each call raises StoreRefused."""

    async def ask(
        self,
        user_id: str,
        message_id: str,
        decide: Callable[[str, Sequence[Correction]], Correction | Obstacle],
        *,
        deciders: Collection[str],
    ) -> Correction | Obstacle:
        """Decide and store a request in one transaction, with a note to each of `deciders`."""
        reference = new_reference(self._database.random)

        def work(tx: Tx) -> Correction | Obstacle:
            earlier = [_REQUESTS.read(row) for row in tx.all(_OF_PERSON, {"user_id": user_id})]
            for request in earlier:
                if request.message_id == storable(message_id):
                    return request
            outcome = decide(reference, earlier)
            if isinstance(outcome, Correction):
                tx.run(_ASK, _REQUESTS.row(outcome))
                owe(
                    tx,
                    [Owed(Kind.ASKED, reference, lead) for lead in sorted(deciders)],
                    self._database.now_ms,
                )
            return outcome

        return await self._database.write(self._database.if_ours(work), person=user_id)

    async def get(self, reference: str) -> Correction | None:
        """Return a request, None for an unknown reference."""
        row = await self._database.one(_GET, {"reference": reference})
        return None if row is None else _REQUESTS.read(row)

    async def of_person(self, user_id: str) -> Sequence[Correction]:
        """Return all requests of a person in any state, the newest first."""
        return [
            _REQUESTS.read(row)
            for row in await self._database.all(_OF_PERSON, {"user_id": user_id})
        ]

    async def open(self) -> Sequence[Correction]:
        """Return the open requests of all people in the order of their expiry."""
        return [
            _REQUESTS.read(row)
            for row in await self._database.all(_OPEN, {"now": self._database.now_ms})
        ]

    async def approve(
        self,
        correction: Correction,
        by: str,
        make: Callable[[str, Sequence[Punch]], Punch | None],
        *,
        targets: Sequence[str],
        language: Language,
    ) -> Decided:
        """Approve once, with the punch and its outbox rows.

        When `make` returns None, nothing is decided.
        """
        now_ms = self._database.now_ms
        punch_id = new_punch_id(self._database)

        def work(tx: Tx) -> Decided:
            day = correction.work_date
            a_day = timedelta(days=1)
            punch = make(
                punch_id, punches_between(tx, correction.user_id, day - a_day, day + a_day)
            )
            is_first = punch is not None and self._decide(
                tx, correction, CorrectionState.APPROVED, by
            )
            if punch is not None and is_first:
                write_punch(tx, punch, targets, now_ms)
                owe(tx, [receipt_of(punch, language)], now_ms, due_ms=now_ms + _TARGETS_ANSWER_MS)
                owe(tx, [Owed(Kind.OUTCOME, correction.reference, by)], now_ms)
                owe_adjustments(tx, punch.user_id, day, day, correction.reference, now_ms=now_ms)
            return _read(tx, correction), is_first

        return await self._database.write(self._database.if_ours(work), person=correction.user_id)

    async def close(
        self, correction: Correction, state: CorrectionState, by: str, answer: str = ""
    ) -> Decided:
        """Refuse or withdraw once. A refusal owes a note to the person who asked."""

        def work(tx: Tx) -> Decided:
            is_first = self._decide(tx, correction, state, by, answer)
            if is_first and by != correction.user_id:
                owe(
                    tx,
                    [Owed(Kind.CLOSED, correction.reference, correction.user_id)],
                    self._database.now_ms,
                )
            return _read(tx, correction), is_first

        return await self._database.write(self._database.if_ours(work), person=correction.user_id)

    async def expire(self) -> None:
        """Close expired requests, with a note to the person who asked. Call this every minute."""
        now_ms = self._database.now_ms

        def work(tx: Tx) -> None:
            expired = sorted(tx.all(_EXPIRE, {"now": now_ms}))
            owe(
                tx,
                [Owed(Kind.CLOSED, reference, user_id) for reference, user_id in expired],
                now_ms,
            )

        await self._database.write(work)

    def _decide(
        self, tx: Tx, correction: Correction, state: CorrectionState, by: str, answer: str = ""
    ) -> bool:
        """Store the decision. Return False when there is one already or the request has expired."""
        decision = {"to_state": state, "by": by, "answer": answer, "now": self._database.now_ms}
        return tx.one(_DECIDE, {"reference": correction.reference, **decision}) is not None


def _read(tx: Tx, correction: Correction) -> Correction:
    row = tx.one(_GET, {"reference": correction.reference})
    assert row is not None, "a request is never deleted"
    return _REQUESTS.read(row)
