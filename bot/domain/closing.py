"""Closing a month: steps that are only ever added, the state of a month, and adjustments."""

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from bot.clock import to_ms
from bot.domain.chain import Entry, Link, link_hash
from bot.domain.months import Month, MonthFigures
from bot.domain.slots import Frozen

CODE_LETTERS = 8  # of a digest: enough to tell the figures of one person and month apart


class MonthPolicy(Frozen):
    """The rules of the company. On `ask_day` people are asked about the last month."""

    enabled: bool = False
    ask_day: int = Field(1, ge=1, le=21)


class StepKind(StrEnum):
    """What somebody did with a person's month."""

    SHOWN = "shown"  # the person saw the figures
    CONFIRMED = "confirmed"  # the person agrees
    OBJECTED = "objected"  # the person disagrees, with a reason
    APPROVED = "approved"  # a lead agrees
    LOCKED = "locked"  # HR keeps the figures
    REOPENED = "reopened"  # HR takes the lock back


@dataclass(frozen=True, slots=True)
class MonthStep:
    """One step. `number` counts the steps of all people, and `hash` links each to the step before.

    `month` is its first date, `taken_at` is UTC. `seen` is the digest of the figures that the actor
    saw. A lock keeps the `figures` as JSON, and the last `link` of the ledger.
    """

    user_id: str
    month: date
    kind: StepKind
    actor: str
    taken_at: datetime
    seen: str
    reason: str = ""
    figures: str = ""
    link: str = ""
    stood_in_for: tuple[str, ...] = ()  # the leads for whom a stand-in approved
    number: int = 0
    hash: str = ""

    def chain_after(self, head: Link) -> "MonthStep":
        """Return the step with its place after `head` in the chain of steps."""
        numbered = replace(self, number=head.seq + 1)
        return replace(numbered, hash=link_hash(head.hash, numbered.row))

    @property
    def row(self) -> list[object]:
        """Return the hashed values. A change here breaks every chain."""
        return [
            self.number,
            self.user_id,
            self.month.isoformat(),
            str(self.kind),
            self.actor,
            self.stood_in_for,
            to_ms(self.taken_at),
            self.seen,
            self.reason,
            self.figures,
            self.link,
        ]


class MonthState(NamedTuple):
    """The state of one person's month: the steps that hold.

    `shown` are the digests of the figures that the person saw.
    """

    shown: frozenset[str] = frozenset()
    confirmed: MonthStep | None = None
    objected: MonthStep | None = None
    approved: MonthStep | None = None
    locked: MonthStep | None = None

    @property
    def locked_figures(self) -> MonthFigures | None:
        """Return the figures that a lock keeps, None without a lock."""
        return None if self.locked is None else figures_of_lock(self.locked)

    def allows(self, step: MonthStep) -> bool:
        """Return whether a step may follow, and changes something.

        People answer about figures that they saw. Nobody approves their own month. A locked month
        takes no answer until it is reopened.
        """
        is_own = step.actor == step.user_id
        match step.kind:
            case StepKind.SHOWN:
                return is_own and step.seen not in self.shown
            case StepKind.REOPENED:
                return self.locked is not None
            case _ if self.locked is not None:
                return False
            case StepKind.CONFIRMED:
                return (
                    is_own and step.seen in self.shown and not _is_about(self.confirmed, step.seen)
                )
            case StepKind.OBJECTED:
                is_new = self.objected is None or self.objected.reason != step.reason
                return is_own and step.seen in self.shown and is_new
            case StepKind.APPROVED:
                return not is_own and not _is_about(self.approved, step.seen)
            case StepKind.LOCKED:
                return bool(step.figures)

    def after(self, step: MonthStep) -> "MonthState":
        """Return the state after an allowed step."""
        match step.kind:
            case StepKind.SHOWN:
                return self._replace(shown=self.shown | {step.seen})
            case StepKind.CONFIRMED:
                return self._replace(confirmed=step, objected=None)
            case StepKind.OBJECTED:
                return self._replace(objected=step, confirmed=None)
            case StepKind.APPROVED:
                return self._replace(approved=step)
            case StepKind.LOCKED:
                return self._replace(locked=step)
            case StepKind.REOPENED:
                return self._replace(locked=None)


NOTHING_YET = MonthState()


class MonthAnswer(StrEnum):
    """What a person has said about a month, by the figures of now."""

    OBJECTED = "objected"
    CHANGED = "changed"  # confirmed, and the figures changed since
    OPEN = "open"  # not confirmed
    CONFIRMED = "confirmed"


class PersonMonth(NamedTuple):
    """One person's month as of now: the live figures, and the steps that hold."""

    figures: MonthFigures
    state: MonthState

    @property
    def user_id(self) -> str:
        return self.figures.user_id

    @property
    def answer(self) -> MonthAnswer:
        """Return the person's answer. Silence is no confirmation."""
        if self.state.objected is not None:
            return MonthAnswer.OBJECTED
        if self.state.confirmed is None:
            return MonthAnswer.OPEN
        is_same = _is_about(self.state.confirmed, self.figures.digest())
        return MonthAnswer.CONFIRMED if is_same else MonthAnswer.CHANGED

    @property
    def is_empty(self) -> bool:
        """Return whether nothing happened, as before somebody joined."""
        return not any(self.figures.values.values())

    @property
    def is_approved(self) -> bool:
        """Return whether a lead approved the figures of now."""
        return _is_about(self.state.approved, self.figures.digest())

    @property
    def has_unknown(self) -> bool:
        return any(
            count for name, count in self.figures.values.items() if name.endswith("_unknown")
        )

    @property
    def locked(self) -> MonthFigures | None:
        """Return the locked figures, None without a lock."""
        return self.state.locked_figures

    @property
    def is_adjusted(self) -> bool:
        return self.locked is not None and bool(adjustments(self.figures, self.locked))


def joint_digest(months: Iterable[PersonMonth]) -> str:
    """Return the digest of several people's figures and answers, for one button about all."""
    facts = [(month.figures.digest(), str(month.answer)) for month in months]
    return hashlib.sha256(json.dumps(sorted(facts)).encode()).hexdigest()


def code_of(figures: MonthFigures) -> str:
    """Return the code in the words of a button: it names the figures that were shown."""
    return f"M-{figures.digest()[:CODE_LETTERS].upper()}"


def to_json(figures: MonthFigures) -> str:
    """Return the figures as a lock keeps them."""
    return json.dumps(dict(figures.values), separators=(",", ":"), sort_keys=True)


def figures_of_lock(lock: MonthStep) -> MonthFigures:
    """Return the figures that a lock keeps. Raises ValueError for altered text."""
    return MonthFigures(lock.user_id, Month.of(lock.month), json.loads(lock.figures))


def adjustments(live: MonthFigures, locked: MonthFigures) -> Mapping[str, int]:
    """Return live − locked for each figure that changed since the lock."""
    names = dict.fromkeys((*locked.values, *live.values))
    changes = {name: live.values.get(name, 0) - locked.values.get(name, 0) for name in names}
    return {name: change for name, change in changes.items() if change}


def is_over(month: Month, today: date) -> bool:
    return today > month.last


def entries_of(steps: Iterable[MonthStep], ledger: Container[str]) -> Iterator[Entry]:
    """Yield all steps in their order, with their faults. `ledger` has the known links as text."""
    states: dict[tuple[str, date], MonthState] = {}
    for step in steps:
        key = step.user_id, step.month
        state = states.get(key, NOTHING_YET)
        fault = _fault(state, step, ledger)
        yield Entry(Link(step.number, step.hash), step.row, fault=fault)
        states[key] = state.after(step)


def _fault(state: MonthState, step: MonthStep, ledger: Container[str]) -> str:
    if not state.allows(step):
        return f"{step.kind} was not allowed"
    if step.kind is not StepKind.LOCKED:
        return ""
    try:
        is_whole = _is_about(step, figures_of_lock(step).digest())
    except (ValueError, TypeError):
        is_whole = False
    if not is_whole:
        return "the kept figures are not those of the digest"
    return "" if step.link in ledger else "the ledger has no such link"


def _is_about(step: MonthStep | None, seen: str) -> bool:
    """Return whether a step was taken on the figures with the digest `seen`."""
    return step is not None and step.seen == seen
