"""The steps that close months: only ever added, and chained like the ledger."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial, reduce

from bot.clock import from_ms, to_ms
from bot.domain.chain import START, Entry, Link
from bot.domain.closing import NOTHING_YET, MonthState, MonthStep, StepKind, entries_of
from bot.domain.messages import Kind, Owed
from bot.domain.months import Month
from bot.domain.slots import Days
from bot.storage.chain import head_of, move_head
from bot.storage.database import TopicRows, parts
from bot.storage.engine import Connection, Tx
from bot.storage.outbox import owe
from bot.storage.records import Records, storable
from bot.storage.statements import insert

_LOCK = "the steps of months"  # name of a lock: one process adds steps at a time
_STEPS = Records(MonthStep, "month_steps")
_SELECT = f"SELECT {_STEPS.sql()} FROM month_steps"
_ADD = insert("month_steps")
# a step after the head of the chain
FOREIGN_STEP = """
    SELECT 1 FROM month_steps
    WHERE number > (SELECT seq FROM chain_heads WHERE chain = 'steps') LIMIT 1"""
_OF_MONTH = f"{_SELECT} WHERE month = :month AND user_id IN [:user_ids] ORDER BY number"
_ALL = f"{_SELECT} WHERE number <= :number ORDER BY number"
_LINKED = """
    SELECT ledger_chain.seq, ledger_chain.hash FROM month_steps JOIN ledger_chain
      ON month_steps.link = CAST(ledger_chain.seq AS TEXT) || ':' || ledger_chain.hash"""
_LOCKS = f"""{_SELECT} WHERE user_id = :user_id AND kind IN ('locked', 'reopened')
      AND month BETWEEN :first AND :last ORDER BY number"""
Notes = Callable[[MonthStep], Iterable[Owed]]


class MonthSteps(TopicRows):
    """The steps of people's months. Each call raises StoreRefused."""

    async def add(
        self, wanted: Sequence[MonthStep], notes: Notes = lambda _: ()
    ) -> Sequence[MonthStep]:
        """Add steps of one month that its state allows, all or none, with the notes about them.

        Return the added steps.
        """

        def work(tx: Tx) -> Sequence[MonthStep]:
            self._database.begin_effect(tx)
            month = wanted[0].month
            states = dict(states_in(tx, month, {step.user_id for step in wanted}))
            head = head_of(tx, "steps")
            ledger = str(head_of(tx, "ledger"))
            added = []
            for step in wanted:
                state = states.get(step.user_id, NOTHING_YET)
                if state.allows(step):
                    stored = replace(
                        step,
                        taken_at=from_ms(to_ms(step.taken_at)),
                        reason=storable(step.reason),
                        link=ledger if step.kind is StepKind.LOCKED else "",
                    )
                    fresh = stored.chain_after(head)
                    head = Link(fresh.number, fresh.hash)
                    states[step.user_id] = state.after(fresh)
                    added.append(fresh)
            move_head(tx, "steps", head)
            tx.many(_ADD, [_STEPS.row(step) for step in added])
            owe(tx, [note for step in added for note in notes(step)])
            return added

        if not wanted:
            return ()
        return await self._database.write(work, person=_LOCK)

    async def ask(self, month: Month, user_ids: Iterable[str]) -> None:
        """Owe each person the question whether the figures are right, once for ever."""
        for part in parts(sorted(user_ids)):
            asked = [Owed(Kind.MONTH, str(month), user_id) for user_id in part]
            work = partial(owe, owed=asked)
            await self._database.write(work)

    async def states(self, month: Month, user_ids: Iterable[str]) -> Mapping[str, MonthState]:
        """Return the states of these people's months, by user id."""
        ids = set(user_ids)
        found = await self._database.read(lambda tx: states_in(tx, month.first, ids))
        return {user_id: found.get(user_id, NOTHING_YET) for user_id in ids}

    async def locks(self, user_id: str, days: Days) -> Sequence[MonthStep]:
        """Return the locks of a person's months of these dates, and the ends of locks, in order."""
        return await self._database.read(lambda tx: _locks(tx, user_id, days))


def states_in(tx: Tx, month: date, user_ids: Iterable[str]) -> Mapping[str, MonthState]:
    """Return the states of these people's months, for those with a step."""
    steps: dict[str, list[MonthStep]] = defaultdict(list)
    for row in tx.all(_OF_MONTH, month=month, user_ids=list(user_ids)):
        step = _STEPS.read(row)
        steps[step.user_id].append(step)
    return {
        user_id: reduce(MonthState.after, theirs, NOTHING_YET) for user_id, theirs in steps.items()
    }


def owe_adjustments(tx: Tx, user_id: str, days: Days, cause: str) -> None:
    """Owe the note that a change of these dates adjusts a locked month. `cause` names the change.

    Call this in the transaction of each change that people or DingTalk make to past days.
    """
    owed = [
        Owed(Kind.ADJUSTED, f"{user_id}/{month}/{cause}", payload=[user_id, str(month)])
        for month in locked_months(tx, user_id, days)
    ]
    owe(tx, owed)


def locked_months(tx: Tx, user_id: str, days: Days) -> Sequence[Month]:
    """Return the person's locked months of these dates."""
    kinds = {step.month: step.kind for step in _locks(tx, user_id, days)}
    return [Month.of(day) for day, kind in kinds.items() if kind is StepKind.LOCKED]


def _locks(tx: Tx, user_id: str, days: Days) -> Sequence[MonthStep]:
    first = Month.of(days.first).first
    return _STEPS.read_all(tx.all(_LOCKS, user_id=user_id, first=first, last=days.last))


def entries_of_steps(connection: Connection, head: Link) -> Iterator[Entry]:
    """Yield the steps up to `head` with their faults. Steps may be added meanwhile."""
    links = {str(Link(*row)) for row in connection.tx.all(_LINKED)} | {str(START)}
    steps = map(_STEPS.read, connection.rows(_ALL, {"number": head.seq}))
    return entries_of(steps, links)
