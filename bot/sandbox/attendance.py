"""Attendance reads: the punches that DingTalk holds, and leave."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.sandbox.absences import LEAVE, LEAVE_CODE, Absence
from bot.sandbox.api import MOST_PEOPLE, Ask, Json, State, api, days_between, invalid
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.people import NONE, Person
from bot.sandbox.plans import CheckPoint, check_points, midnight, time_result
from bot.sandbox.records import Record

_OUTSIDE_THE_WINDOW = "当前不在可打卡的时间范围，请和管理员联系"
_MOST_ON_LEAVE = 100
_LEAVES_A_PAGE = 20
_HOUR_MS = 3_600_000
_LONGEST_SPAN_MS = 180 * 24 * _HOUR_MS
_SCOPE = "qyapi_get_attendance_data"
_SUB_TYPES = {"leave": "年假", "trip": "出差", "outing": "外出"}
_TAGS = {"leave": "请假", "trip": "出差", "outing": "外出"}
_APPROVED = {"timeResult": "Normal", "locationResult": "Normal", "sourceType": "APPROVE"}
_NOT_SIGNED = {"timeResult": "NotSigned", "locationResult": "NotSigned", "sourceType": "SYSTEM"}


@api("list", "/attendance/list", _SCOPE)
def results(state: State, ask: Ask) -> Json:
    """Answer with a row for each due check point, also when nobody punched."""
    people = _people(state, ask.texts("userIdList", most=MOST_PEOPLE))
    days = days_between(_local(state, ask, "workDateFrom").date(), _local(state, ask, "workDateTo").date())
    if ask.body.get("isI18n"):  # in China
        return {"recordresult": [], "hasMore": False}
    rows = [row for person in people for day in days for row in _results_of(state, person, day)]
    offset, limit = ask.page(50, size="limit")
    return {"recordresult": rows[offset : offset + limit], "hasMore": offset + limit < len(rows)}


@api("listRecord", "/attendance/listRecord", _SCOPE)
def records(state: State, ask: Ask) -> Json:
    """Answer with every punch between two moments, the invalid ones too."""
    people = _people(state, ask.texts("userIds", most=MOST_PEOPLE))
    first, last = _local(state, ask, "checkDateFrom"), _local(state, ask, "checkDateTo")
    days_between(first.date(), last.date())
    if ask.body.get("isI18n"):
        return {"recordresult": []}
    held = (record for person in people for record in _shown(state, person))
    return {"recordresult": [_record(state, one) for one in held if first <= one.punched_at <= last]}


@api("getupdatedata", "/topapi/attendance/getupdatedata", _SCOPE)
def one_day(state: State, ask: Ask) -> Json:
    """Answer with one person's work date: punches with their match, and approvals."""
    person, day = state.employee(ask.text("userid")), _parsed(ask.text("work_date")).date()
    pairs = [(point, one) for point, one in state.records.results(person, day) if _is_shown(state, one)]
    of_day = [one for one in _shown(state, person) if state.local_date(one.time_ms) == day]
    result = {
        "work_date": state.local_text(midnight(day)),
        "userid": person.user_id,
        "corpId": state.world.corp_id,
        "attendance_result_list": [_daily_result(state, point, record) for point, record in pairs],
        "check_record_list": [_raw(state, person, record) for record in of_day],
        "approve_list": _approvals(state, person, day),
    }
    return {"result": result}


@api("getleavestatus", "/topapi/attendance/getleavestatus", _SCOPE)
def leave(state: State, ask: Ask) -> Json:
    """Answer with a page of the approved leave of a few people; no trips."""
    user_ids = ask.text("userid_list").split(",")
    start_ms, end_ms = ask.number("start_time"), ask.number("end_time")
    offset, size = ask.page(_LEAVES_A_PAGE, _LEAVES_A_PAGE)
    if len(user_ids) > _MOST_ON_LEAVE:
        raise invalid(f"at most {_MOST_ON_LEAVE} people")
    if not 0 <= end_ms - start_ms <= _LONGEST_SPAN_MS:
        raise invalid("start_time and end_time must lie at most 180 days apart")
    rows = [
        _leave(one)
        for person in _people(state, user_ids)
        for one in state.absences.approved(person.user_id)
        if one.kind == LEAVE and one.touches(start_ms, end_ms)
    ]
    page = {"has_more": offset + size < len(rows), "leave_status": rows[offset : offset + size]}
    return {"result": page, "success": True}


def _people(state: State, user_ids: list[str]) -> Iterator[Person]:
    """Yield the known people; a wrong id gives no row and no error."""
    return (person for user_id in user_ids if (person := state.world.get(user_id)))


def _parsed(text: str) -> datetime:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise invalid(f"{text!r} is not yyyy-MM-dd HH:mm:ss")


def _local(state: State, ask: Ask, field: str) -> datetime:
    return _parsed(ask.text(field)).replace(tzinfo=state.world.zone)


def _shown(state: State, person: Person) -> list[Record]:
    return [record for record in state.records.of(person.user_id) if _is_shown(state, record)]


def _is_shown(state: State, record: Record) -> bool:
    return record.shown_ms <= to_ms(state.now())


def _results_of(state: State, person: Person, day: date) -> Iterator[Json]:
    held = state.records.results(person, day)
    punched = {point.plan_id: record for point, record in held if _is_shown(state, record)}  # the last one counts
    for point in check_points(state.world, person, day):
        counted, absence = punched.get(point.plan_id), state.absences.excusing(point)
        if counted is not None:
            yield _result(state, point, counted)
        elif absence is not None and state.now() >= point.due_at:
            approval = {"approveId": absence.id, "procInstId": absence.process_id}
            yield {**_plan(state, point), **_APPROVED, **approval}
        elif state.now() >= point.closes_at:
            yield {**_plan(state, point), **_NOT_SIGNED}


def _plan(state: State, point: CheckPoint) -> Json:
    return {
        "id": point.plan_id,
        "userId": point.person.user_id,
        "planId": point.plan_id,
        "groupId": point.person.shift.group_id,
        "checkType": point.check_type,
        "workDate": to_ms(midnight(point.work_date)),
        "baseCheckTime": to_ms(point.due_at),
    }


def _result(state: State, point: CheckPoint, record: Record) -> Json:
    return {
        **_plan(state, point),
        "recordId": record.id,
        "timeResult": time_result(point, record.punched_at),
        "locationResult": state.records.location_result(record),
        "userCheckTime": record.told_ms,
        "sourceType": record.source,
    }


def _record(state: State, record: Record) -> Json:
    """Return a row of listRecord; one outside every window carries no check type but the reason."""
    row: Json = {
        "id": record.id,
        "userId": record.user_id,
        "corpId": state.world.corp_id,
        "userCheckTime": record.told_ms,
        "gmtCreate": record.stored_ms,
        "gmtModified": record.stored_ms,
        "sourceType": record.source,
        "bizId": record.biz_id,
        **_place(record),
    }
    person = state.employee(record.user_id)
    point = state.records.point_of(person, record)
    if point is None and person.shift.group_type == NONE:
        return {**row, "groupId": person.shift.group_id, "isLegal": "Y"}
    if point is None:
        return {**row, "invalidRecordType": "Other", "invalidRecordMsg": _OUTSIDE_THE_WINDOW}
    judged = _result(state, point, record)
    regular = judged["timeResult"] == judged["locationResult"] == "Normal"
    more = {"id": record.id, "planCheckTime": to_ms(point.due_at), "classId": point.shift.id}
    return {**row, **judged, **more, "isLegal": "Y" if regular else "N"}


def _place(record: Record) -> Json:
    if record.latitude is None or record.longitude is None:
        return {"userAddress": record.device_name} if record.device_name else {}
    fix: Json = {"userLatitude": record.latitude, "userLongitude": record.longitude, "locationMethod": "MAP"}
    return fix if record.accuracy is None else {**fix, "userAccuracy": record.accuracy}


def _daily_result(state: State, point: CheckPoint, record: Record) -> Json:
    return {
        "record_id": record.id,
        "plan_id": point.plan_id,
        "check_type": point.check_type,
        "plan_check_time": state.local_text(point.due_at),
        "user_check_time": state.local_text(record.punched_at),
        "time_result": time_result(point, record.punched_at),
        "location_result": state.records.location_result(record),
        "source_type": record.source,
    }


def _raw(state: State, person: Person, record: Record) -> Json:
    valid = person.shift.group_type == NONE or state.records.point_of(person, record) is not None
    row: dict[str, Any] = {
        "record_id": record.id,
        "user_check_time": state.local_text(record.punched_at),
        "source_type": record.source,
        "valid_matched": valid,
    }
    return row if valid else {**row, "invalid_record_type": "Other", "invalid_record_msg": _OUTSIDE_THE_WINDOW}


def _leave(absence: Absence) -> Json:
    unit, length_ms = ("percent_day", 24 * _HOUR_MS) if absence.whole_days else ("percent_hour", _HOUR_MS)
    return {
        "userid": absence.user_id,
        "start_time": absence.start_ms,
        "end_time": absence.end_ms,
        "duration_unit": unit,
        "duration_percent": round((absence.end_ms - absence.start_ms) / length_ms * 100),
        "leave_code": LEAVE_CODE,
    }


def _approvals(state: State, person: Person, day: date) -> list[Json]:
    """Return the approved absences that touch the work date or, where the shift crosses midnight, its night."""
    start = midnight(day)
    dues = (point.due_at for point in check_points(state.world, person, day))
    end = max([start + timedelta(days=1, seconds=-1), *dues])
    return [
        {
            "biz_type": 3 if one.kind == LEAVE else 2,
            "tag_name": _TAGS[one.kind],
            "sub_type": _SUB_TYPES[one.kind],
            "begin_time": state.local_text(from_ms(one.start_ms)),
            "end_time": state.local_text(from_ms(one.end_ms)),
            "duration": f"{(one.end_ms - one.start_ms) / _HOUR_MS:g}",
            "duration_unit": "HOUR",
            "procInst_id": one.process_id,
        }
        for one in state.absences.approved(person.user_id)
        if one.touches(to_ms(start), to_ms(end))
    ]
