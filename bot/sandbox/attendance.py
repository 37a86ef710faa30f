"""Attendance reads: the punches that DingTalk holds, and leave."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.sandbox.absences import LEAVE, LEAVE_CODE
from bot.sandbox.api import (
    Json,
    LocalTime,
    Offset,
    State,
    UserIds,
    api,
    comma_separated,
    days_between,
    invalid,
)
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.people import NONE, Person
from bot.sandbox.plans import CheckPoint, check_points, midnight, time_result
from bot.sandbox.records import Record

_LONGEST_SPAN_MS = 180 * 24 * 3_600_000
_SCOPE = "qyapi_get_attendance_data"
_OUTSIDE_WINDOWS = {
    "invalidRecordType": "Other",
    "invalidRecordMsg": "当前不在可打卡的时间范围，请和管理员联系",
}


@api("list", "/attendance/list", _SCOPE)
def results(
    state: State,
    *,
    user_id_list: UserIds,
    work_date_from: LocalTime,
    work_date_to: LocalTime,
    limit: Annotated[int, Field(ge=1, le=50)],
    offset: Offset = 0,
) -> Json:
    """Answer with a row for each due check point, also when nobody punched."""
    days, people = days_between(work_date_from.date(), work_date_to.date()), _people(state, user_id_list)
    rows = [row for person in people for day in days for row in _results_of(state, person, day)]
    return {"recordresult": rows[offset : offset + limit], "hasMore": offset + limit < len(rows)}


@api("listRecord", "/attendance/listRecord", _SCOPE)
def records(state: State, user_ids: UserIds, check_date_from: LocalTime, check_date_to: LocalTime) -> Json:
    """Answer with every punch between two moments, the invalid ones too."""
    days_between(check_date_from.date(), check_date_to.date())
    held = [record for person in _people(state, user_ids) for record in _shown(state, person)]
    asked = [one for one in held if check_date_from <= one.punched_at <= check_date_to]
    return {"recordresult": [_record(state, one) for one in asked]}


@api("getupdatedata", "/topapi/attendance/getupdatedata", _SCOPE)
def one_day(state: State, userid: str, work_date: date) -> Json:
    """Answer with one person's work date: punches and approvals."""
    person = state.employee(userid)
    rows = [_record(state, one) for one in _shown(state, person) if state.local_date(one.time_ms) == work_date]
    held = [{"record_id": one["id"], "valid_matched": "invalidRecordType" not in one} for one in rows]
    approvals = _approvals(state, person, work_date)
    return {"result": {"userid": userid, "check_record_list": held, "approve_list": approvals}}


@api("getleavestatus", "/topapi/attendance/getleavestatus", _SCOPE)
def leave(
    state: State,
    *,
    userid_list: Annotated[list[str], BeforeValidator(comma_separated), Field(max_length=100)],
    start_time: int,
    end_time: int,
    size: Annotated[int, Field(ge=1, le=20)],
    offset: Offset = 0,
) -> Json:
    """Answer with a page of the approved leave of a few people; no trips."""
    if not 0 <= end_time - start_time <= _LONGEST_SPAN_MS:
        raise invalid("start_time and end_time must lie at most 180 days apart")
    rows = [
        {"userid": one.user_id, "start_time": one.start_ms, "end_time": one.end_ms, "leave_code": LEAVE_CODE}
        for person in _people(state, userid_list)
        for one in state.absences.approved(person.user_id)
        if one.kind == LEAVE and one.touches(start_time, end_time)
    ]
    return {"result": {"has_more": offset + size < len(rows), "leave_status": rows[offset : offset + size]}}


def _people(state: State, user_ids: list[str]) -> list[Person]:
    """Return the known people: an unknown id gives no row and no error."""
    return [person for user_id in user_ids if (person := state.world.get(user_id))]


def _shown(state: State, person: Person) -> list[Record]:
    now_ms = to_ms(state.now())
    return [one for one in state.records.of(person.user_id) if one.shown_ms <= now_ms]


def _results_of(state: State, person: Person, day: date) -> list[Json]:
    shown, held = _shown(state, person), state.records.results(person, day)
    punched = {
        point.plan_id: _result(state, point, one) for point, one in held if one in shown
    }  # the last one counts
    for point in check_points(state.world, person, day):
        if point.plan_id not in punched and state.now() >= point.closes_at:
            word = "Normal" if state.absences.excusing(point) else "NotSigned"
            punched[point.plan_id] = {**_plan(point), "timeResult": word, "sourceType": "SYSTEM"}
    return list(punched.values())


def _plan(point: CheckPoint) -> Json:
    return {
        "planId": point.plan_id,
        "userId": point.person.user_id,
        "checkType": point.check_type,
        "workDate": to_ms(midnight(point.work_date)),
        "baseCheckTime": to_ms(point.due_at),
        "planCheckTime": to_ms(point.due_at),
    }


def _result(state: State, point: CheckPoint, record: Record) -> Json:
    return {
        **_plan(point),
        "recordId": record.id,
        "timeResult": time_result(point, record.punched_at),
        "locationResult": state.records.location_result(record),
        "userCheckTime": record.told_ms,
        "sourceType": record.source,
    }


def _record(state: State, record: Record) -> Json:
    """Return a row of listRecord; a punch outside every window has a reason instead of a check type."""
    row: Json = {
        "id": record.id,
        "userId": record.user_id,
        "userCheckTime": record.told_ms,
        "sourceType": record.source,
        "userAddress": record.device_name,
        "userLatitude": record.latitude,
        "userLongitude": record.longitude,
    }
    person = state.employee(record.user_id)
    point = state.records.point_of(person, record)
    if point is not None:
        judged = _result(state, point, record)
        regular = judged["timeResult"] == judged["locationResult"] == "Normal"
        return {**row, **judged, "isLegal": "Y" if regular else "N"}
    return {**row, "isLegal": "Y"} if person.shift.group_type == NONE else {**row, **_OUTSIDE_WINDOWS}


def _approvals(state: State, person: Person, day: date) -> list[Json]:
    """Return the approved absences that touch the work date or, where the shift crosses midnight, its night."""
    dues = [point.due_at for point in check_points(state.world, person, day)]
    first_ms, last_ms = to_ms(midnight(day)), to_ms(max([midnight(day) + timedelta(days=1, seconds=-1), *dues]))
    return [
        {
            "biz_type": 3 if one.kind == LEAVE else 2,
            "begin_time": state.local_text(from_ms(one.start_ms)),
            "end_time": state.local_text(from_ms(one.end_ms)),
            "procInst_id": one.process_id,
        }
        for one in state.absences.approved(person.user_id)
        if one.touches(first_ms, last_ms)
    ]
