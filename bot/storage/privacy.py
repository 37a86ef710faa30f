"""What the database holds of one person, and removing what is only kept for a while."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.clock import from_ms
from bot.domain.outbox import NOTES, Kind
from bot.domain.reminders import ReminderKind
from bot.storage.database import Database
from bot.storage.statements import Statement, prune
from bot.storage.tables import metadata

REMINDERS_DAYS = 70  # a month's digest has the date of its first day, and is not to come twice
READINGS_DAYS = 400  # plans, absences, others' punches: summaries reach back a year, DingTalk less
TOLD_DAYS = 30  # receipts, notes, flags and alerts; an open request for a make-up punch is a week old at most


@dataclass(frozen=True, slots=True)
class Held:
    """How many rows there are of one kind, and from when to when: ISO dates, empty where rows have no day."""

    count: int
    first: str = ""
    last: str = ""


NONE_HELD = Held(0)


class Topic(NamedTuple):
    """Rows of one table about the person `:user_id`, and the column that tells their first and last day."""

    name: str
    table: str
    which: str
    since: str = "NULL"


def _kinds(kinds: Iterable[str]) -> str:
    return f"kind IN ({', '.join(repr(str(kind)) for kind in kinds)})"


_OWN = "user_id = :user_id"
_PUNCHES = "(SELECT punch_id FROM punches WHERE user_id = :user_id)"
_OF_PUNCHES, _ABOUT_PUNCHES = f"punch_id IN {_PUNCHES}", f"about IN {_PUNCHES}"
_REMINDERS = _kinds(ReminderKind)
TOPICS = (
    Topic("punches", "punches", _OWN, "work_date"),
    Topic("positions", "punch_locations", f"{_OF_PUNCHES} AND source <> 'named'"),
    Topic("named_places", "punch_locations", f"{_OF_PUNCHES} AND source = 'named'"),
    Topic("deliveries", "outbox", f"kind = 'punch' AND {_ABOUT_PUNCHES}"),
    Topic("receipts", "outbox", f"kind = 'receipt' AND {_ABOUT_PUNCHES}"),
    Topic("flags", "outbox", f"kind = 'flag' AND {_ABOUT_PUNCHES}"),
    # The id of an answered message stays, which no index finds by person: that is told without a count.
    Topic(
        "messages",
        "inbox",
        "person = :user_id AND finished_ms IS NULL AND message_id <> :asked_by",
        "received_ms",
    ),
    Topic("buttons", "buttons", _OWN, "asked_ms"),
    Topic("plans", "plans", _OWN, "work_date"),
    Topic("reminders", "outbox", f"{_REMINDERS} AND recipient = :user_id", "moment_ms"),
    Topic("nudged", "outbox", "kind = 'nudge' AND substr(payload, 15) = :user_id", "moment_ms"),
    Topic("absences", "absences", _OWN, "starts_ms"),
    Topic("native_punches", "native_punches", _OWN, "punched_ms"),
    Topic("corrections", "corrections", _OWN, "work_date"),
    Topic("decisions", "corrections", "decided_by = :user_id", "work_date"),
    Topic("excuses", "excuse_decisions", _OWN, "work_date"),
    Topic("excused", "excuse_decisions", "decided_by = :user_id", "work_date"),
    Topic("notes", "outbox", f"{_kinds(NOTES)} AND recipient = :user_id"),
    Topic("readings", "day_readings", _OWN, "work_date"),
    Topic("position_notices", "position_notices", _OWN, "told_ms"),
    Topic("seals", "ledger_chain", _OF_PUNCHES),
    Topic("unsealed", "ledger_unsealed", _OF_PUNCHES),
)
_COUNT = "SELECT '{0.name}', COUNT(*), CAST(MIN({0.since}) AS TEXT), CAST(MAX({0.since}) AS TEXT)"
_HELD = Statement(
    " UNION ALL ".join(f"{_COUNT.format(topic)} FROM {topic.table} WHERE {topic.which}" for topic in TOPICS)
)


class StoredRows:
    """What there is of one person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def held(self, user_id: str, *, asked_by: str = "") -> Mapping[str, Held]:
        """Return by topic what there is of one person; the message `asked_by` is being answered.

        Raises StoreRefused.
        """
        rows = await self._database.all(_HELD, {"user_id": user_id, "asked_by": asked_by})
        return {topic: Held(count, *(_day(value) for value in span if value)) for topic, count, *span in rows}


def _day(text: str) -> str:
    return text if "-" in text else f"{from_ms(int(text)):%Y-%m-%d}"


class Kept(NamedTuple):
    """Rows of one table that go: `old` compares with `:moment` (ms) or `:day`, which are `days` ago.

    Without `days` it is as long as positions are kept.
    """

    table: str
    old: str
    days: float | None = None


_MESSAGES = (Kind.RECEIPT, Kind.FLAG, Kind.ALERT, *NOTES)
_IS_SENT = """NOT EXISTS (SELECT 1 FROM outbox WHERE kind = 'punch' AND about = punch_locations.punch_id
    AND due_ms + 0 IS NOT NULL)"""  # by the bare column it would walk through all that is owed
_KEPT = (
    Kept(
        "punch_locations",
        f"""EXISTS (SELECT 1 FROM punches WHERE punches.punch_id = punch_locations.punch_id
            AND punched_ms < :moment) AND {_IS_SENT}""",
    ),
    Kept("outbox", f"{_REMINDERS} AND about < :day", REMINDERS_DAYS),
    Kept("outbox", f"{_kinds(_MESSAGES)} AND due_ms IS NULL AND moment_ms < :moment", TOLD_DAYS),
    Kept("plans", "work_date < :day", READINGS_DAYS),
    Kept("day_readings", "work_date < :day", READINGS_DAYS),
    Kept("absences", "ends_ms < :moment", READINGS_DAYS),
    Kept("native_punches", "punched_ms < :moment", READINGS_DAYS),
    Kept("buttons", "expires_ms < :moment", 0),  # one may hold a position that was typed
)
_PRUNE = [(kept, Statement(prune(metadata.tables[kept.table], kept.old))) for kept in _KEPT]
_PRUNE_POSITIONS = Statement(prune(metadata.tables["punch_locations"], f"{_OF_PUNCHES} AND {_IS_SENT}"))
_KNOWN = Statement(
    """SELECT 1 WHERE EXISTS (SELECT 1 FROM people WHERE user_id = :user_id)
      OR EXISTS (SELECT 1 FROM punches WHERE user_id = :user_id)"""
)
_FORGET_BUTTONS = Statement("DELETE FROM buttons WHERE user_id = :user_id")


class Retention:
    """Removing what is only kept for a while, in small steps. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def purge(self, now: datetime, positions: timedelta) -> Mapping[str, int]:
        """Delete what is old, positions those of `positions` ago; return how many rows of each table went.

        Site, distance and digest of a punch stay in the ledger, so that its chain still holds.
        """
        gone: dict[str, int] = {}
        for kept, statement in _PRUNE:
            before = now - (positions if kept.days is None else timedelta(days=kept.days))
            count = await self._database.forget(statement, {"moment": before, "day": before.date()})
            gone[kept.table] = gone.get(kept.table, 0) + count
        return gone

    async def knows(self, user_id: str) -> bool:
        """Tell whether somebody by this id was ever read from DingTalk, or punched."""
        return await self._database.one(_KNOWN, {"user_id": user_id}) is not None

    async def forget_positions_of(self, user_id: str) -> int:
        """Delete the positions of one person's punches, and return how many; their buttons go, too.

        The position of a punch that is still to be sent stays: it is sent with it.
        """
        await self._database.run(_FORGET_BUTTONS, {"user_id": user_id}, person=user_id)
        return await self._database.forget(_PRUNE_POSITIONS, {"user_id": user_id})
