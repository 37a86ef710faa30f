"""The parameters, answers and refusals of the API. Its description is made from these models."""

from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar, get_type_hints

from aiohttp import web
from pydantic import (
    AfterValidator,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    create_model,
)

from bot.domain.day import CheckState, Standing
from bot.domain.months import Month
from bot.domain.punches import ExportRow
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult

T = TypeVar("T")
YEARS = range(2000, 2100)
MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"


def _only_a_date(value: object) -> date:
    text = str(value)
    day = date.fromisoformat(text)
    if day.isoformat() != text or day.year not in YEARS:
        raise ValueError("must be a date such as 2026-10-31")
    return day


ADate = Annotated[date, BeforeValidator(_only_a_date)]
# an aware moment; the context of the validation is the zone in which it is shown
Moment = Annotated[datetime, AfterValidator(lambda at, info: at.astimezone(info.context))]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class ApiProblem(_Model):
    """A refused call (RFC 9457). `field` is the parameter to correct."""

    status: int
    title: str
    detail: str
    field: str | None = None


class PageQuery(_Model):
    cursor: str = Field("", description="The `cursor` of the page before.")


class OwnDaysQuery(PageQuery):
    first: ADate = Field(alias="from", description="The first work date.")
    last: ADate = Field(alias="to", description="The last one; at most 92 days.")


class DaysQuery(OwnDaysQuery):
    user_id: str | None = None
    department: int | None = Field(None, description="Its id; with the departments below.")


def _only_a_month(value: object) -> Month:
    month = Month.parse(str(value))
    if month.year not in YEARS:
        raise ValueError("must be a month such as 2026-10")
    return month


AMonth = Annotated[
    Month, PlainValidator(_only_a_month), WithJsonSchema({"type": "string", "pattern": MONTH})
]


class MonthQuery(PageQuery):
    month: AMonth
    user_id: str | None = None


class MissingQuery(PageQuery):
    department: int | None = Field(None, description="Its id; without it everybody.")


class PunchesQuery(_Model):
    after: int = Field(0, ge=0, le=2**31 - 1, description="The last `seq` that you have.")
    limit: int = Field(500, ge=1, le=1000)


class ApiPage(_Model, Generic[T]):
    """A part of the answer, in the order of user ids, punches in the order of `seq`."""

    items: list[T]
    cursor: str | None = Field(description="Gives the next page; null on the last one.")
    left_out: int = Field(
        0,
        description="People who are not shown now: their departments are being read. "
        "Of a month also those whom the token sees on a part of it.",
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
    due_at: Moment
    state: CheckState
    punched_at: Moment | None
    site: str | None = Field(validation_alias=AliasPath("where", "site"))
    location_result: LocationResult = Field(validation_alias=AliasPath("where", "result"))


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
    due_at: Moment | None
    ends_at: Moment | None
    arrived_at: Moment | None
    left_at: Moment | None
    checks: list[ApiCheck]
    figures: Figures
    unknown: Unknown


class StateOfMonth(StrEnum):
    """The last thing that holds about a month."""

    OPEN = "open"
    SHOWN = "shown"  # the person saw the figures of now
    CONFIRMED = "confirmed"
    CHANGED = "changed"  # confirmed, and the figures changed since
    OBJECTED = "objected"
    LOCKED = "locked"


class ApiMonth(_Model):
    user_id: str
    job_number: str | None
    name: str
    month: str = Field(description="Such as 2026-10.")
    state: StateOfMonth
    approved: bool = Field(description="A lead approved the figures of now.")
    locked_at: Moment | None
    figures: Figures
    adjustments: Annotated[
        dict[str, int | None],
        Field(description="What changed after the lock: the figures of now less `figures`."),
    ]
    unknown: Unknown


# Who may not see positions and reasons reads them nowhere in the API.
_NOT_SHOWN = frozenset({"latitude", "longitude", "accuracy_m", "datum", "note"})
PUNCH_COLUMNS = {
    name: Moment if kind is datetime else kind
    for name, kind in get_type_hints(ExportRow).items()
    if name not in _NOT_SHOWN
}
_fields: dict[str, Any] = {name: (kind, ...) for name, kind in PUNCH_COLUMNS.items()}
ApiPunch = create_model("ApiPunch", __base__=_Model, seq=(int, ...), **_fields)


_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "1"},
    503: {"Retry-After": "5"},
}


class Problem(Exception):
    """Refuses a call with an HTTP status. `field` is the parameter to correct, `allow` the right method."""

    def __init__(
        self, status: int, detail: str, *, field: str | None = None, allow: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self._headers = {} if allow is None else {"Allow": allow}

    def response(self) -> web.Response:
        title = HTTPStatus(self.status).phrase
        body = ApiProblem(
            status=self.status, title=title, detail=self.detail, field=self.field
        ).model_dump_json(exclude_none=True)
        return web.Response(
            text=body,
            status=self.status,
            content_type="application/problem+json",
            headers={"Cache-Control": "no-store", **_HEADERS.get(self.status, {}), **self._headers},
        )
