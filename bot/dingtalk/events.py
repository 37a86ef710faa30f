"""Changes in the organisation, as events of the Stream report them; pure.

Official samples spell some keys in several ways. Times are UTC.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, ValidationError

from bot.dingtalk.openapi import Listed, Row, in_utc
from bot.domain.absences import Absence, AbsenceSource

log = logging.getLogger(__name__)

# The first letters of DingTalk's words for a leave that is not taken. The official page names none
# of them.
_TAKEN_BACK = (
    "refus",
    "reject",
    "cancel",
    "revo",
    "terminat",
    "delet",
    "withdr",
    "abort",
    "invalid",
    "fail",
)
_LEFT = "user_leave_org"
_PEOPLE = {
    "user_add_org",
    "user_modify_org",
    "user_active_org",
    "user_dept_change",
    "user_role_change",
    _LEFT,
}


class Changed(Enum):
    """What has to be read again."""

    DEPARTMENTS = ("org_dept_create", "org_dept_modify", "org_dept_remove")
    ROSTERS = (
        "attendance_schedule_change",
        "attend_group_change",
        "attend_shift_change",
        "attendance_approve_status_change",
    )


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """People joined, `left`, or have another name, department or role."""

    user_ids: Sequence[str]
    left: bool = False


@dataclass(frozen=True, slots=True)
class PunchesMade:
    """User ids and times of punches, also those outside the bot."""

    punches: Sequence[tuple[str, datetime]]


@dataclass(frozen=True, slots=True)
class LeaveTakenBack:
    """A leave was refused or taken back. `span` is its time, if the event names it."""

    user_id: str
    absence_id: str
    span: tuple[datetime, datetime] | None


# An Absence is a requested or approved leave.
Event = Changed | PeopleChanged | PunchesMade | Absence | LeaveTakenBack


class _People(Row):
    user_ids: Listed[str] = Field([], validation_alias=AliasChoices("userId", "UserId", "userid"))


class _Punch(Row):
    user_id: str = Field(alias="userId")
    at: datetime = Field(alias="checkTime")
    by_user: bool = Field(True, alias="checkByUser")


class _Punches(Row):
    rows: Listed[_Punch] = Field([], validation_alias=AliasChoices("dataList", "DataList"))


class _Leave(Row):
    user_id: str = Field(alias="userid")
    record_id: str = Field("", alias="recordId")
    status: str = Field("", alias="leaveStatus")
    kind: str = Field("leave", alias="leaveRecordType")
    starts_at: datetime | None = Field(None, alias="startTime")
    ends_at: datetime | None = Field(None, alias="endTime")


def read_event(event_type: str, body: dict[str, Any], zone: ZoneInfo) -> Event | None:
    """Return the event, None when it is unreadable or concerns nobody here.

    Times as text are local to `zone`.
    """
    for changed in Changed:
        if event_type in changed.value:
            return changed
    try:
        if event_type in _PEOPLE:
            user_ids = _People.model_validate(body).user_ids
            return PeopleChanged(user_ids, event_type == _LEFT) if user_ids else Changed.DEPARTMENTS
        if event_type == "attendance_check_record":
            # Other rows repeat older punches because a schedule changed.
            rows = [row for row in _Punches.model_validate(body).rows if row.by_user]
            return (
                PunchesMade([(row.user_id, in_utc(row.at, zone)) for row in rows]) if rows else None
            )
        if event_type == "leave_record_change":
            return _leave(_Leave.model_validate(body), zone)
    except ValidationError:
        log.warning("an event %s cannot be read", event_type)
        return Changed.DEPARTMENTS if event_type in _PEOPLE else None
    return None


def _leave(row: _Leave, zone: ZoneInfo) -> Event | None:
    """Return a change of leave. Return None for a change of a leave balance.

    DingTalk documents only the state `success`. Any other leave is pending.
    """
    status = row.status.casefold()
    kind = row.kind.casefold()
    absence_id = row.record_id or f"leave:{row.starts_at}:{row.ends_at}"
    span = (
        (in_utc(row.starts_at, zone), in_utc(row.ends_at, zone))
        if row.starts_at and row.ends_at
        else None
    )
    if status.startswith(_TAKEN_BACK) or kind.startswith(_TAKEN_BACK):
        return LeaveTakenBack(row.user_id, absence_id, span)
    if kind != "leave":
        return None
    if span is None or span[0] >= span[1]:
        log.warning("an event about leave names no time")
        return None
    return Absence(row.user_id, *span, absence_id, status != "success", AbsenceSource.EVENT)
