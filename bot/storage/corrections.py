"""Requests for make-up punches, and days that leads excused: asked once, decided once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.domain.absences import Excuse
from bot.domain.corrections import Correction, CorrectionState, Obstacle, new_reference
from bot.domain.outbox import Kind, Owed
from bot.domain.punches import Punch
from bot.storage.database import TopicRows
from bot.storage.engine import Tx
from bot.storage.ledger import new_punch_id, write_punch
from bot.storage.outbox import owe, punches_between, receipt_of
from bot.storage.statements import Rows, Statement, insert, storable
from bot.storage.tables import corrections, excuse_decisions
from bot.views.reply import Language

_TARGETS_ANSWER_MS = 3_000  # until then nobody is told of an approved punch; it is the patience of a receipt

_REQUESTS = Rows(Correction, corrections)
_SELECT = f"SELECT {_REQUESTS.sql()} FROM corrections"
_OPEN_NOW = "state = 'asked' AND expires_ms > :now"
_ASK = Statement(insert(corrections))
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

_EXCUSES = Rows(Excuse, excuse_decisions)
_EXCUSE = Statement(insert(excuse_decisions))
_LAST = Statement(
    f"""SELECT {_EXCUSES.sql()} FROM excuse_decisions WHERE user_id = :user_id AND work_date = :day
    ORDER BY number DESC LIMIT 1"""
)
_BETWEEN = Statement(
    f"""SELECT {_EXCUSES.sql()} FROM excuse_decisions
    WHERE work_date BETWEEN :first AND :last AND user_id IN [:user_ids] ORDER BY user_id, work_date, number"""
)


Decided = tuple[Correction, bool]  # a request as it stands, and whether this decision is the one that counts


class Corrections(TopicRows):
    """Requests for make-up punches and their decisions. Each call raises StoreRefused."""

    async def ask(
        self,
        user_id: str,
        message_id: str,
        decide: Callable[[str, Sequence[Correction]], Correction | Obstacle],
        *,
        told: Collection[str],
    ) -> Correction | Obstacle:
        """Decide and store in one transaction, with a note to each of `told`."""
        reference = new_reference(self._database.random)

        def work(tx: Tx) -> Correction | Obstacle:
            earlier = [_REQUESTS.read(row) for row in tx.all(_OF_PERSON, {"user_id": user_id})]
            again = next((one for one in earlier if one.message_id == storable(message_id)), None)
            if again is not None:
                return again
            found = decide(reference, earlier)
            if isinstance(found, Correction):
                tx.run(_ASK, _REQUESTS.row(found))
                owe(tx, [Owed(Kind.ASKED, reference, lead) for lead in sorted(told)], self._database.now_ms)
            return found

        return await self._database.write(self._database.if_ours(work), person=user_id)

    async def get(self, reference: str) -> Correction | None:
        """Return a request, None for a reference that nobody has."""
        row = await self._database.one(_GET, {"reference": reference})
        return None if row is None else _REQUESTS.read(row)

    async def of_person(self, user_id: str) -> Sequence[Correction]:
        """Return all requests of a person, in any state."""
        return [_REQUESTS.read(row) for row in await self._database.all(_OF_PERSON, {"user_id": user_id})]

    async def open(self) -> Sequence[Correction]:
        """Return everybody's open requests, those that expire first in front."""
        return [_REQUESTS.read(row) for row in await self._database.all(_OPEN, {"now": self._database.now_ms})]

    async def approve(
        self,
        correction: Correction,
        by: str,
        make: Callable[[str, Sequence[Punch]], Punch | None],
        *,
        targets: Sequence[str],
        language: Language,
    ) -> Decided:
        """Approve once, with the new punch and all that is owed for it in the same transaction.

        Where `make` returns None nothing is decided.
        """
        now_ms, punch_id = self._database.now_ms, new_punch_id(self._database)

        def work(tx: Tx) -> Decided:
            day, a_day = correction.work_date, timedelta(days=1)
            punch = make(punch_id, punches_between(tx, correction.user_id, day - a_day, day + a_day))
            is_first = punch is not None and self._decide(tx, correction, CorrectionState.APPROVED, by)
            if punch is not None and is_first:
                write_punch(tx, punch, targets, now_ms)
                owe(tx, [receipt_of(punch, language)], now_ms, due_ms=now_ms + _TARGETS_ANSWER_MS)
                owe(tx, [Owed(Kind.OUTCOME, correction.reference, by)], now_ms)
            return _read(tx, correction), is_first

        return await self._database.write(self._database.if_ours(work), person=correction.user_id)

    async def close(self, correction: Correction, state: CorrectionState, by: str, answer: str = "") -> Decided:
        """Refuse or withdraw once. The asker is owed a note of a refusal."""

        def work(tx: Tx) -> Decided:
            is_first = self._decide(tx, correction, state, by, answer)
            if is_first and by != correction.user_id:
                owe(tx, [Owed(Kind.CLOSED, correction.reference, correction.user_id)], self._database.now_ms)
            return _read(tx, correction), is_first

        return await self._database.write(self._database.if_ours(work), person=correction.user_id)

    async def expire(self) -> None:
        """Close what nobody decided in time, with a note to the asker; to be called every minute."""
        now_ms = self._database.now_ms

        def work(tx: Tx) -> None:
            expired = sorted(tx.all(_EXPIRE, {"now": now_ms}))
            owe(tx, [Owed(Kind.CLOSED, reference, user_id) for reference, user_id in expired], now_ms)

        await self._database.write(work)

    def _decide(self, tx: Tx, correction: Correction, state: CorrectionState, by: str, answer: str = "") -> bool:
        """Win the decision; False when it was made already, or it is too late for one."""
        decision = {"to_state": state, "by": by, "answer": answer, "now": self._database.now_ms}
        return tx.one(_DECIDE, {"reference": correction.reference, **decision}) is not None


class Excuses(TopicRows):
    """Days that leads excused: a row for each decision, never changed. Each call raises StoreRefused."""

    async def put(self, said: Excuse) -> tuple[Excuse | None, bool]:
        """Store a lead's decision and owe the person a note of it, if it changes anything.

        Return the last decision on that day, and whether it is this one.
        """

        def work(tx: Tx) -> tuple[Excuse | None, bool]:
            last = _last(tx, said.user_id, said.work_date)
            if said.excused is (last is not None and last.excused):
                return last, False
            fresh = replace(said, reason=storable(said.reason), number=last.number + 1 if last else 1)
            tx.run(_EXCUSE, _EXCUSES.row(fresh))
            about = f"{fresh.work_date.isoformat()}/{fresh.number}"
            owe(tx, [Owed(Kind.EXCUSED, about, fresh.user_id)], self._database.now_ms)
            return fresh, True

        return await self._database.write(self._database.if_ours(work), person=said.user_id)

    async def last(self, user_id: str, work_date: date) -> Excuse | None:
        """Return the last decision on a day, None without one."""
        return await self._database.read(lambda tx: _last(tx, user_id, work_date))

    async def between(self, user_ids: Sequence[str], first: date, last: date) -> Sequence[Excuse]:
        """Return the excuses that hold of these people for `first` to `last`."""
        rows = await self._database.of_people(_BETWEEN, user_ids, {"first": first, "last": last})
        last_of = {(one.user_id, one.work_date): one for one in map(_EXCUSES.read, rows)}
        return [one for one in last_of.values() if one.excused]


def _read(tx: Tx, correction: Correction) -> Correction:
    row = tx.one(_GET, {"reference": correction.reference})
    assert row is not None, "a request is never deleted"
    return _REQUESTS.read(row)


def _last(tx: Tx, user_id: str, work_date: date) -> Excuse | None:
    row = tx.one(_LAST, {"user_id": user_id, "day": work_date})
    return None if row is None else _EXCUSES.read(row)
