"""Attendance reads: what DingTalk shows of the punches it holds."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from bot.sandbox.absences import LEAVE, LEAVE_CODE, Absence
from bot.sandbox.api import Api, Ask, Json, Refused, State
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.plans import OUTSIDE_THE_WINDOW, CheckPoint, check_points, midnight, time_result
from bot.sandbox.records import Record
from bot.sandbox.shifts import NONE
from bot.sandbox.world import Person

MOST_PEOPLE = 50
MOST_DAYS = 7
_MOST_ON_LEAVE = 100
_LEAVES_A_PAGE = 20
_LONGEST_SPAN_MS = 180 * 24 * 3_600_000
_SCOPE = "qyapi_get_attendance_data"
_FORMAT = "%Y-%m-%d %H:%M:%S"


def results(state: State, ask: Ask) -> Json:
    """Answer `/attendance/list`: a row for each due check point, also when nobody punched."""
    people = _people(state, ask.texts("userIdList", most=MOST_PEOPLE))
    days = _days(_local(state, ask, "workDateFrom"), _local(state, ask, "workDateTo"))
    if ask.body.get("isI18n"):
        return {"recordresult": [], "hasMore": False}
    rows = [row for person in people for day in days for row in _results_of(state, person, day)]
    offset, limit = ask.number("offset"), ask.number("limit")
    if not 0 < limit <= 50 or offset < 0:
        raise Refused(400002, "invalidParameter", "limit must be 1 to 50")
    end = offset + limit
    return {"recordresult": rows[offset:end], "hasMore": end < len(rows)}


def records(state: State, ask: Ask) -> Json:
    """Answer `/attendance/listRecord`: every punch between two moments, the invalid ones too."""
    people = _people(state, ask.texts("userIds", most=MOST_PEOPLE))
    first, last = _local(state, ask, "checkDateFrom"), _local(state, ask, "checkDateTo")
    _days(first, last)
    if ask.body.get("isI18n"):
        return {"recordresult": []}
    held = (record for person in people for record in _shown(state, person))
    return {"recordresult": [_record(state, one) for one in held if first <= one.punched_at <= last]}


def one_day(state: State, ask: Ask) -> Json:
    """Answer `/topapi/attendance/getupdatedata`: one person's work date, punches with their match."""
    person = _person(state, ask.text("userid"))
    day = _parsed(ask.text("work_date")).date()
    pairs = [(point, one) for point, one in state.records.results(person, day) if one.shown(state.now())]
    day_text = _text(midnight(day, state.world.zone), state)
    result = {"work_date": day_text, "userid": person.user_id, "corpId": state.world.corp_id}
    found = [_daily_result(state, point, record) for point, record in pairs]
    lists = {"attendance_result_list": found, "check_record_list": _raw_day(state, person, day)}
    return {"result": {**result, **lists, "approve_list": _approvals(state, person, day)}}


def leave(state: State, ask: Ask) -> Json:
    """Answer `/topapi/attendance/getleavestatus`: a page of the approved leave of a few people; no trips."""
    user_ids = ask.text("userid_list").split(",")
    start_ms, end_ms = ask.number("start_time"), ask.number("end_time")
    offset, size = ask.number("offset", 0), ask.number("size", _LEAVES_A_PAGE)
    if len(user_ids) > _MOST_ON_LEAVE or not 0 < size <= _LEAVES_A_PAGE or offset < 0:
        raise Refused(400002, "invalidParameter", f"at most {_MOST_ON_LEAVE} people, size 1 to {_LEAVES_A_PAGE}")
    if not 0 <= end_ms - start_ms <= _LONGEST_SPAN_MS:
        raise Refused(400002, "invalidParameter", "start_time and end_time must lie at most 180 days apart")
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


def _person(state: State, user_id: str) -> Person:
    person = state.world.get(user_id)
    if person is None:
        raise Refused(33012, "invalidUserId", "无效的USERID")
    return person


def _parsed(text: str) -> datetime:
    for form in (_FORMAT, "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Refused(400002, "invalidParameter", f"{text!r} is not yyyy-MM-dd HH:mm:ss")


def _local(state: State, ask: Ask, field: str) -> datetime:
    return _parsed(ask.text(field)).replace(tzinfo=state.world.zone)


def _days(first: datetime, last: datetime) -> list[date]:
    count = (last.date() - first.date()).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise Refused(41041, "invalidDateRange", f"the range must be 1 to {MOST_DAYS} days")
    return [first.date() + timedelta(days=offset) for offset in range(count)]


def _text(moment: datetime, state: State) -> str:
    return moment.astimezone(state.world.zone).strftime(_FORMAT)


def _results_of(state: State, person: Person, day: date) -> Iterator[Json]:
    punched: dict[int, Record] = {}
    for point, record in state.records.results(person, day):
        if record.shown(state.now()):
            punched[point.plan_id] = record  # of several for going, the last counts
    for point in check_points(state.world, person, day):
        counted, absence = punched.get(point.plan_id), state.absences.excusing(point)
        if counted is not None:
            yield _result(state, point, counted)
        elif absence is not None and state.now() >= point.due_at:
            approval = {"approveId": absence.id, "procInstId": absence.process_id}
            yield {**_plan(state, point), "id": point.plan_id, "timeResult": "Normal", **_APPROVED, **approval}
        elif state.now() >= point.closes_at:
            yield {**_plan(state, point), "id": point.plan_id, "timeResult": "NotSigned", **_NOT_SIGNED}


_APPROVED = {"locationResult": "Normal", "sourceType": "APPROVE"}
_NOT_SIGNED = {"locationResult": "NotSigned", "sourceType": "SYSTEM"}


def _plan(state: State, point: CheckPoint) -> Json:
    return {
        "userId": point.person.user_id,
        "planId": point.plan_id,
        "groupId": point.person.shift.group_id,
        "checkType": point.check_type,
        "workDate": to_ms(midnight(point.work_date, state.world.zone)),
        "baseCheckTime": to_ms(point.due_at),
    }


def _result(state: State, point: CheckPoint, record: Record) -> Json:
    return {
        **_plan(state, point),
        "id": point.plan_id,
        "recordId": record.id,
        "timeResult": time_result(point, record.punched_at),
        "locationResult": state.records.location_result(record),
        "userCheckTime": record.told_ms,
        "sourceType": _source(record),
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
        "sourceType": _source(record),
        "bizId": f"{record.target}-{record.id}",
    }
    row |= _place(record)
    person = _person(state, record.user_id)
    point = state.records.point_of(person, record)
    if point is None and person.shift.group_type == NONE:
        return row | {"groupId": person.shift.group_id, "isLegal": "Y"}
    if point is None:
        return row | {"invalidRecordType": "Other", "invalidRecordMsg": OUTSIDE_THE_WINDOW}
    judged = _result(state, point, record)
    regular = judged["timeResult"] == judged["locationResult"] == "Normal"
    more = {"id": record.id, "planCheckTime": to_ms(point.due_at), "classId": point.shift.id}
    return row | judged | more | {"isLegal": "Y" if regular else "N"}


def _place(record: Record) -> Json:
    if record.latitude is None or record.longitude is None:
        return {"userAddress": record.device_name} if record.device_name else {}
    fix = {"userLatitude": record.latitude, "userLongitude": record.longitude, "locationMethod": "MAP"}
    return fix if record.accuracy is None else {**fix, "userAccuracy": record.accuracy}


def _source(record: Record) -> str:
    return record.source or ("ATM" if record.target == "record_upload" else "USER")


def _daily_result(state: State, point: CheckPoint, record: Record) -> Json:
    return {
        "record_id": record.id,
        "plan_id": point.plan_id,
        "check_type": point.check_type,
        "plan_check_time": _text(point.due_at, state),
        "user_check_time": _text(record.punched_at, state),
        "time_result": time_result(point, record.punched_at),
        "location_result": state.records.location_result(record),
        "source_type": _source(record),
    }


def _raw_day(state: State, person: Person, day: date) -> list[Json]:
    zone = state.world.zone
    of_day = [r for r in _shown(state, person) if r.punched_at.astimezone(zone).date() == day]
    return [_raw(state, record, state.records.point_of(person, record)) for record in of_day]


def _raw(state: State, record: Record, point: CheckPoint | None) -> Json:
    row = {"record_id": record.id, "user_check_time": _text(record.punched_at, state)}
    flexible = _person(state, record.user_id).shift.group_type == NONE
    judged = {"source_type": _source(record), "valid_matched": point is not None or flexible}
    reason = (
        {} if point or flexible else {"invalid_record_type": "Other", "invalid_record_msg": OUTSIDE_THE_WINDOW}
    )
    return row | judged | reason


def _shown(state: State, person: Person) -> list[Record]:
    now = state.now()
    return [record for record in state.records.of(person.user_id) if record.shown(now)]


def _leave(absence: Absence) -> Json:
    unit, length_ms = ("percent_day", 24 * 3_600_000) if absence.whole_days else ("percent_hour", 3_600_000)
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
    points = check_points(state.world, person, day)
    start = midnight(day, state.world.zone)
    end = max([start + timedelta(days=1, seconds=-1), *(point.due_at for point in points)])
    return [
        {
            "biz_type": one.biz_type,
            "tag_name": one.tag,
            "sub_type": _SUB_TYPES[one.kind],
            "begin_time": _text(from_ms(one.start_ms), state),
            "end_time": _text(from_ms(one.end_ms), state),
            "duration": f"{(one.end_ms - one.start_ms) / 3_600_000:g}",
            "duration_unit": "HOUR",
            "procInst_id": one.process_id,
        }
        for one in state.absences.approved(person.user_id)
        if one.touches(to_ms(start), to_ms(end))
    ]


_SUB_TYPES = {"leave": "年假", "trip": "出差", "outing": "外出"}


def _read(name: str, path: str, answer: Callable[[State, Ask], Json]) -> Api:
    return Api(name, path, answer, _SCOPE)


APIS = (
    _read("list", "/attendance/list", results),
    _read("listRecord", "/attendance/listRecord", records),
    _read("getupdatedata", "/topapi/attendance/getupdatedata", one_day),
    _read("getleavestatus", "/topapi/attendance/getleavestatus", leave),
)
