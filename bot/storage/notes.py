"""Notes that people are owed about corrections and excuses: each row is told at least once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, bindparam, exists, insert, literal, select, tuple_, update

from bot.clock import to_ms
from bot.domain.corrections import PUNCH_MESSAGE
from bot.storage.database import Database, bring_near, ownerless
from bot.storage.engine import Row, Tx
from bot.storage.statements import Statement, values
from bot.storage.tables import deliveries, notes, punches


class NoteKind(StrEnum):
    """What a note is for."""

    ASKED = "asked"  # a lead: one of their people asks for a make-up punch
    CLOSED = "closed"  # who asked: it was refused, or it expired
    OUTCOME = "outcome"  # who approved: what the targets made of it
    EXCUSED = "excused"  # somebody: a lead excused a day of theirs, or took that back


@dataclass(frozen=True, slots=True)
class Note:
    """What `user_id` is owed a word about: a correction's reference, or the day and number of an excuse.

    The latter as in `2026-11-24/1`.
    """

    about: str
    kind: NoteKind
    user_id: str
    tries: int = 0


def owe(tx: Tx, note: Note, due_ms: int) -> None:
    """Write that somebody is to be told something, in the transaction that makes it so."""
    tx.run(_OWE, {"about": note.about, "kind": note.kind.value, "user_id": note.user_id, "due_ms": due_ms})


def owe_once(tx: Tx, owed: Sequence[Note], due_ms: int) -> None:
    """Write that people are to be told something, but for those who are or were owed the same note already."""
    rows = [{"about": one.about, "kind": one.kind.value, "user_id": one.user_id} for one in owed]
    tx.many(_OWE_ONCE, [{**row, "due_ms": due_ms} for row in rows])


_KEY = (notes.c.about, notes.c.kind, notes.c.user_id)
_this = and_(
    notes.c.about == bindparam("this"), notes.c.kind == bindparam("of_kind"), notes.c.user_id == bindparam("to")
)
_under_way = and_(
    notes.c.kind == NoteKind.OUTCOME.value,
    exists().where(
        punches.c.message_id == literal(PUNCH_MESSAGE) + notes.c.about,
        deliveries.c.punch_id == punches.c.punch_id,
        deliveries.c.next_ms.is_not(None),
    ),
)

_OWE = Statement(insert(notes).values(**values(notes, "about", "kind", "user_id", "due_ms"), tries=0).inline())
_OWE_ONCE = Statement(
    lambda insert: (
        insert(notes)
        .values(**values(notes, "about", "kind", "user_id", "due_ms"), tries=0)
        .on_conflict_do_nothing()
    )
)
_BRING_NEAR = bring_near(notes.c.due_ms)
_TAKE = Statement(
    update(notes)
    .values(owner=bindparam("me"))
    .where(
        tuple_(*_KEY).in_(
            select(*_KEY)
            .where(notes.c.due_ms <= bindparam("now"), ownerless(notes), ~_under_way)
            .order_by(notes.c.due_ms)
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(notes.c.due_ms, *_KEY, notes.c.tries)
)
_TOLD = Statement(update(notes).values(due_ms=None, owner=None).where(_this))
_POSTPONE = Statement(
    update(notes)
    .values(due_ms=bindparam("until"), owner=None, tries=notes.c.tries + 1)
    .where(_this, notes.c.due_ms.is_not(None))
)


class Notes:
    """What people are still to be told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(self, now: datetime, limit: int) -> Sequence[Note]:
        """Claim notes that are due, the longest due first; an outcome once it is settled. Raises StoreRefused."""
        params = {"me": self._database.owner, "now": to_ms(now), "limit": limit}

        def work(tx: Tx) -> Sequence[Note]:
            tx.run(_BRING_NEAR, {"now": params["now"]})
            return [_note(row) for row in sorted(tx.all(_TAKE, params))]

        return await self._database.claim(work)

    async def told(self, note: Note) -> None:
        """Note that this was told. Raises StoreRefused."""
        await self._database.write(lambda tx: tx.run(_TOLD, _key(note)))

    async def postpone(self, note: Note, until: datetime) -> None:
        """Release the claim until `until`, one try more. Raises StoreRefused."""
        params = {**_key(note), "until": to_ms(until)}
        await self._database.write(lambda tx: tx.run(_POSTPONE, params))


def _key(note: Note) -> dict[str, object]:
    return {"this": note.about, "of_kind": note.kind.value, "to": note.user_id}


def _note(row: Row) -> Note:
    _, about, kind, user_id, tries = row
    return Note(about, NoteKind(kind), user_id, tries)
