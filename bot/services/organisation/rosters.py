"""Rosters: who works which plan on which work date, from the configuration or from DingTalk."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.people import Employee
from bot.domain.shifts import DayPlan

PlanSource = Literal["dingtalk", "config"]
Book = Mapping[DayPlan, Sequence[str]]  # the people of each plan that has check points
Plans = Mapping[str, Mapping[date, DayPlan]]  # by person and work date; a day off is a plan without check points
A_DAY = timedelta(days=1)
T = TypeVar("T")


def around(now: datetime, zone: ZoneInfo) -> tuple[date, date, date]:
    """Return the days that matter now: yesterday, because a night shift may still run, today and tomorrow."""
    today = now.astimezone(zone).date()
    return today - A_DAY, today, today + A_DAY


def dates_of(first: date, last: date) -> list[date]:
    """Return the dates `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def in_calls(people: Sequence[T], most: int = PEOPLE_A_CALL) -> list[Sequence[T]]:
    """Return people in groups of one call each."""
    return [people[begin : begin + most] for begin in range(0, len(people), most)]


class Rosters(Protocol):
    """Plans of yesterday, today and tomorrow in memory; other days on request."""

    source: PlanSource
    outdated: bool  # an event said that plans changed

    @property
    def plans(self) -> Book:
        """Return the people of each plan of yesterday, today and tomorrow."""

    async def plans_of(self, user_ids: Sequence[str], first: date, last: date) -> Plans:
        """Return the known plans of these work dates, asking nobody. Raises StoreRefused."""

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return a person's plans of the day before, the day and the day after; None if they are unknown."""

    async def refresh(self, user_ids: Sequence[str], day: date) -> Collection[str]:
        """Read the plans of at most 50 people; return who was read. Raises UpstreamError, StoreRefused."""

    async def read(self) -> None:
        """Read everybody's plans. Raises UpstreamError, ServiceStopped, StoreRefused."""

    async def follow(self) -> bool:
        """Take over what other processes read. Tell whether any plan changed. Raises StoreRefused."""
