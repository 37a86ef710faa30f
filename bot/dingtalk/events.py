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

from bot.dingtalk.openapi import CamelRow, Listed, Row, in_utc

log = logging.getLogger(__name__)

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
    ROSTERS = ("attendance_schedule_change", "attend_group_change", "attend_shift_change")
    ABSENCES = ()  # by the approval in the event


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """People joined, `left`, or have another name, department or role."""

    user_ids: Sequence[str]
    left: bool = False


@dataclass(frozen=True, slots=True)
class PunchesMade:
    """User ids and times of punches, also those outside the bot."""

    punches: Sequence[tuple[str, datetime]]


Event = Changed | PeopleChanged | PunchesMade


class _People(Row):
    user_ids: Listed[str] = Field([], validation_alias=AliasChoices("userId", "UserId", "userid"))


class _Punch(CamelRow):
    user_id: str
    check_time: datetime
    check_by_user: bool = True


class _Punches(Row):
    rows: Listed[_Punch] = Field([], validation_alias=AliasChoices("dataList", "DataList"))


class _Approval(CamelRow):
    """A change of an approval. It names neither the person nor the time
    (《请假、加班、出差、外出状态变更事件》).
    """

    approve_type: str = ""
    status: str = ""


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
            rows = [row for row in _Punches.model_validate(body).rows if row.check_by_user]
            if rows:
                return PunchesMade([(row.user_id, in_utc(row.check_time, zone)) for row in rows])
        if event_type == "attendance_approve_status_change":
            approval = _Approval.model_validate(body)
            is_request = approval.status.casefold() == "start"  # which alone is no absence
            if not is_request and approval.approve_type.upper() != "OVERTIME":
                return Changed.ABSENCES
    except ValidationError:
        log.warning("an event %s cannot be read", event_type)
        return Changed.DEPARTMENTS if event_type in _PEOPLE else None
    return None
