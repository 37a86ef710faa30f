"""The parameters and answers of the API. Its description is made from these models."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.day import CheckState, Standing
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult

T = TypeVar("T")


def _only_a_date(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError("must be a date such as 2026-10-31")
    return day


ADate = Annotated[date, BeforeValidator(_only_a_date)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PageQuery(_Model):
    cursor: str = Field("", description="The `cursor` of the page before.")


class DaysQuery(PageQuery):
    first: ADate = Field(alias="from", description="The first work date.")
    last: ADate = Field(alias="to", description="The last one; at most 92 days.")
    user_id: str | None = None
    department: int | None = Field(None, description="Its id; with the departments below.")


class ApiPage(_Model, Generic[T]):
    """A part of the answer, by user id."""

    items: list[T]
    cursor: str | None = Field(description="Gives the next page; null on the last one.")
    left_out: int = Field(
        0, description="People whose departments are being read, so that nobody else sees them."
    )


class ApiDepartment(_Model):
    id: int
    name: str


class ApiPerson(_Model):
    user_id: str
    job_number: str | None = Field(description="The employee number; null without one.")
    name: str
    departments: list[ApiDepartment]
    leads: list[str] = Field(description="The user ids of the nearest leads.")


class Reason(StrEnum):
    """Why a value is null."""

    NOT_READ = "not_read"  # the plan, punches or the rules of a day are not known yet
    INCOMPLETE = "incomplete"  # a punch is missing, or the breaks of a shift are not known


class ApiCheck(_Model):
    check_type: CheckType
    due_at: datetime
    state: CheckState
    punched_at: datetime | None
    site: str | None
    location_result: LocationResult


Figures = Annotated[
    dict[str, int | None], Field(description="As in payroll exports; durations in minutes.")
]
Unknown = Annotated[
    dict[str, Reason],
    Field(description="Why a value is null. Other nulls mean that there is none."),
]


class ApiDay(_Model):
    user_id: str
    job_number: str | None
    name: str
    department: str = Field(description="Names of that date.")
    work_date: date
    standing: Standing
    due_at: datetime | None
    ends_at: datetime | None
    arrived_at: datetime | None
    left_at: datetime | None
    checks: list[ApiCheck]
    figures: Figures
    unknown: Unknown
