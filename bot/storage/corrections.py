"""Requests for make-up punches: each is stored once, and each decision counts once."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from bot.domain.corrections import CROCKFORD, Correction, CorrectionState, MeantPunch, Obstacle
from bot.domain.messages import Kind, Owed
from bot.domain.punches import Punch
from bot.domain.slots import Days
from bot.storage.chain import owe_link
from bot.storage.database import TopicRows
from bot.storage.engine import Tx
from bot.storage.ledger import new_punch_id, write_punch
from bot.storage.months import locked_months, owe_adjustments
from bot.storage.outbox import OWE_AGAIN, owe, punch_of_message, punches_on
from bot.storage.records import Records, storable
from bot.storage.statements import insert
from bot.views.i18n import Language

_REQUESTS = Records(Correction, "corrections")
_SELECT = f"SELECT {_REQUESTS.sql()} FROM corrections"
_OPEN_NOW = "state = 'asked' AND expires_ms > :now"
_ASK = insert("corrections")
_GET = f"{_SELECT} WHERE reference = :reference"
_OF_PERSON = f"{_SELECT} WHERE user_id = :user_id ORDER BY asked_ms DESC, reference"
_OPEN = f"{_SELECT} WHERE {_OPEN_NOW} ORDER BY expires_ms"
_MAY_CHANGE = "state IN ('approved', 'refused')"
_DECIDE = f"""
    UPDATE corrections SET state = :to_state, decided_by = :by, decided_ms = :now, answer = :answer,
      stood_in_for = :stood_in_for, number = number + 1
    WHERE reference = :reference AND number = :seen AND state <> :to_state
      AND ({_OPEN_NOW} OR {_MAY_CHANGE}) RETURNING reference"""
_REPLACED = Records(Correction, "replaced_decisions")
_KEEP = f"""
    INSERT INTO replaced_decisions ({_REPLACED.sql()}) SELECT {_REPLACED.sql()} FROM corrections
    WHERE reference = :reference AND number = :seen AND state <> :to_state AND {_MAY_CHANGE}"""
_AS_DECIDED = ", ".join(
    f"replaced.{column}" if column in _REPLACED.columns else f"corrections.{column}"
    for column in _REQUESTS.columns
)
_EARLIER = f"""
    SELECT {_AS_DECIDED} FROM replaced_decisions AS replaced JOIN corrections
      ON corrections.reference = replaced.reference WHERE replaced.reference IN [:references]
    ORDER BY replaced.reference, replaced.number"""
_HOLD = (  # what nobody has begun to send
    """UPDATE outbox SET due_ms = NULL, owner = NULL
    WHERE kind = 'punch' AND about = :punch_id AND state = 'accepted' AND in_flight = 0"""
)
_RESUME = """
    UPDATE outbox SET due_ms = :now, tries = 0
    WHERE kind = 'punch' AND about = :punch_id AND state = 'accepted' AND due_ms IS NULL"""
_EXPIRE = """
    UPDATE corrections SET state = 'expired', decided_ms = expires_ms
    WHERE state = 'asked' AND expires_ms <= :now RETURNING reference, user_id"""

Decided = tuple[Correction, bool]  # the request after a decision, and whether this decision counts


class Corrections(TopicRows):
    """Requests for make-up punches and their decisions. Each call raises StoreRefused."""

    async def ask(
        self,
        user_id: str,
        message_id: str,
        decide: Callable[[Sequence[Correction]], MeantPunch | Obstacle],
        *,
        reason: str,
        now: datetime,
        deciders: Collection[str],
    ) -> Correction | Obstacle:
        """Decide by the earlier requests, and store a request, in one transaction, with a note to
        each of `deciders`.
        """
        reference = "C-" + "".join(self._database.random.choices(CROCKFORD, k=6))

        def work(tx: Tx) -> Correction | Obstacle:
            self._database.begin_effect(tx)
            earlier = _REQUESTS.read_all(tx.all(_OF_PERSON, user_id=user_id))
            for request in earlier:
                if request.message_id == storable(message_id):
                    return request
            meant = decide(earlier)
            if isinstance(meant, Obstacle):
                return meant
            request = meant.as_request(reference, user_id, message_id, reason=reason, now=now)
            tx.run(_ASK, **_REQUESTS.row(request))
            owe(tx, [Owed(Kind.ASKED, reference, lead) for lead in sorted(deciders)])
            return request

        return await self._database.write(work, person=user_id)

    async def get(self, reference: str) -> Correction | None:
        """Return a request, None for an unknown reference."""
        return _REQUESTS.read_first(await self._database.all(_GET, reference=reference))

    async def of_person(self, user_id: str) -> Sequence[Correction]:
        """Return all requests of a person in any state, the newest first."""
        return _REQUESTS.read_all(await self._database.all(_OF_PERSON, user_id=user_id))

    async def earlier(self, references: Sequence[str]) -> Sequence[Correction]:
        """Return these requests as they were after each replaced decision, in order."""
        return _REQUESTS.read_all(await self._database.all(_EARLIER, references=list(references)))

    async def open(self) -> Sequence[Correction]:
        """Return the open requests of all people in the order of their expiry."""
        return _REQUESTS.read_all(await self._database.all(_OPEN))

    async def approve(
        self,
        correction: Correction,
        by: str,
        make: Callable[[str, Sequence[Punch]], Punch | None],
        *,
        stood_in_for: Sequence[str] = (),
        targets: Sequence[str],
        language: Language,
    ) -> Decided:
        """Approve once, with the punch and its outbox rows, unless another decision came first.

        When `make` returns None, or a decision was made and the month is locked, nothing is
        decided. An earlier punch of the request counts again, and is sent to targets that it never
        went to.
        """
        punch_id = new_punch_id(self._database)

        def work(tx: Tx) -> Decided:
            self._database.begin_effect(tx)
            around = Days.around(correction.work_date)
            punch = make(punch_id, punches_on(tx, correction.user_id, around))
            is_first = punch is not None and self._decide(
                tx, correction, CorrectionState.APPROVED, by, stood_in_for=stood_in_for
            )
            if punch is not None and is_first:
                earlier = punch_of_message(tx, correction.punch_message_id)
                if earlier is not None:
                    tx.run(_RESUME, punch_id=earlier.punch_id)
                    owe_link(tx, earlier)
                else:
                    write_punch(tx, punch, targets, language)
                owe(tx, [Owed(Kind.OUTCOME, correction.reference, by)], OWE_AGAIN)
            (row,) = tx.all(_GET, reference=correction.reference)
            return _REQUESTS.read(row), is_first

        return await self._database.write(work, person=correction.user_id)

    async def close(
        self,
        correction: Correction,
        state: CorrectionState,
        by: str,
        answer: str = "",
        *,
        stood_in_for: Sequence[str] = (),
    ) -> Decided:
        """Refuse or withdraw once, unless another decision came first.

        A punch of an earlier approval counts no longer, and goes to no further target.
        """

        def work(tx: Tx) -> Decided:
            self._database.begin_effect(tx)
            is_first = self._decide(tx, correction, state, by, answer, stood_in_for=stood_in_for)
            punch = punch_of_message(tx, correction.punch_message_id) if is_first else None
            if punch is not None:
                tx.run(_HOLD, punch_id=punch.punch_id)
                owe_link(tx, punch)
                outcome = Owed(Kind.OUTCOME, correction.reference, by)
                owe(tx, [outcome], OWE_AGAIN)
            (row,) = tx.all(_GET, reference=correction.reference)
            return _REQUESTS.read(row), is_first

        return await self._database.write(work, person=correction.user_id)

    async def expire(self) -> None:
        """Close expired requests, with a note to the person who asked. Call this every minute."""

        def work(tx: Tx) -> None:
            expired = sorted(tx.all(_EXPIRE))
            owe(tx, [Owed(Kind.CLOSED, reference, user_id) for reference, user_id in expired])

        await self._database.write(work)

    def _decide(
        self,
        tx: Tx,
        correction: Correction,
        state: CorrectionState,
        by: str,
        answer: str = "",
        *,
        stood_in_for: Sequence[str],
    ) -> bool:
        """Store the decision, and owe notes. Return False if the request changed meanwhile, or if
        the month of a decided request is locked.

        A refusal, and each changed decision, owes a note to the asker and to who decided before.
        """
        reference = correction.reference
        days = Days(correction.work_date, correction.work_date)
        if correction.number and locked_months(tx, correction.user_id, days):
            return False
        key = {"reference": reference, "seen": correction.number, "to_state": state}
        tx.run(_KEEP, **key)
        decision = {**key, "by": by, "stood_in_for": list(stood_in_for), "answer": answer}
        if tx.one(_DECIDE, **decision) is None:
            return False
        earlier = map(_REQUESTS.read, tx.all(_EARLIER, references=[reference]))
        told = {request.decided_by for request in earlier if request.decided_by is not None}
        if told or state is not CorrectionState.APPROVED:
            told.add(correction.user_id)
        notes = [Owed(Kind.CLOSED, reference, who) for who in sorted(told - {by})]
        owe(tx, notes, OWE_AGAIN)
        if told or state is CorrectionState.APPROVED:
            cause = f"{reference}/{correction.number + 1}"
            owe_adjustments(tx, correction.user_id, days, cause)
        return True
