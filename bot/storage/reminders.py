"""Reminders, which are rows of the outbox, each sent once; and people's own settings (wishes)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

from bot.clock import CLOCKS_APART, from_ms
from bot.domain.reminders import Reminder, ReminderKind, ReminderState, Wishes
from bot.domain.slots import Days
from bot.storage.database import OWNERLESS, TopicRows, parts
from bot.storage.engine import Params, Row, Tx
from bot.storage.outbox import KEY
from bot.storage.records import Packed
from bot.storage.statements import bounds, is_older

_REMINDERS: Packed[Reminder] = Packed(Reminder)
_REMINDER = f"kind IN ({', '.join(repr(kind.value) for kind in ReminderKind)})"
_OF_DAYS = "about BETWEEN :first AND :last || '~'"  # it begins with the work date and a space
_THIS = "kind = :kind AND about = :about AND recipient = :recipient AND which = :which"

# A process whose clock was ahead may claim a reminder too early. The reminder waits until then.
_HAS_COME = f"due_ms <= :now + {CLOCKS_APART // timedelta(milliseconds=1)}"
_CLAIM = """
    INSERT INTO outbox (kind, about, recipient, which, payload, state, reason, moment_ms, due_ms,
      tries, owner, in_flight)
    VALUES (:kind, :about, :recipient, :which, :payload, 'claimed', '', :moment_ms, :moment_ms,
      0, :owner, 0)
    ON CONFLICT DO NOTHING RETURNING kind"""
_TAKE = f"""
    UPDATE outbox SET owner = :me WHERE ({KEY}) IN (
      SELECT {KEY} FROM outbox
      WHERE {_REMINDER} AND {_HAS_COME} AND {OWNERLESS} FOR UPDATE SKIP LOCKED)
    RETURNING payload, state"""
# A begun reminder is unknown until it is settled, so that no process repeats it after a crash.
# `due_ms + 0` uses no index: with the bare column the database would scan all due rows.
_BEGIN = f"""
    UPDATE outbox SET state = 'unknown', due_ms = NULL
    WHERE {_THIS} AND due_ms + 0 IS NOT NULL AND owner IN [:ours] RETURNING kind"""
_SETTLE = f"""
    UPDATE outbox SET state = :state, owner = NULL,
      due_ms = CASE WHEN :state = 'claimed' THEN moment_ms END
    WHERE {_THIS} AND owner IN [:ours] RETURNING kind"""
_COUNT = f"""
    SELECT recipient, about, COUNT(*) FROM outbox
    WHERE kind IN ('before', 'after') AND {_OF_DAYS} AND state <> 'dropped'
    GROUP BY 1, 2 HAVING COUNT(*) >= :least"""
_BETWEEN = (
    f"SELECT payload, state FROM outbox WHERE {_REMINDER} AND {_OF_DAYS} ORDER BY moment_ms, "
    f"recipient, about, which"
)
_CLAIMED_UNTIL = "SELECT at_ms FROM moments WHERE name = 'reminders looked at'"
_NOTE_CLAIMED_UNTIL = f"""
    INSERT INTO moments (name, at_ms) VALUES ('reminders looked at', :now)
    ON CONFLICT (name) DO UPDATE SET at_ms = :now WHERE {is_older("moments.at_ms", ":now")}"""


class ReminderRows(TopicRows):
    """Reminders, each claimed once among all processes. Every call raises StoreRefused."""

    async def claimed_until(self) -> datetime | None:
        """Return the time until which all due reminders are claimed, None at the first start."""
        row = await self._database.one(_CLAIMED_UNTIL)
        return None if row is None else from_ms(row[0])

    async def note_claimed_until(self, now: datetime) -> None:
        """Note that all reminders due until now are claimed.

        A time up to a minute earlier changes nothing: clocks of processes may differ.
        """
        await self._database.run(_NOTE_CLAIMED_UNTIL, now=now)

    async def claim(self, wanted: Sequence[Reminder]) -> Sequence[Reminder]:
        """Store and claim reminders, one transaction for each part. Return the new ones.

        If a part is refused, `take_over` finds the parts before it.
        """
        fresh: list[Reminder] = []
        for part in _in_parts(wanted):
            fresh += await self._database.claim(partial(self._add, part, self._database.owner))
        return fresh

    def _add(self, reminders: Sequence[Reminder], owner: str, tx: Tx) -> list[Reminder]:
        self._database.begin_effect(tx)
        return [
            each
            for each in reminders
            if tx.one(
                _CLAIM,
                **_key(each),
                payload=_REMINDERS.write(each),
                moment_ms=each.moment,
                owner=owner,
            )
        ]

    async def postpone(self, wanted: Sequence[Reminder]) -> None:
        """Store new reminders for their moment. The first process that looks then claims them."""
        await self.settle(await self.claim(wanted), ReminderState.CLAIMED)

    async def take_over(self) -> Sequence[Reminder]:
        """Claim reminders that no living process holds: those to try again, and those of a dead
        process. Return them, the oldest first.
        """
        take = partial(Tx.all, statement=_TAKE, me=self._database.owner)
        rows = await self._database.claim(take)
        return sorted(map(_reminder, rows), key=attrgetter("moment", "user_id", "about"))

    async def begin(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Mark reminders as begun, before a call sends them. Return those that may be sent.

        The others were begun, or another process claimed them.
        """
        return await self._change(_BEGIN, reminders)

    async def settle(self, reminders: Sequence[Reminder], state: ReminderState) -> None:
        """Store the outcome of reminders that this process claimed.

        CLAIMED gives them back: the next `take_over` of any process claims them again.
        """
        await self._change(_SETTLE, reminders, state=state)

    async def count(self, days: Days, least: int) -> Mapping[tuple[str, str], int]:
        """Return how many reminders went out before and after each check.

        Keys are the user id and `Reminder.about`. Numbers below `least` and dropped reminders are
        left out.
        """
        rows = await self._database.all(_COUNT, **bounds(days), least=least)
        return {(user_id, about): number for user_id, about, number in rows}

    async def between(self, days: Days) -> Sequence[Reminder]:
        """Return the reminders of these work dates in the order of their times."""
        return [_reminder(row) for row in await self._database.all(_BETWEEN, **bounds(days))]

    async def _change(
        self, statement: str, reminders: Sequence[Reminder], **params: object
    ) -> Sequence[Reminder]:
        """Change claimed reminders in parts. Return the changed ones."""
        params["ours"] = self._database.own_names
        changed: list[Reminder] = []
        for part in _in_parts(reminders):
            changed += await self._database.claim(partial(_run_each, statement, part, params))
        return changed


def _in_parts(reminders: Sequence[Reminder]) -> Iterator[Sequence[Reminder]]:
    """Yield parts, sorted by key: with one order in all processes no deadlock arises."""
    return parts(sorted(reminders, key=attrgetter("key")))


def _run_each(
    statement: str, reminders: Sequence[Reminder], params: Params, tx: Tx
) -> list[Reminder]:
    """Return the reminders for which the statement returns a row."""
    return [each for each in reminders if tx.one(statement, **{**_key(each), **params})]


def _key(reminder: Reminder) -> dict[str, object]:
    return {
        "kind": reminder.kind,
        "about": reminder.about,
        "recipient": reminder.user_id,
        "which": reminder.which,
    }


def _reminder(row: Row) -> Reminder:
    payload, state = row
    return replace(_REMINDERS.read(payload), state=ReminderState(state))


_WISHES_LOCK = "wishes"  # name of a lock: change numbers are committed in their order
WISHES: Packed[Wishes] = Packed(Wishes)

PUT_WISHES = """
    INSERT INTO wishes (user_id, body, change_number)
    VALUES (:user_id, :body, (SELECT COALESCE(MAX(change_number), 0) + 1 FROM wishes))
    ON CONFLICT (user_id) DO UPDATE SET body = excluded.body, change_number = excluded.change_number"""
_GET = "SELECT body FROM wishes WHERE user_id = :user_id"
_CHANGED = (
    "SELECT body, change_number FROM wishes WHERE change_number > :since ORDER BY change_number"
)


class WishBook(TopicRows):
    """What each person set: reminders, daily summary, language. Each call raises StoreRefused."""

    async def get(self, user_id: str) -> Wishes:
        """Return a person's wishes, by default empty ones."""
        return await self._database.read(partial(_wishes_of, user_id=user_id))

    async def change(self, user_id: str, change: Callable[[Wishes], Wishes]) -> Wishes:
        """Apply the pure `change` to a person's wishes in one transaction, and return the new
        wishes.
        """

        def work(tx: Tx) -> Wishes:
            self._database.begin_effect(tx)
            old = _wishes_of(tx, user_id)
            new = change(old)
            if new != old:
                tx.run(PUT_WISHES, user_id=user_id, body=WISHES.write(new))
            return new

        return await self._database.write(work, person=_WISHES_LOCK)

    async def load_changes(self, since_change: int) -> tuple[Sequence[Wishes], int]:
        """Return wishes with a higher change number, the oldest change first, and the newest
        number.
        """
        rows = await self._database.all(_CHANGED, since=since_change)
        return [WISHES.read(body) for body, _ in rows], rows[-1][1] if rows else since_change


def _wishes_of(tx: Tx, user_id: str) -> Wishes:
    row = tx.one(_GET, user_id=user_id)
    return Wishes(user_id) if row is None else WISHES.read(row[0])
