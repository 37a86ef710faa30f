"""The rows about one person, and retention."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.clock import from_ms
from bot.storage.database import TopicRows
from bot.storage.records import pack
from bot.storage.statements import Statement, prune

CARD_DAYS = 7
TOLD_DAYS = 30  # sent messages; an open request for a make-up punch is at most a week old


@dataclass(frozen=True, slots=True)
class Held:
    """The number of rows, and their first and last day as ISO dates, empty for rows without a day."""

    count: int
    first: str = ""
    last: str = ""


class Topic(NamedTuple):
    """Rows of one table about the person `:user_id`, and the column of their day."""

    name: str
    table: str
    which: str = "user_id = :user_id"
    since: str = "NULL"


_PUNCHES = "(SELECT punch_id FROM punches WHERE user_id = :user_id)"
_TOLD = f"""kind <> 'punch' AND (recipient = :user_id OR about IN {_PUNCHES}
    OR kind = 'nudge' AND substr(payload, 15) = :user_id)"""
_NAMED = "REPLACE(user_ids, :quoted, '') <> user_ids"  # `:quoted` is the user id as JSON
_OPEN_MESSAGES = "person = :user_id AND finished_ms IS NULL AND message_id <> :asked_by"
TOPICS = (
    Topic("punches", "punches", since="work_date"),
    Topic("corrections", "corrections", since="work_date"),
    Topic("decisions", "corrections", "decided_by = :user_id", "work_date"),
    Topic("excuses", "excuse_decisions", since="work_date"),
    Topic("excused", "excuse_decisions", "decided_by = :user_id", "work_date"),
    Topic("months", "month_steps", since="month"),
    Topic("month_decisions", "month_steps", "actor = :user_id AND user_id <> :user_id", "month"),
    Topic("positions", "punch_locations", f"punch_id IN {_PUNCHES}"),
    Topic("told", "outbox", _TOLD, "moment_ms"),
    # An answered message keeps its id and person, but no index finds it by person.
    Topic("messages", "inbox", _OPEN_MESSAGES, "received_ms"),
    Topic("buttons", "buttons", since="asked_ms"),
    Topic("cards", "cards", _NAMED, "sent_ms"),
    Topic("plans", "plans", since="work_date"),
    Topic("memberships", "memberships"),
    Topic("absences", "absences", since="starts_ms"),
    Topic("native_punches", "native_punches", since="punched_ms"),
)
_COUNT = (
    "SELECT '{0.name}', COUNT(*), CAST(MIN({0.since}) AS TEXT), CAST(MAX({0.since}) AS TEXT) "
    "FROM {0.table}"
)
_HELD = Statement(
    " UNION ALL ".join(f"{_COUNT.format(topic)} WHERE {topic.which}" for topic in TOPICS)
)

# Old rows by table, and their days; `:moment` in ms and `:day` are so long ago. The two words
# stand for days of the configuration.
_IS_SENT = """NOT EXISTS (SELECT 1 FROM outbox WHERE kind = 'punch' AND about = punch_locations.punch_id
    AND due_ms + 0 IS NOT NULL)"""  # with the bare column it would scan all rows that are due
_OLD_POSITIONS = f"""EXISTS (SELECT 1 FROM punches WHERE punches.punch_id = punch_locations.punch_id
    AND punched_ms < :moment) AND {_IS_SENT}"""
_KEPT: tuple[tuple[str, str, int | Literal["positions", "readings"]], ...] = (
    ("punch_locations", _OLD_POSITIONS, "positions"),
    ("outbox", "kind <> 'punch' AND due_ms IS NULL AND moment_ms < :moment", TOLD_DAYS),
    ("plans", "work_date < :day", "readings"),
    ("day_readings", "work_date < :day", "readings"),
    ("absences", "ends_ms < :moment", "readings"),
    ("native_punches", "punched_ms < :moment", "readings"),
    ("memberships", "until_ms < :moment", "readings"),
    ("cards", "sent_ms < :moment", CARD_DAYS),
    ("buttons", "expires_ms < :moment", 0),  # a button may hold a typed position
)
_PRUNE = [(table, days, Statement(prune(table, old))) for table, old, days in _KEPT]
_PRUNE_POSITIONS = Statement(prune("punch_locations", f"punch_id IN {_PUNCHES} AND {_IS_SENT}"))
_KNOWN = Statement(
    """SELECT 1 WHERE EXISTS (SELECT 1 FROM people WHERE user_id = :user_id)
      OR EXISTS (SELECT 1 FROM punches WHERE user_id = :user_id)"""
)
_FORGET_BUTTONS = Statement("DELETE FROM buttons WHERE user_id = :user_id")
# A lead's button names a missing person.
_LEAVE_CARDS = Statement(
    f"""UPDATE cards SET user_ids = REPLACE(user_ids, :quoted, '""'), waiting = REPLACE(waiting, :quoted, '""'),
        says = REPLACE(says, :nudged, '"')
    WHERE {_NAMED} OR REPLACE(says, :nudged, '') <> says"""
)


class Privacy(TopicRows):
    """The rows about people, and retention in small steps. Each call raises StoreRefused."""

    async def count_rows(self, user_id: str, *, asked_by: str = "") -> Mapping[str, Held]:
        """Return the rows about one person by topic, without the message `asked_by`, which asks for
        them.
        """
        params = {"user_id": user_id, "quoted": pack(user_id), "asked_by": asked_by}
        rows = await self._database.all(_HELD, params)
        return {
            name: Held(count, *(_day(day) for day in span if day))
            for name, count, *span in rows
            if count
        }

    async def purge(
        self, now: datetime, positions: timedelta, readings: timedelta
    ) -> Mapping[str, int]:
        """Delete old rows, positions older than `positions`, and plans, leave, external punches and
        memberships older than `readings`. Return the number of deleted rows by table.

        The ledger keeps site, distance and digest of a punch, so that its chain holds.
        """
        gone: dict[str, int] = {}
        ages = {"positions": positions, "readings": readings}
        for table, kept, statement in _PRUNE:
            before = now - (timedelta(days=kept) if isinstance(kept, int) else ages[kept])
            gone[table] = await self._database.forget(
                statement, {"moment": before, "day": before.date()}
            )
        return gone

    async def knows(self, user_id: str) -> bool:
        """Return whether this person was ever read from DingTalk or has punched."""
        return await self._database.one(_KNOWN, {"user_id": user_id}) is not None

    async def forget_positions_of(self, user_id: str) -> int:
        """Delete one person's sent positions, buttons and cards.

        Return the number of deleted positions.
        """
        await self._database.run(_FORGET_BUTTONS, {"user_id": user_id}, person=user_id)
        names = {"quoted": pack(user_id), "nudged": pack(f" {user_id}")[1:]}
        await self._database.run(_LEAVE_CARDS, names)
        return await self._database.forget(_PRUNE_POSITIONS, {"user_id": user_id})


def _day(text: str) -> str:
    return text if "-" in text else f"{from_ms(int(text)):%Y-%m-%d}"
