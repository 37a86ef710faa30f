"""What the database holds of one person: each table that names people, and what is counted of it."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, literal, not_, or_, select

from bot.clock import from_ms
from bot.domain.outbox import NOTES, Kind
from bot.domain.privacy import Held
from bot.domain.sites import LocationSource
from bot.storage import tables
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.statements import Statement, storable


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
_named = tables.punch_locations.c.source == LocationSource.NAMED.value

TOPICS = (
    Topic("punches", tables.punches, ("user_id",), "work_date"),
    Topic("positions", tables.punch_locations, only=not_(_named)),
    Topic("named_places", tables.punch_locations, only=_named),
    Topic("deliveries", tables.deliveries),
    Topic("receipts", tables.outbox, only=tables.outbox.c.kind == Kind.RECEIPT.value),
    Topic("claims", tables.check_point_claims, ("user_id",), "work_date"),
    # Of an answered message its id stays, which no index finds by person: that is told without a count.
    Topic("messages", tables.inbox, ("person",), "received_ms", only=_unanswered),
    Topic("buttons", tables.buttons, ("user_id",), "asked_ms"),
    Topic("phrases", tables.phrases, ("user_id",), "last_ms"),
    Topic("plans", tables.plans, ("user_id",), "work_date"),
    Topic("reminders", tables.reminders, ("user_id",), "work_date"),
    Topic("absences", tables.absences, ("user_id",), "starts_ms"),
    Topic("absence_readings", tables.absence_readings, ("user_id",), "starts_ms"),
    Topic("native_punches", tables.native_punches, ("user_id",), "punched_ms"),
    Topic("corrections", tables.corrections, ("user_id",), "work_date"),
    Topic("decisions", tables.corrections, ("decided_by",), "work_date"),
    Topic("excuses", tables.excuse_decisions, ("user_id",), "work_date"),
    Topic("excused", tables.excuse_decisions, ("decided_by",), "work_date"),
    Topic("nudged", tables.nudges, ("lead",), "work_date"),
    Topic("nudges", tables.nudges, ("user_id",), "work_date"),
    Topic("notes", tables.outbox, ("recipient",), only=tables.outbox.c.kind.in_(map(literal, NOTES))),
    Topic("readings", tables.day_readings, ("user_id",), "work_date"),
    Topic("links", tables.links, ("user_id",)),
    Topic("tap_questions", tables.tap_questions, ("user_id",)),
    Topic("phones", tables.phones, ("user_id",), "first_ms"),
    Topic("flags", tables.outbox, only=tables.outbox.c.kind == Kind.FLAG.value),
    Topic("wrong_references", tables.wrong_references, ("user_id",), "hour_ms"),
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
        of_person = select(tables.punches.c.punch_id).where(tables.punches.c.user_id == bindparam("user_id"))
        theirs = (columns.about if topic.table is tables.outbox else columns.punch_id).in_(of_person)
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
        this = {"user_id": storable(user_id), "asked_by": storable(asked_by)}

        def work(tx: Tx) -> Mapping[str, Held]:
            return {name: _held(tx.one(statement, this)) for name, statement in _COUNTS.items()}

        return await self._database.read(work)


def _held(row: Row | None) -> Held:
    count, *span = row or (0,)
    return Held(count, *(_day(value) for value in span if value is not None))


def _day(value: object) -> str:
    return value if isinstance(value, str) else f"{from_ms(int(str(value))):%Y-%m-%d}"
