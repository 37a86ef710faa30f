"""Events of the Stream, read into our own values; pure. Official samples spell some keys in several ways."""

from datetime import datetime
from typing import Any

from pydantic import AliasChoices, Field, ValidationError

from bot.dingtalk.fields import Listed, Row
from bot.domain.events import (
    DepartmentsChanged,
    Event,
    LeaveChanged,
    LeaveState,
    PeopleChange,
    PeopleChanged,
    PunchesMade,
    RosterChanged,
)

# How the words for a leave that is not taken begin; the official page shows none of them.
_TAKEN_BACK = ("refus", "reject", "cancel", "revo", "terminat", "delet", "withdr", "abort", "invalid", "fail")
_ROSTER = (
    *("attendance_schedule_change", "attend_group_change", "attend_shift_change"),
    "attendance_approve_status_change",
)
_PEOPLE = {
    "user_add_org": PeopleChange.JOINED,
    "user_leave_org": PeopleChange.LEFT,
    **dict.fromkeys(("user_modify_org", "user_active_org"), PeopleChange.CHANGED),
    **dict.fromkeys(("user_dept_change", "user_role_change"), PeopleChange.CHANGED),
}


class _People(Row):
    user_ids: Listed[str] = Field([], validation_alias=AliasChoices("userId", "UserId", "userid"))


class _Departments(Row):
    ids: Listed[int] = Field([], validation_alias=AliasChoices("deptId", "DeptId"))


class _Punch(Row):
    user_id: str = Field(alias="userId")
    at: datetime = Field(alias="checkTime")
    by_user: bool = Field(True, alias="checkByUser")


class _Punches(Row):
    rows: Listed[_Punch] = Field([], validation_alias=AliasChoices("dataList", "DataList"))


class _Leave(Row):
    user_id: str = Field("", alias="userid")
    record_id: str = Field("", alias="recordId")
    status: str = Field("", alias="leaveStatus")
    kind: str = Field("leave", alias="leaveRecordType")
    starts_at: datetime | None = Field(None, alias="startTime")
    ends_at: datetime | None = Field(None, alias="endTime")


def read_event(event_type: str, body: dict[str, Any]) -> Event | None:
    """Return what an event says, None where it concerns nobody here or cannot be read."""
    try:
        if event_type in _PEOPLE:
            people = _People.model_validate(body)
            return PeopleChanged(_PEOPLE[event_type], people.user_ids)
        if event_type in _ROSTER:
            return RosterChanged()
        match event_type:
            case "org_dept_create" | "org_dept_modify" | "org_dept_remove":
                return DepartmentsChanged(_Departments.model_validate(body).ids)
            case "attendance_check_record":
                # Rows not by the user are older punches told again because a schedule changed.
                rows = [row for row in _Punches.model_validate(body).rows if row.by_user]
                return PunchesMade([(row.user_id, row.at) for row in rows]) if rows else None
            case "leave_record_change":
                return _leave(_Leave.model_validate(body))
    except ValidationError:
        return PeopleChanged(_PEOPLE[event_type], ()) if event_type in _PEOPLE else None
    return None


def _leave(row: _Leave) -> Event | None:
    """Return a change of leave; other kinds of record change a balance.

    Of the states only `success` is documented; what is unknown is pending. Without an id it goes by its times.
    """
    status, kind = row.status.casefold(), row.kind.casefold()
    if status.startswith(_TAKEN_BACK) or kind.startswith(_TAKEN_BACK):
        state = LeaveState.TAKEN_BACK
    elif kind != "leave":
        return None
    else:
        state = LeaveState.APPROVED if status == "success" else LeaveState.PENDING
    span = (row.starts_at, row.ends_at) if row.starts_at and row.ends_at else None
    return LeaveChanged(row.user_id, row.record_id or f"leave:{row.starts_at}:{row.ends_at}", span, state)
