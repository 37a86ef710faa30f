"""The rows about one person, and retention."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.storage.database import TopicRows
from bot.storage.records import pack
from bot.storage.statements import prune

CARD_DAYS = 7
TOLD_DAYS = 30  # sent messages; an open request for a make-up punch is at most a week old


_PUNCHES = "(SELECT punch_id FROM punches WHERE user_id = :user_id)"
_NAMED = "REPLACE(user_ids, :quoted, '') <> user_ids"  # `:quoted` is the user id as JSON
# The rows about a person by topic. An answered message keeps its id and person, but no index finds
# it by person.
HELD = """
    SELECT 'punches', COUNT(*) FROM punches
      WHERE user_id = :user_id
    UNION ALL SELECT 'corrections', COUNT(*) FROM corrections
      WHERE user_id = :user_id
    UNION ALL SELECT 'decisions', COUNT(*) FROM (
        SELECT work_date FROM corrections WHERE decided_by = :user_id
          OR REPLACE(stood_in_for, :quoted, '') <> stood_in_for
        UNION ALL SELECT work_date FROM replaced_decisions AS replaced JOIN corrections
          ON corrections.reference = replaced.reference WHERE replaced.decided_by = :user_id
            OR REPLACE(replaced.stood_in_for, :quoted, '') <> replaced.stood_in_for) AS made
    UNION ALL SELECT 'excuses', COUNT(*) FROM excuse_decisions
      WHERE user_id = :user_id
    UNION ALL SELECT 'excused', COUNT(*) FROM excuse_decisions
      WHERE decided_by = :user_id OR REPLACE(stood_in_for, :quoted, '') <> stood_in_for
    UNION ALL SELECT 'stand_ins', COUNT(*) FROM stand_ins
      WHERE user_id = :user_id OR lead = :user_id
    UNION ALL SELECT 'months', COUNT(*) FROM month_steps
      WHERE user_id = :user_id
    UNION ALL SELECT 'month_decisions', COUNT(*) FROM month_steps
      WHERE actor = :user_id AND user_id <> :user_id OR REPLACE(stood_in_for, :quoted, '') <> stood_in_for
    UNION ALL SELECT 'positions', COUNT(*) FROM punch_locations
      WHERE punch_id IN (SELECT punch_id FROM punches WHERE user_id = :user_id)
    UNION ALL SELECT 'told', COUNT(*)
      FROM outbox
      WHERE kind <> 'punch' AND (recipient = :user_id
        OR about IN (SELECT punch_id FROM punches WHERE user_id = :user_id)
        OR kind = 'nudge' AND REPLACE(payload, :quoted, '') <> payload)
    UNION ALL SELECT 'messages', COUNT(*)
      FROM inbox
      WHERE person = :user_id AND finished_ms IS NULL AND message_id <> :asked_by
    UNION ALL SELECT 'buttons', COUNT(*)
      FROM buttons
      WHERE user_id = :user_id
    UNION ALL SELECT 'cards', COUNT(*)
      FROM cards
      WHERE REPLACE(user_ids, :quoted, '') <> user_ids
    UNION ALL SELECT 'tokens', COUNT(*)
      FROM api_tokens
      WHERE user_id = :user_id
    UNION ALL SELECT 'plans', COUNT(*) FROM plans
      WHERE user_id = :user_id
    UNION ALL SELECT 'memberships', COUNT(*) FROM memberships
      WHERE user_id = :user_id
    UNION ALL SELECT 'absences', COUNT(*)
      FROM absences
      WHERE user_id = :user_id
    UNION ALL SELECT 'native_punches', COUNT(*)
      FROM native_punches
      WHERE user_id = :user_id"""

# Old rows by table, and their days; `:moment` in ms and `:day` are so long ago. The two words
# stand for days of the configuration.
_IS_SENT = """NOT EXISTS (SELECT 1 FROM outbox WHERE kind = 'punch' AND about = punch_locations.punch_id
    AND due_ms + 0 IS NOT NULL)"""  # with the bare column it would scan all rows that are due
_OLD_POSITIONS = f"""EXISTS (SELECT 1 FROM punches WHERE punches.punch_id = punch_locations.punch_id
    AND punched_ms < :moment) AND {_IS_SENT}"""
_KEPT: tuple[tuple[str, str, int | str], ...] = (
    ("punch_locations", _OLD_POSITIONS, "positions"),
    ("outbox", "kind <> 'punch' AND due_ms IS NULL AND moment_ms < :moment", TOLD_DAYS),
    ("plans", "work_date < :day", "readings"),
    ("day_readings", "work_date < :day", "readings"),
    ("absences", "ends_ms < :moment", "readings"),
    ("native_punches", "punched_ms < :moment", "readings"),
    ("memberships", "until_ms < :moment", "readings"),
    ("stand_ins", "last_day < :day", "readings"),
    ("cards", "sent_ms < :moment", CARD_DAYS),
    ("api_tokens", "expires_ms < :moment", TOLD_DAYS),
    ("buttons", "expires_ms < :moment", 0),  # a button may hold a typed position
)
_PRUNE_POSITIONS = prune("punch_locations", f"punch_id IN {_PUNCHES} AND {_IS_SENT}")
_KNOWN = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM people WHERE user_id = :user_id)
      OR EXISTS (SELECT 1 FROM punches WHERE user_id = :user_id)"""
_FORGET_BUTTONS = "DELETE FROM buttons WHERE user_id = :user_id"
# A lead's button names a missing person.
_LEAVE_CARDS = f"""
    UPDATE cards SET user_ids = REPLACE(user_ids, :quoted, '""'),
        waiting = REPLACE(waiting, :quoted, '""'), says = REPLACE(says, :nudged, '"')
    WHERE {_NAMED} OR REPLACE(says, :nudged, '') <> says"""


class Privacy(TopicRows):
    """The rows about people, and retention in small steps. Each call raises StoreRefused."""

    async def count_rows(self, user_id: str, *, asked_by: str = "") -> Mapping[str, int]:
        """Return the number of rows about one person by topic.

        The message `asked_by`, which asks for them, does not count.
        """
        rows = await self._database.all(
            HELD, user_id=user_id, quoted=pack(user_id), asked_by=asked_by
        )
        return {topic: count for topic, count in rows if count}

    async def purge(
        self, now: datetime, positions: timedelta, readings: timedelta
    ) -> Mapping[str, int]:
        """Delete old rows, positions older than `positions`, and plans, leave, external punches and
        memberships older than `readings`. Return the number of deleted rows by table.

        The ledger keeps site, distance and digest of a punch, so that its chain holds.
        """
        gone: dict[str, int] = {}
        ages = {"positions": positions, "readings": readings}
        for table, old, kept in _KEPT:
            before = now - (timedelta(days=kept) if isinstance(kept, int) else ages[kept])
            gone[table] = await self._database.forget(
                prune(table, old), moment=before, day=before.date()
            )
        return gone

    async def knows(self, user_id: str) -> bool:
        """Return whether this person was ever read from DingTalk or has punched."""
        return await self._database.one(_KNOWN, user_id=user_id) is not None

    async def forget_positions_of(self, user_id: str) -> int:
        """Delete one person's sent positions, buttons and cards.

        Return the number of deleted positions.
        """
        await self._database.run(_FORGET_BUTTONS, user_id=user_id, person=user_id)
        nudged = pack(f" {user_id}")[1:]
        await self._database.run(_LEAVE_CARDS, quoted=pack(user_id), nudged=nudged)
        return await self._database.forget(_PRUNE_POSITIONS, user_id=user_id)
