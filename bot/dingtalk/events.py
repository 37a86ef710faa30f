"""Events of the Stream, read into our own values; pure. Official samples spell keys in several ways."""

from collections.abc import Mapping

from bot.dingtalk.fields import as_bool, as_ints, as_moment, as_objects, as_text, as_texts
from bot.domain.events import (
    ApprovalChanged,
    DepartmentsChanged,
    Event,
    LeaveChanged,
    LeaveState,
    PeopleChange,
    PeopleChanged,
    PunchesMade,
    RosterChanged,
)

Body = Mapping[str, object]

_APPROVED = "success"
# How the words for a leave that is not taken begin; the official page shows none of them.
_TAKEN_BACK = ("refus", "reject", "cancel", "revo", "terminat", "delet", "withdr", "abort", "invalid", "fail")
# The categories of approvals on DingTalk's page of `bpms_instance_change`: trips and outings, and those that are
# no absence. It names none for leave: a leave form is known by its title, "张三提交的请假" unless it was changed.
_TRIPS = ("attendance.goout", "alitrip.business")
_OTHER_APPROVALS = (
    *("hrm.", "dingtalk.hrm.", "dingtalk.businessfinance.", "open.com.dd.suite.", "open.com.dd.at.approvecheck"),
    *("attendance.batchovertime", "attendance.supply", "attendance.relieve"),
)
_LEAVE_TITLES = ("假", "调休", "leave", "time off", "vacation")


_PEOPLE = {
    "user_add_org": PeopleChange.JOINED,
    "user_leave_org": PeopleChange.LEFT,
    **dict.fromkeys(("user_modify_org", "user_active_org"), PeopleChange.CHANGED),
    **dict.fromkeys(("user_dept_change", "user_role_change"), PeopleChange.CHANGED),
}


def read_event(event_type: str, body: Body) -> Event | None:
    """Return what an event says, None where it concerns nobody here. Never raises, whatever `body` holds."""
    match event_type:
        case _ if event_type in _PEOPLE:
            user_ids = as_texts(body.get("userId") or body.get("UserId") or body.get("userid"))
            at = as_moment(body.get("timeStamp")) or as_moment(body.get("timestamp"))
            return PeopleChanged(_PEOPLE[event_type], user_ids, at)
        case "org_dept_create" | "org_dept_modify" | "org_dept_remove":
            return DepartmentsChanged(as_ints(body.get("deptId") or body.get("DeptId")))
        case "attendance_schedule_change" | "attend_group_change" | "attend_shift_change":
            return RosterChanged()
        case "attendance_approve_status_change":
            return RosterChanged()
        case "attendance_check_record":
            return _punches(body)
        case "leave_record_change":
            return _leave(body)
        case "bpms_instance_change":
            return _approval(body)
    return None


def _punches(body: Body) -> Event | None:
    """Read an `attendance_check_record` (`DataList` in its old form).

    Rows with `checkByUser` false are older punches told again because a schedule changed.
    """
    rows = as_objects(body.get("dataList") or body.get("DataList"))
    made = [row for row in rows if as_bool(row.get("checkByUser"), default=True)]
    read = [(as_text(row.get("userId")), as_moment(row.get("checkTime"))) for row in made]
    found = [(user_id, at) for user_id, at in read if user_id and at is not None]
    return PunchesMade(found) if found else None


def _leave(body: Body) -> Event | None:
    """Read a `leave_record_change`; other kinds of record change a balance and are no leave.

    Of the states only `success` is documented; what is unknown is pending. Without an id it goes by its times.
    """
    status = as_text(body.get("leaveStatus")).casefold()
    kind = as_text(body.get("leaveRecordType")).casefold() or "leave"
    if status.startswith(_TAKEN_BACK) or kind.startswith(_TAKEN_BACK):
        state = LeaveState.TAKEN_BACK
    elif kind != "leave":
        return None
    else:
        state = LeaveState.APPROVED if status == _APPROVED else LeaveState.PENDING
    starts, ends = body.get("startTime"), body.get("endTime")
    absence_id = as_text(body.get("recordId")) or f"leave:{as_text(starts)}:{as_text(ends)}"
    starts_at, ends_at = as_moment(starts), as_moment(ends)
    span = None if starts_at is None or ends_at is None else (starts_at, ends_at)
    return LeaveChanged(as_text(body.get("userid")), absence_id, span, state)


def _approval(body: Body) -> Event | None:
    """Read a `bpms_instance_change`; None for a form that is neither leave nor a trip or an outing."""
    user_id, category = as_text(body.get("staffId")), as_text(body.get("bizCategoryId")).casefold()
    is_trip = category in _TRIPS
    title = as_text(body.get("title")).casefold()
    may_be_leave = not category.startswith(_OTHER_APPROVALS) and any(word in title for word in _LEAVE_TITLES)
    if not user_id or not (is_trip or may_be_leave):
        return None
    return ApprovalChanged(user_id, may_be_trip=is_trip)
