"""What is needed of DingTalk and of the clock-in targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.absences import Absence
from bot.domain.messages import SessionWebhook
from bot.domain.people import Employee, Organisation
from bot.domain.punches import Punch
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import DayPlan
from bot.views.reply import Reply

PEOPLE_A_CALL = 50  # of whom DingTalk tells records or plans at once
RECIPIENTS_A_CALL = 20


class ClockInTarget(Protocol):
    """An API that takes punches."""

    @property
    def name(self) -> str:
        """Return `signed` or `record_upload`."""
        ...

    @property
    def knows_repeats(self) -> bool:
        """Tell whether a second call with the same person and time is taken as the same punch."""
        ...

    async def send(self, punch: Punch) -> None:
        """Hand the punch over, with the punch's own time. Returns once it is taken.

        Raises NotSent (safe to send again), OutcomeUnknown (read back first), Rejected (final),
        ServiceStopped (an operator must act; the punch waits).
        """
        ...


class CorrectionTarget(ClockInTarget, Protocol):
    """An API that takes approved make-up punches alone."""

    async def is_marked(self, punch: Punch) -> bool:
        """Tell whether it shows that it took the punch. Raises UpstreamError, ServiceStopped."""
        ...


class Attendance(Protocol):
    """What DingTalk knows of attendance. Each call raises UpstreamError or ServiceStopped."""

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        """Return the records of at most PEOPLE_A_CALL people between two moments, at most 7 days apart."""
        ...

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[DayPlan]]:
        """Return each person's plan for the work dates `first` to `last` (at most PEOPLE_A_CALL, 7 days)."""
        ...

    async def day_plans(self, day: date) -> Mapping[str, DayPlan]:
        """Return the plan of everybody who works on `day`, read in one walk; for organisations below 10,000."""
        ...

    async def leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> Sequence[Absence]:
        """Return the approved leave of at most 100 people that touches `first` to `last`."""
        ...

    async def approvals(self, user_id: str, day: date, *, noted: bool = False) -> Sequence[Absence]:
        """Return one person's approved leave, trips and outings of one work date.

        With `noted`, where their plan notes one, an answer without any raises OutcomeUnknown.
        """
        ...


class Contacts(Protocol):
    """The organisation's directory. Each call raises UpstreamError or ServiceStopped."""

    async def employee(self, user_id: str) -> Employee | None:
        """Return the person, None when the organisation does not know them."""
        ...

    async def user_id_of(self, union_id: str) -> str | None:
        """Return the user id behind a union id, None for a stranger or an external contact."""
        ...

    async def organisation(self) -> Organisation:
        """Walk all departments; return them and each person once, or nothing of a walk that failed."""
        ...


@dataclass(frozen=True, slots=True)
class SendResult:
    """Who a proactive message did not reach: ids nobody has, ids to try again later."""

    invalid: tuple[str, ...] = ()
    flow_controlled: tuple[str, ...] = ()


class Reached(StrEnum):
    """Whether something that was said to somebody came, as far as is known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Messenger(Protocol):
    """Says things to people."""

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        """Answer through a message's session webhook. Raises UpstreamError; NotSent when it has expired."""
        ...

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        """Say the same to at most RECIPIENTS_A_CALL, one to one; what is not `urgent` lets receipts go first.

        Raises UpstreamError, ServiceStopped.
        """
        ...
