"""Attendance reads: who is planned for which shift, the shifts and the groups."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from bot.sandbox.api import Api, Ask, Json, Refused, State
from bot.sandbox.clock import from_ms
from bot.sandbox.plans import CheckPoint, check_points, midnight
from bot.sandbox.world import Person, Shift

MOST_PEOPLE = 50
MOST_DAYS = 7
_SCOPE = "qyapi_attendance_group_read"
_CLOCK_FORMAT = "%Y-%m-%d %H:%M:%S"


def plans_of_people(state: State, ask: Ask) -> Json:
    """Answer `schedule/listbyusers`: each check point, or one row with `is_rest` for a rest day."""
    _operator(state, ask)
    user_ids = ask.text("userids").split(",")
    if len(user_ids) > MOST_PEOPLE:
        raise Refused(400002, "invalidParameter", f"userids takes at most {MOST_PEOPLE}")
    people = [person for user_id in user_ids if (person := state.world.get(user_id))]
    days = _days(state, ask)
    rows = [row for person in people for day in days for row in _rows_of(state, person, day)]
    return {"result": rows, "success": True}


def plans_of_day(state: State, ask: Ask) -> Json:
    """Answer `listschedule`: everybody's check points of one work date, a page of them."""
    day = _date(ask.text("workDate"))
    offset, size = ask.number("offset", 0), ask.number("size", 200)
    if not 0 < size <= 200 or offset < 0:
        raise Refused(400002, "invalidParameter", "size must be 1 to 200")
    points = [point for person in state.world for point in check_points(person, day, state.world.zone)]
    end = offset + size
    return {
        "result": {"has_more": end < len(points), "schedules": [_brief(state, one) for one in points[offset:end]]}
    }


def plans_of_person(state: State, ask: Ask) -> Json:
    """Answer `schedule/listbyday`."""
    _operator(state, ask)
    person = _person(state, ask.text("user_id"))
    day = _local_date(state, ask.number("date_time"))
    points = check_points(person, day, state.world.zone)
    return {"result": [_detailed(state, point) for point in points], "success": True}


def shift_query(state: State, ask: Ask) -> Json:
    """Answer `shift/query`: one shift with the windows of its punches."""
    _operator(state, ask)
    shift = _shift(state, ask.number("shift_id"))
    section = {"id": shift.id * 10, "punches": _punches(shift), "rests": []}
    setting = {"shift_id": shift.id, "is_deleted": "N", "work_time_minutes": shift.length_minutes}
    details = {"corp_id": state.world.corp_id, "id": shift.id, "name": shift.name}
    return {"result": {**details, "sections": [section], "shift_setting": setting}, "success": True}


def shift_list(state: State, ask: Ask) -> Json:
    """Answer `shift/list`."""
    _operator(state, ask)
    shifts = [{"id": shift.id, "name": shift.name} for shift in state.world.shifts]
    return {"result": {"cursor": 1, "has_more": False, "result": shifts}, "success": True}


def group_of_person(state: State, ask: Ask) -> Json:
    """Answer `getusergroup`."""
    shift = _person(state, ask.text("userid")).shift
    return {
        "result": {"group_id": shift.group_id, "name": shift.name, "type": "FIXED", "classes": [_class(shift)]}
    }


def groups(state: State, ask: Ask) -> Json:
    """Answer `getsimplegroups`."""
    found = [_group(state, shift) for shift in state.world.shifts]
    return {"result": {"has_more": False, "groups": found}}


def positions(state: State, ask: Ask) -> Json:
    """Answer `group/positions/query`: every group may punch at every site."""
    ask.text("group_key")
    places = [
        {"position_key": site.name, "address": site.address, "offset": site.radius_m}
        | {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}", "position_name": site.name}
        for site in state.world.sites
    ]
    return {"result": {"errcode": 0, "success": True, "result": {"has_more": False, "position_list": places}}}


def holidays(state: State, ask: Ask) -> Json:
    """Answer `/v1.0/attendance/holidays`: this company has none."""
    return {"result": [{"userId": one, "holidays": []} for one in ask.texts("userIds", most=MOST_PEOPLE)]}


def _operator(state: State, ask: Ask) -> None:
    user_id = ask.text("op_user_id")
    if state.world.get(user_id) is None:
        raise Refused(33012, "invalidUserId", "无效的USERID: op_user_id")


def _person(state: State, user_id: str) -> Person:
    person = state.world.get(user_id)
    if person is None:
        raise Refused(33012, "invalidUserId", "无效的USERID")
    return person


def _shift(state: State, shift_id: int) -> Shift:
    shift = next((one for one in state.world.shifts if one.id == shift_id), None)
    if shift is None:
        raise Refused(400002, "invalidParameter", "shift_id is unknown")
    return shift


def _date(text: str) -> date:
    try:
        return datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Refused(400002, "invalidParameter", "workDate must be yyyy-MM-dd") from None


def _local_date(state: State, moment_ms: int) -> date:
    return from_ms(moment_ms).astimezone(state.world.zone).date()


def _days(state: State, ask: Ask) -> list[date]:
    first = _local_date(state, ask.number("from_date_time"))
    last = _local_date(state, ask.number("to_date_time"))
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise Refused(41041, "invalidDateRange", f"the range must be 1 to {MOST_DAYS} days")
    return [first + timedelta(days=offset) for offset in range(count)]


def _text(moment: datetime, state: State) -> str:
    return moment.astimezone(state.world.zone).strftime(_CLOCK_FORMAT)


def _rows_of(state: State, person: Person, day: date) -> list[Json]:
    work_date = _text(midnight(day, state.world.zone), state)
    common = {"userid": person.user_id, "work_date": work_date, "group_id": person.shift.group_id}
    points = check_points(person, day, state.world.zone)
    if not points:
        number = (day.toordinal() * 1_000_000 + person.number) * 10
        return [{**common, "id": number, "is_rest": "Y", "shift_id": 0, "shift_version": 0}]
    shift = {"is_rest": "N", "shift_id": person.shift.id, "shift_version": 1}
    return [{**common, **shift, **_due(state, point), "id": point.plan_id} for point in points]


def _due(state: State, point: CheckPoint) -> Json:
    return {"check_type": point.check_type, "plan_check_time": _text(point.due_at, state)}


def _brief(state: State, point: CheckPoint) -> Json:
    shift = point.person.shift
    ids = {
        "plan_id": point.plan_id,
        "class_id": shift.id,
        "class_setting_id": shift.id,
        "group_id": shift.group_id,
    }
    return {"userid": point.person.user_id, **_due(state, point), **ids}


def _detailed(state: State, point: CheckPoint) -> Json:
    shift = point.person.shift
    results = state.records.results(point.person, point.work_date)
    checked = any(done.plan_id == point.plan_id for done, _ in results)
    status = "Checked" if checked else "Timeout" if state.now() >= point.closes_at else "Init"
    due = _text(point.due_at, state)
    return {
        "id": point.plan_id,
        "check_type": point.check_type,
        "check_date_time": due,
        "real_plan_time": due,
        "work_date": _text(midnight(point.work_date, state.world.zone), state),
        "check_status": status,
        "is_rest": "N",
        "class_id": shift.id,
        "class_name": shift.name,
        "group_id": shift.group_id,
        "check_begin_time": _text(point.opens_at, state),
        "check_end_time": _text(point.closes_at, state),
        "features": "{}",
    }


def _punches(shift: Shift) -> list[Json]:
    rest = shift.length_minutes - shift.split_minutes
    on_duty = {
        "id": shift.id * 10 + 1,
        "check_type": "OnDuty",
        "check_time": f"1970-01-01 {shift.start:%H:%M}:00",
        "across": 0,
        "begin_min": shift.earliest_minutes,
        "end_min": shift.split_minutes,
        "permit_minutes": 0,
        "serious_late_minutes": str(shift.serious_late_minutes),
        "absenteeism_late_minutes": "-1",
        "free_check": False,
    }
    off_duty = {
        "id": shift.id * 10 + 2,
        "check_type": "OffDuty",
        "check_time": f"1970-01-01 {shift.end:%H:%M}:00",
        "across": int(shift.overnight),
        "begin_min": rest,
        "end_min": shift.latest_minutes,
        "free_check": False,
    }
    return [on_duty, off_duty]


def _class(shift: Shift) -> Json:
    kept = ("check_type", "check_time", "across", "begin_min", "end_min")
    times = [{name: punch[name] for name in kept} for punch in _punches(shift)]
    return {"class_id": shift.id, "name": shift.name, "sections": [{"times": times}], "setting": {}}


def _group(state: State, shift: Shift) -> Json:
    # Sunday comes first in this list, and "0" is a day of rest
    week = [str(shift.id) if day in shift.days else "0" for day in (6, 0, 1, 2, 3, 4, 5)]
    setting = {"permit_late_minutes": 0, "serious_late_minutes": shift.serious_late_minutes}
    return {
        "group_id": shift.group_id,
        "group_name": shift.name,
        "type": "FIXED",
        "member_count": sum(person.shift == shift for person in state.world),
        "owner_user_id": state.world.admin.user_id,
        "work_day_list": week,
        "default_class_id": shift.id,
        "selected_class": [{**_class(shift), "class_id": shift.id, "class_name": shift.name, "setting": setting}],
    }


def _read(path: str, answer: Callable[[State, Ask], Json]) -> Api:
    return Api(path.rsplit("/", 1)[1], path, answer, _SCOPE)


APIS = (
    _read("/topapi/attendance/schedule/listbyusers", plans_of_people),
    _read("/topapi/attendance/schedule/listbyday", plans_of_person),
    _read("/topapi/attendance/listschedule", plans_of_day),
    Api("shift_query", "/topapi/attendance/shift/query", shift_query, _SCOPE),
    Api("shift_list", "/topapi/attendance/shift/list", shift_list, _SCOPE),
    _read("/topapi/attendance/getusergroup", group_of_person),
    _read("/topapi/attendance/getsimplegroups", groups),
    Api("positions", "/topapi/attendance/group/positions/query", positions, _SCOPE),
    _read("/v1.0/attendance/holidays", holidays),
)
