"""Reminders: each once, in the hands of one process at a time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from bot.clock import from_ms, to_ms
from bot.domain.reminders import CheckAt, Reminder, ReminderKind, ReminderState, check_at
from bot.storage.database import Database, bring_near, ownerless, parts
from bot.storage.engine import Row, Tx
from bot.storage.replicas import Moment
from bot.storage.statements import Statement, listed, listing, storable
from bot.storage.tables import outbox
from bot.storage.urls import walk

_KEY = (outbox.c.kind, outbox.c.about, outbox.c.recipient, outbox.c.which)
_STORED = (*_KEY, outbox.c.payload, outbox.c.moment_ms, outbox.c.state, outbox.c.reason)
_NEVER_SENT = (ReminderState.CLAIMED, ReminderState.HELD, ReminderState.UNKNOWN)  # as far as is known

_is_reminder = outbox.c.kind.in_([literal(kind.value) for kind in ReminderKind])
_key = tuple_(*_KEY)
_these = _key.in_(listed("these", *_KEY))
_open = outbox.c.due_ms.is_not(None)
_held = outbox.c.state == literal_column("'held'")  # as in the index of these, which is for this text only
_ours = outbox.c.owner.in_(listed("names", outbox.c.owner))

_CLAIM = Statement(
    lambda insert: (
        insert(outbox)
        .from_select(outbox.c.keys(), listed("rows", *outbox.c))
        .on_conflict_do_nothing()
        .returning(*_KEY)
    )
)
_LOSE = Statement(
    update(outbox)
    .values(state=ReminderState.UNKNOWN.value, due_ms=None, owner=None, in_flight=0)
    .where(_is_reminder, _open, outbox.c.in_flight == 1, ownerless(outbox))
)
_BRING_NEAR = bring_near(outbox.c.due_ms, _is_reminder)
_TAKE = Statement(
    update(outbox)
    .values(owner=bindparam("me"))
    .where(
        _key.in_(
            select(*_KEY)
            .where(
                *(_is_reminder, _open, outbox.c.in_flight == 0),
                or_(outbox.c.due_ms <= bindparam("now"), outbox.c.owner.is_not(None)),
                ownerless(outbox),
            )
            .order_by(outbox.c.due_ms)
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(*_STORED)
)
_BEGIN = Statement(
    update(outbox)
    .values(
        state=ReminderState.CLAIMED.value,
        due_ms=func.coalesce(outbox.c.due_ms, outbox.c.moment_ms),
        owner=bindparam("me"),
        in_flight=1,
    )
    .where(
        _these,
        or_(and_(_open, outbox.c.in_flight == 0, _ours), outbox.c.state == ReminderState.HELD.value),
    )
    .returning(*_KEY)
)
_SETTLE = Statement(
    update(outbox)
    .values(state=bindparam("to_state"), reason=bindparam("why"), due_ms=None, owner=None, in_flight=0)
    .where(
        _these,
        or_(*(outbox.c.state == state.value for state in _NEVER_SENT)),
        or_(outbox.c.owner.is_(None), _ours),
    )
)
_AGAIN = Statement(
    update(outbox).values(due_ms=bindparam("at"), owner=None, in_flight=0).where(_these, _open, _ours)
)
_FREE = Statement(delete(outbox).where(_these, _open, outbox.c.in_flight == 0, _ours))
_MINUTE_MS = 60_000
_of_days = and_(_is_reminder, outbox.c.about >= bindparam("first"), outbox.c.about < bindparam("end"))
_due_minute = cast(outbox.c.payload, BigInteger) // literal_column(str(_MINUTE_MS), BigInteger)
_SPOKEN = Statement(
    select(outbox.c.recipient, outbox.c.about, _due_minute, func.count())
    .where(
        outbox.c.kind.in_([literal(kind.value) for kind in (ReminderKind.BEFORE, ReminderKind.AFTER)]),
        _of_days,
        outbox.c.state != ReminderState.DROPPED.value,
        or_(outbox.c.state != ReminderState.CLAIMED.value, outbox.c.owner.is_not(None)),
    )
    .group_by(outbox.c.recipient, outbox.c.about, _due_minute)
    .having(func.count() >= bindparam("least"))
)
_HELD = Statement(
    select(*_STORED).where(outbox.c.recipient == bindparam("user_id"), _held).order_by(outbox.c.moment_ms, *_KEY)
)
_HOLDERS = Statement(select(outbox.c.recipient).where(_held).distinct())
_BETWEEN = Statement(
    select(*_STORED)
    .where(_of_days)
    .order_by(outbox.c.moment_ms, outbox.c.recipient, outbox.c.about, outbox.c.which)
)
_UNDROP = Statement(
    delete(outbox).where(
        *(_is_reminder, outbox.c.state == ReminderState.DROPPED.value, outbox.c.moment_ms > bindparam("now"))
    )
)
_FORGET = Statement(
    delete(outbox)
    .where(_key.in_(select(*_KEY).where(_is_reminder, outbox.c.about < bindparam("before")).limit(500)))
    .returning(outbox.c.about)
)


class Reminders:
    """Reminders: each once, whoever claims it. Every call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def looked_at(self) -> datetime | None:
        """Return the moment up to which due reminders were claimed, None at first. Raises StoreRefused."""
        at_ms = await self._database.read(Moment.REMINDERS_LOOKED_AT.get)
        return None if at_ms is None else from_ms(at_ms)

    async def look_on(self, until: datetime) -> None:
        """Note that everything due up to `until` is claimed; never goes back. Raises StoreRefused."""
        await self._database.write(lambda tx: Moment.REMINDERS_LOOKED_AT.move_on(tx, to_ms(until)))

    async def claim(self, wanted: Sequence[Reminder]) -> Sequence[Reminder]:
        """Store those that are not there yet, in their `state`, and return them; claimed ones are ours.

        Written in parts. When one is refused, those before it are free again once this process's old name is
        dead, as `take_over` finds them. Raises StoreRefused.
        """
        keyed = {_stored_key(reminder): reminder for reminder in reversed(wanted)}
        fresh: set[Row] = set()
        for part in parts(sorted(keyed)):  # in one order everywhere, so that no two processes wait for each other
            me = self._database.owner
            rows = (_row(key, keyed[key], me) for key in part)
            fresh.update(await self._all(_CLAIM, listing("rows", rows)))
        return [reminder for key, reminder in reversed(keyed.items()) if key in fresh]

    async def take_over(self, now: datetime, limit: int) -> Sequence[Reminder]:
        """Claim what is to be tried again by `now` and what a dead process had not begun, oldest moment first.

        What a dead process had begun to send becomes `unknown` and is not returned. Raises StoreRefused.
        """
        process = {"me": self._database.owner, "now": to_ms(now)}

        def work(tx: Tx) -> list[Row]:
            tx.run(_LOSE, process)
            tx.run(_BRING_NEAR, {"now": process["now"]})
            return tx.all(_TAKE, {**process, "limit": limit})

        return _in_order(await self._database.claim(work))

    async def begin(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Note, before a call leaves, that these are being sent; return those that may be.

        The others are no longer ours: another process took them while this one stood still, or they are under way
        or settled already. Held ones may be begun by anybody, once. Raises StoreRefused.
        """
        me = {"me": self._database.owner}
        begun: set[Row] = set()
        for part in parts(sorted(map(_stored_key, reminders))):
            begun.update(await self._all(_BEGIN, {**me, **self._ours(part)}))
        return [reminder for reminder in reminders if _stored_key(reminder) in begun]

    async def settle(self, reminders: Sequence[Reminder], state: ReminderState, reason: str = "") -> None:
        """Note the outcome, and release the claim.

        What is sent stays so, and what another process has in its hands is left to it. Raises StoreRefused, and
        ValueError for `claimed`, which settles nothing.
        """
        if state is ReminderState.CLAIMED:
            raise ValueError("a reminder that is claimed is not settled")
        change = {"to_state": state.value, "why": storable(reason)}
        for part in parts(sorted(map(_stored_key, reminders))):
            await self._run(_SETTLE, {**change, **self._ours(part)})

    async def again(self, reminders: Sequence[Reminder], at: datetime) -> None:
        """Leave those of ours claimed by nobody, to be tried again at `at`. Raises StoreRefused."""
        for part in parts(sorted(map(_stored_key, reminders))):
            await self._run(_AGAIN, {"at": to_ms(at), **self._ours(part)})

    async def free(self, reminders: Sequence[Reminder]) -> None:
        """Forget those of ours that were not begun, so that they can be claimed anew. Raises StoreRefused."""
        for part in parts(sorted(map(_stored_key, reminders))):
            await self._run(_FREE, self._ours(part))

    async def spoken(self, first: date, last: date, least: int = 1) -> Mapping[CheckAt, int]:
        """Count, by check and the minute at which it is due, the `before` and `after` ones that were said.

        Those in somebody's hands count too, but not those dropped or waiting to be tried again. Counts below
        `least` are left out. Raises StoreRefused.
        """
        params = {**_days(first, last), "least": least}
        rows = await self._database.read(lambda tx: tx.all(_SPOKEN, params))
        checks = {about: _check_of(about) for about in {row[1] for row in rows}}
        return {
            check_at(user_id, *checks[about], from_ms(due * _MINUTE_MS)): count
            for user_id, about, due, count in rows
        }

    async def held(self, user_id: str) -> Sequence[Reminder]:
        """Return what waits for the person's next clock-in, oldest first. Raises StoreRefused."""
        rows = await self._database.read(lambda tx: tx.all(_HELD, {"user_id": storable(user_id)}))
        return [_reminder(row) for row in rows]

    async def holders(self) -> frozenset[str]:
        """Return the people with a missed check to tell at their next clock-in. Raises StoreRefused."""
        return frozenset(user_id for (user_id,) in await self._database.read(lambda tx: tx.all(_HOLDERS)))

    async def between(self, first: date, last: date) -> Sequence[Reminder]:
        """Return all of the work dates `first` to `last`, in the order of their moments. Raises StoreRefused."""
        rows = await self._database.read(lambda tx: tx.all(_BETWEEN, _days(first, last)))
        return [_reminder(row) for row in rows]

    async def undrop(self, now: datetime) -> None:
        """Forget those that were dropped although their moment is still to come. Raises StoreRefused."""
        await self._database.write(lambda tx: tx.run(_UNDROP, {"now": to_ms(now)}))

    async def forget(self, before: date) -> None:
        """Delete those of work dates before `before`, in small steps. Raises StoreRefused."""
        params = {"before": before.isoformat()}
        while await self._database.write(lambda tx: tx.one(_FORGET, params)) is not None:
            pass

    async def _all(self, statement: Statement, params: Mapping[str, object]) -> list[Row]:
        return await self._database.claim(lambda tx: tx.all(statement, params))

    async def _run(self, statement: Statement, params: Mapping[str, object]) -> None:
        """Run as a claim does: a refused release must not leave rows with a name that lives on."""
        await self._database.claim(lambda tx: tx.run(statement, params))

    def _ours(self, keys: Sequence[Row]) -> dict[str, object]:
        names = (self._database.owner, *self._database.former_owners)
        return {**listing("these", keys), **listing("names", ((name,) for name in names))}


def claim_one(tx: Tx, reminder: Reminder, owner: str) -> bool:
    """Store a reminder as that of the process `owner`, unless it is there already; tell whether it is its."""
    row = _row(_stored_key(reminder), reminder, owner)
    return bool(tx.all(_CLAIM, listing("rows", [row])))


def _stored_key(reminder: Reminder) -> Row:
    about = f"{reminder.work_date.isoformat()} {storable(reminder.check_point)}"
    return (reminder.kind.value, about, storable(reminder.user_id), storable(reminder.which))


def _check_of(about: str) -> tuple[date, str]:
    """Return the work date and the check point."""
    day, _, check_point = about.partition(" ")
    return date.fromisoformat(day), check_point


def _row(key: Row, reminder: Reminder, me: str) -> Row:
    is_claimed = reminder.state is ReminderState.CLAIMED
    moment_ms = to_ms(reminder.moment)
    row = {
        **dict(zip((column.name for column in _KEY), key, strict=True)),
        "payload": str(to_ms(reminder.due_at)),
        "state": reminder.state.value,
        "reason": storable(reminder.reason),
        "moment_ms": moment_ms,
        "due_ms": moment_ms if is_claimed else None,
        "tries": 0,
        "owner": me if is_claimed else None,
        "in_flight": 0,
    }
    return tuple(row[column.name] for column in outbox.c)


def _reminder(row: Row) -> Reminder:
    kind, about, user_id, which, due_ms, moment_ms, state, reason = row
    return Reminder(
        user_id,
        *_check_of(about),
        which,
        ReminderKind(kind),
        from_ms(moment_ms),
        from_ms(int(due_ms)),
        ReminderState(state),
        reason,
    )


def _in_order(rows: Sequence[Row]) -> list[Reminder]:
    found = (_reminder(row) for row in rows)
    return sorted(found, key=lambda reminder: (reminder.moment, reminder.key))


def _days(first: date, last: date) -> dict[str, object]:
    return {"first": first.isoformat(), "end": (last + timedelta(days=1)).isoformat()}


def read_reminders(url: str, first: date, last: date) -> Iterator[Reminder]:
    """Return the reminders of some work dates, in the order of their moments, beside a running bot.

    Raises OperatorError when the database cannot be read or has another schema.
    """
    return map(_reminder, walk(url, _BETWEEN, _days(first, last)))
