"""What the database holds of one person, and removing what is only kept for a while."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)

from bot.clock import from_ms
from bot.domain.outbox import NOTES, Kind
from bot.domain.privacy import Held
from bot.domain.reminders import ReminderKind
from bot.domain.sites import LocationSource
from bot.storage import tables
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.punches import delivers, is_under_way
from bot.storage.statements import Statement, forget
from bot.storage.tables import buttons, outbox, people, phones, punch_locations, punches, tap_questions


class Topic(NamedTuple):
    """Rows of one table that are about a person: by `columns` that hold user ids, else by the punch they go with.

    `since` is the column from which their first and last day are told. `only` names those rows that count.
    """

    name: str
    table: Table
    columns: tuple[str, ...] = ()
    since: str | None = None
    only: ColumnElement[bool] | None = None


_unanswered = and_(tables.inbox.c.finished_ms.is_(None), tables.inbox.c.message_id != bindparam("asked_by"))


def _is_of(kinds: Iterable[str]) -> ColumnElement[bool]:
    return tables.outbox.c.kind.in_([literal(str(kind)) for kind in kinds])


_named = punch_locations.c.source == LocationSource.NAMED.value

TOPICS = (
    Topic("punches", tables.punches, ("user_id",), "work_date"),
    Topic("positions", tables.punch_locations, only=not_(_named)),
    Topic("named_places", tables.punch_locations, only=_named),
    Topic("deliveries", tables.outbox, only=tables.outbox.c.kind == Kind.PUNCH.value),
    Topic("receipts", tables.outbox, only=tables.outbox.c.kind == Kind.RECEIPT.value),
    Topic("claims", tables.check_point_claims, ("user_id",), "work_date"),
    # Of an answered message its id stays, which no index finds by person: that is told without a count.
    Topic("messages", tables.inbox, ("person",), "received_ms", only=_unanswered),
    Topic("buttons", tables.buttons, ("user_id",), "asked_ms"),
    Topic("plans", tables.plans, ("user_id",), "work_date"),
    Topic("reminders", tables.outbox, ("recipient",), "moment_ms", only=_is_of(ReminderKind)),
    Topic("absences", tables.absences, ("user_id",), "starts_ms"),
    Topic("absence_readings", tables.absence_readings, ("user_id",), "starts_ms"),
    Topic("native_punches", tables.native_punches, ("user_id",), "punched_ms"),
    Topic("corrections", tables.corrections, ("user_id",), "work_date"),
    Topic("decisions", tables.corrections, ("decided_by",), "work_date"),
    Topic("excuses", tables.excuse_decisions, ("user_id",), "work_date"),
    Topic("excused", tables.excuse_decisions, ("decided_by",), "work_date"),
    Topic("nudged", tables.nudges, ("lead",), "work_date"),
    Topic("nudges", tables.nudges, ("user_id",), "work_date"),
    Topic("notes", tables.outbox, ("recipient",), only=_is_of(NOTES)),
    Topic("readings", tables.day_readings, ("user_id",), "work_date"),
    Topic("links", tables.links, ("user_id",)),
    Topic("tap_questions", tables.tap_questions, ("user_id",)),
    Topic("phones", tables.phones, ("user_id",), "first_ms"),
    Topic("flags", tables.outbox, only=tables.outbox.c.kind == Kind.FLAG.value),
    Topic("digest_wishes", tables.digest_wishes, ("user_id",)),
    Topic("position_notices", tables.position_notices, ("user_id",), "told_ms"),
    Topic("seals", tables.ledger_chain),
    Topic("unsealed", tables.ledger_unsealed),
)


def _statement(topic: Topic) -> Statement:
    columns = topic.table.c
    span = [func.min(columns[topic.since]), func.max(columns[topic.since])] if topic.since else []
    theirs: ColumnElement[bool]
    if topic.columns:
        theirs = or_(*(columns[name] == bindparam("user_id") for name in topic.columns))
    else:
        of_person = select(punches.c.punch_id).where(punches.c.user_id == bindparam("user_id"))
        theirs = (columns.about if topic.table is outbox else columns.punch_id).in_(of_person)
    query = select(func.count(), *span).select_from(topic.table).where(theirs)
    return Statement(query if topic.only is None else query.where(topic.only))


_COUNTS = {topic.name: _statement(topic) for topic in TOPICS}


class StoredRows:
    """What there is of one person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def held(self, user_id: str, *, asked_by: str = "") -> Mapping[str, Held]:
        """Return by topic what there is of one person, of one moment; the message `asked_by` is being answered.

        Raises StoreRefused.
        """
        this = {"user_id": user_id, "asked_by": asked_by}

        def work(tx: Tx) -> Mapping[str, Held]:
            return {name: _held(tx.one(statement, this)) for name, statement in _COUNTS.items()}

        return await self._database.read(work)


def _held(row: Row | None) -> Held:
    count, *span = row or (0,)
    return Held(count, *(_day(value) for value in span if value is not None))


def _day(value: object) -> str:
    return value if isinstance(value, str) else f"{from_ms(int(str(value))):%Y-%m-%d}"


_of_punch = punches.c.punch_id == punch_locations.c.punch_id
_settled = ~exists().where(delivers(punch_locations.c.punch_id), is_under_way)
_OLD = forget(punch_locations, exists().where(_of_punch, punches.c.punched_ms < bindparam("before")), _settled)
_OF_SOMEBODY = forget(
    punch_locations,
    punch_locations.c.punch_id.in_(select(punches.c.punch_id).where(punches.c.user_id == bindparam("who"))),
    _settled,
)
_of = bindparam("who", type_=Text)
_KNOWN = [Statement(select(one.c.user_id).where(one.c.user_id == _of).limit(1)) for one in (people, punches)]
_FRAMES = forget(tables.quarantine, tables.quarantine.c.at_ms < bindparam("before"))
_BUTTONS = forget(buttons, buttons.c.expires_ms < bindparam("before"))  # one may hold a position that was typed
_TAP_QUESTIONS = forget(tap_questions, tap_questions.c.expires_ms < bindparam("before"))
_PHONES = forget(phones, phones.c.last_ms < bindparam("before"))
_BESIDE = [Statement(delete(one).where(one.c.user_id == _of)) for one in (buttons, tap_questions, phones)]


class Retention:
    """Removing what is only kept for a while, in small steps. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget_positions(self, before: datetime) -> int:
        """Delete the positions of punches made before `before`, and return of how many.

        Site, distance and the digest stay in the ledger, so that its chain still holds.
        """
        return await self._database.forget(_OLD, {"before": before})

    async def knows(self, user_id: str) -> bool:
        """Tell whether somebody by this id was ever read from DingTalk, or punched."""
        return await self._database.read(lambda tx: any(tx.one(one, {"who": user_id}) for one in _KNOWN))

    async def forget_positions_of(self, user_id: str) -> int:
        """Delete the positions of one person's punches, and return how many.

        The position of a punch that is still to be sent stays: it is sent with it. The person's phones and buttons
        are forgotten, too.
        """
        for statement in _BESIDE:
            await self._database.run(statement, {"who": user_id}, person=user_id)
        return await self._database.forget(_OF_SOMEBODY, {"who": user_id})

    async def forget_phones(self, before: datetime) -> int:
        """Forget the phones nobody has punched from since `before`; return how many."""
        return await self._database.forget(_PHONES, {"before": before})

    async def forget_what_was_asked(self, before: datetime) -> None:
        """Delete the buttons and tap questions that expired before `before`."""
        await self._database.forget(_BUTTONS, {"before": before})
        await self._database.forget(_TAP_QUESTIONS, {"before": before})

    async def forget_frames(self, before: datetime) -> int:
        """Delete heads of unreadable frames kept before `before`; return of how many."""
        return await self._database.forget(_FRAMES, {"before": before})
