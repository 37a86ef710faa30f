"""Reminders: rows of the outbox, each said once, in the hands of one process at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from bot.clock import from_ms, to_ms
from bot.domain.reminders import CheckAt, Reminder, ReminderKind, ReminderState, check_at
from bot.storage.database import OWNERLESS, Database, parts
from bot.storage.engine import Row, Tx
from bot.storage.replicas import Moment
from bot.storage.statements import Statement, storable

_KEY = "kind, about, recipient, which"
_ROW = f"{_KEY}, payload, moment_ms, state, reason"
_REMINDER = f"kind IN ({', '.join(repr(kind.value) for kind in ReminderKind)})"
_OF_DAYS = f"{_REMINDER} AND about >= :first AND about < :end"
_THESE = f"""({_KEY}) IN (
      SELECT row.value ->> 0, row.value ->> 1, row.value ->> 2, row.value ->> 3 FROM EACH(:these) AS row)"""
_OURS = "due_ms IS NOT NULL AND owner IN [:ours]"

_CLAIM = Statement(
    f"""INSERT INTO outbox ({_ROW}, due_ms, owner, tries, in_flight)
    SELECT row.value ->> 0, row.value ->> 1, row.value ->> 2, row.value ->> 3, row.value ->> 4,
      CAST(row.value ->> 5 AS BIGINT), row.value ->> 6, row.value ->> 7,
      CAST(row.value ->> 8 AS BIGINT), row.value ->> 9, 0, 0
    FROM EACH(:these) AS row WHERE TRUE
    ON CONFLICT DO NOTHING RETURNING {_KEY}"""
)
_LOSE = Statement(
    f"""UPDATE outbox SET state = 'unknown', due_ms = NULL, owner = NULL, in_flight = 0
    WHERE {_REMINDER} AND due_ms IS NOT NULL AND in_flight = 1 AND {OWNERLESS}"""
)
_TAKE = Statement(
    f"""UPDATE outbox SET owner = :me WHERE ({_KEY}) IN (
      SELECT {_KEY} FROM outbox
      WHERE {_REMINDER} AND due_ms IS NOT NULL AND in_flight = 0 AND (due_ms <= :now OR owner IS NOT NULL)
        AND {OWNERLESS}
      ORDER BY due_ms LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING {_ROW}"""
)
_BEGIN = Statement(
    f"""UPDATE outbox SET owner = :me, in_flight = 1
    WHERE {_THESE} AND in_flight = 0 AND {_OURS} RETURNING {_KEY}"""
)
_SETTLE = Statement(
    f"""UPDATE outbox SET state = :state, reason = :reason, due_ms = NULL, owner = NULL, in_flight = 0
    WHERE {_THESE} AND state IN ('claimed', 'unknown') AND (owner IS NULL OR owner IN [:ours])
    RETURNING {_KEY}"""
)
_AGAIN = Statement(
    f"UPDATE outbox SET due_ms = :at, owner = NULL, in_flight = 0 WHERE {_THESE} AND {_OURS} RETURNING {_KEY}"
)
_SPOKEN = Statement(
    """SELECT recipient, about, CAST(payload AS BIGINT) / 60000, COUNT(*) FROM outbox
    WHERE kind IN ('before', 'after') AND about >= :first AND about < :end
      AND state <> 'dropped' AND (state <> 'claimed' OR owner IS NOT NULL)
    GROUP BY 1, 2, 3 HAVING COUNT(*) >= :least"""
)
_BETWEEN = Statement(f"SELECT {_ROW} FROM outbox WHERE {_OF_DAYS} ORDER BY moment_ms, recipient, about, which")


class Reminders(Moment):
    """Reminders: each once, whoever claims it. Every call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "reminders looked at")

    async def claim(self, wanted: Sequence[Reminder]) -> Sequence[Reminder]:
        """Store those that are not there yet, in their `state`, and return them; claimed ones are ours.

        Written in parts. When one is refused, those before it are free again once this process's old name is
        dead, as `take_over` finds them.
        """
        keyed = {_key(reminder): reminder for reminder in wanted}
        fresh: set[Row] = set()
        for part in parts(sorted(keyed)):  # in one order everywhere, so that no two processes wait for each other
            these = {"these": [_row(key, keyed[key], self._database.owner) for key in part]}
            work = self._database.if_ours(partial(Tx.all, statement=_CLAIM, params=these))
            fresh.update(await self._database.claim(work))
        return [reminder for key, reminder in keyed.items() if key in fresh]

    async def take_over(self, now: datetime, limit: int) -> Sequence[Reminder]:
        """Claim what is to be tried again by `now` and what a dead process had not begun, oldest moment first.

        What a dead process had begun to send becomes `unknown` and is not returned.
        """
        params = {"me": self._database.owner, "now": now, "limit": limit}

        def work(tx: Tx) -> list[Row]:
            tx.run(_LOSE, params)
            return tx.all(_TAKE, params)

        found = map(_reminder, await self._database.claim(work))
        return sorted(found, key=lambda reminder: (reminder.moment, reminder.key))

    async def begin(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Note, before a call leaves, that these are being sent; return those that may be.

        The others are no longer ours: another process took them while this one stood still, or they are under way
        or settled already.
        """
        begun = await self._change(_BEGIN, reminders, me=self._database.owner)
        return [reminder for reminder in reminders if _key(reminder) in begun]

    async def settle(self, reminders: Sequence[Reminder], state: ReminderState, reason: str = "") -> None:
        """Note the outcome, and release the claim.

        What is sent stays so, and what another process has in its hands is left to it.
        """
        await self._change(_SETTLE, reminders, state=state, reason=reason)

    async def again(self, reminders: Sequence[Reminder], at: datetime) -> None:
        """Leave those of ours claimed by nobody, to be tried again at `at`."""
        await self._change(_AGAIN, reminders, at=at)

    async def spoken(self, first: date, last: date, least: int) -> Mapping[CheckAt, int]:
        """Count, by check and the minute at which it is due, the `before` and `after` ones that were said.

        Those in somebody's hands count too, but not those dropped or waiting to be tried again. Counts below
        `least` are left out.
        """
        rows = await self._database.all(_SPOKEN, {**_days(first, last), "least": least})
        checks = {about: _check_of(about) for about in {row[1] for row in rows}}
        return {
            check_at(user_id, *checks[about], from_ms(minute * 60_000)): count
            for user_id, about, minute, count in rows
        }

    async def between(self, first: date, last: date) -> Sequence[Reminder]:
        """Return all of the work dates `first` to `last`, in the order of their moments."""
        return [_reminder(row) for row in await self._database.all(_BETWEEN, _days(first, last))]

    async def _change(self, statement: Statement, reminders: Iterable[Reminder], **params: object) -> set[Row]:
        """Change rows, some hundred at once; return the keys of those that could be."""
        changed: set[Row] = set()
        for part in parts(sorted(map(_key, reminders))):
            ours = [self._database.owner, *self._database.former_owners]
            values = {**params, "these": part, "ours": ours}
            changed.update(await self._database.claim(partial(Tx.all, statement=statement, params=values)))
        return changed


def _key(reminder: Reminder) -> Row:
    about = f"{reminder.work_date.isoformat()} {storable(reminder.check_point)}"
    return (reminder.kind.value, about, storable(reminder.user_id), storable(reminder.which))


def _row(key: Row, reminder: Reminder, me: str) -> Row:
    """Return the columns of _CLAIM. The payload is when the check is due, and the lead who asked for a nudge."""
    is_claimed = reminder.state is ReminderState.CLAIMED
    payload = f"{to_ms(reminder.due_at)} {reminder.asked_by}".rstrip()
    settled = (reminder.state, reminder.reason)
    held_by = (reminder.moment, me) if is_claimed else (None, None)
    return (*key, payload, reminder.moment, *settled, *held_by)


def _reminder(row: Row) -> Reminder:
    kind, about, user_id, which, payload, moment_ms, state, reason = row
    due_ms, _, asked_by = payload.partition(" ")
    return Reminder(
        user_id,
        *_check_of(about),
        which,
        ReminderKind(kind),
        from_ms(moment_ms),
        from_ms(int(due_ms)),
        ReminderState(state),
        reason,
        asked_by,
    )


def _check_of(about: str) -> tuple[date, str]:
    """Return the work date and the check point."""
    day, _, check_point = about.partition(" ")
    return date.fromisoformat(day), check_point


def _days(first: date, last: date) -> dict[str, object]:
    return {"first": first.isoformat(), "end": (last + timedelta(days=1)).isoformat()}
