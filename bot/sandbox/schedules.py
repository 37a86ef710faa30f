"""Attendance reads: who is planned for which shift, the shifts and the groups."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from bot.sandbox.api import Api, Ask, Json, Refused, State
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.plans import CheckPoint, check_points, midnight
from bot.sandbox.shifts import NONE, Shift
from bot.sandbox.world import Person, WorldError

MOST_PEOPLE = 50
MOST_DAYS = 7
_MOST_EMPLOYEES = 10_000
_A_PAGE = 50
GROUP_KEY = "sandbox-group-"
_FARTHEST = timedelta(days=15)
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
    """Answer `listschedule`: everybody's check points of one work date, a page of them.

    Only for organisations of fewer than 10,000 people, and at most 15 days ahead.
    """
    if len(state.world) >= _MOST_EMPLOYEES:
        raise Refused(400002, "invalidParameter", f"only for organisations of fewer than {_MOST_EMPLOYEES} people")
    day = _date(ask.text("workDate"))
    offset, size = ask.number("offset", 0), ask.number("size", 200)
    if not 0 < size <= 200 or offset < 0:
        raise Refused(400002, "invalidParameter", "size must be 1 to 200")
    if day > _local_date(state, to_ms(state.now())) + _FARTHEST:
        return {"result": {"has_more": False, "schedules": []}}
    points, more = state.plans.page(day, offset, size)
    return {"result": {"has_more": more, "schedules": [_brief(state, one) for one in points]}}


def plans_of_person(state: State, ask: Ask) -> Json:
    """Answer `schedule/listbyday`."""
    _operator(state, ask)
    person = _person(state, ask.text("user_id"))
    day = _local_date(state, ask.number("date_time"))
    points = check_points(state.world, person, day)
    return {"result": [_detailed(state, point) for point in points], "success": True}


def shift_query(state: State, ask: Ask) -> Json:
    """Answer `shift/query`: one shift with the windows of its punches."""
    _operator(state, ask)
    shift = _shift(state, ask.number("shift_id"))
    setting = {"shift_id": shift.id, "is_deleted": "N", "work_time_minutes": shift.work_minutes}
    details = {"corp_id": state.world.corp_id, "id": shift.id, "name": shift.name}
    sections = [
        {"id": shift.id * 10 + index, "punches": punches, "rests": []}
        for index, punches in enumerate(_sections(shift))
    ]
    return {"result": {**details, "sections": sections, "shift_setting": setting}, "success": True}


def shift_list(state: State, ask: Ask) -> Json:
    """Answer `shift/list`."""
    _operator(state, ask)
    shifts = [{"id": shift.id, "name": shift.name} for shift in state.world.shifts]
    return {"result": {"cursor": 1, "has_more": False, "result": shifts}, "success": True}


def group_of_person(state: State, ask: Ask) -> Json:
    """Answer `getusergroup`; a flexible group has no classes."""
    shift = _person(state, ask.text("userid")).shift
    classes = [] if shift.group_type == NONE else [_class(shift)]
    kind = {"group_id": shift.group_id, "name": shift.name, "type": shift.group_type}
    return {"result": {**kind, "classes": classes}}


def group_people(state: State, ask: Ask) -> Json:
    """Answer `group/memberusers/list`: a page of who has to punch in a group."""
    _operator(state, ask)
    group_id, first = ask.number("group_id"), ask.number("cursor", 0)
    numbers = [(one.number, one.user_id) for one in state.world if one.shift.group_id == group_id]
    page = sorted(one for one in numbers if one[0] > first)[: _A_PAGE + 1]
    ids = [user_id for _, user_id in page[:_A_PAGE]]
    cursor = page[len(ids) - 1][0] if ids else first
    return {"result": {"cursor": cursor, "has_more": len(page) > _A_PAGE, "result": ids}, "success": True}


def groups(state: State, ask: Ask) -> Json:
    """Answer `getsimplegroups`."""
    found = [_group(state, shift) for shift in state.world.shifts]
    return {"result": {"has_more": False, "groups": found}}


def group_key(state: State, ask: Ask) -> Json:
    """Answer `groups/idtokey`."""
    group_id = ask.number("group_id")
    if group_id not in {shift.group_id for shift in state.world.shifts}:
        raise Refused(400002, "invalidParameter", "no such attendance group")
    return {"result": f"{GROUP_KEY}{group_id}"}


def positions(state: State, ask: Ask) -> Json:
    """Answer `group/positions/query`: every group may punch at every site."""
    if not ask.text("group_key").startswith(GROUP_KEY) or not 0 < ask.number("size") <= _A_PAGE:
        raise Refused(400002, "invalidParameter", f"group_key from groups/idtokey, size 1 to {_A_PAGE}")
    places = [
        {"position_key": site.name, "address": site.address, "offset": site.radius_m}
        | {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}", "position_name": site.name}
        for site in state.world.sites
    ]
    return {"result": {"errcode": 0, "success": True, "result": {"has_more": False, "position_list": places}}}


def holidays(state: State, ask: Ask) -> Json:
    """Answer `/v1.0/attendance/holidays`: public holidays and the workdays that make up for them."""
    user_ids = ask.texts("userIds", most=MOST_PEOPLE)
    first, last = (_local_date(state, ask.number(name)) for name in ("workDateFrom", "workDateTo"))
    span = [first + timedelta(days=offset) for offset in range(min((last - first).days + 1, 366))]
    special = [(day, found) for day in span if (found := state.world.overrides.day(day))]
    rows = [
        {"workDate": to_ms(midnight(day, state.world.zone)), "holidayName": found.name}
        | {"holidayType": "overtime" if found.works else "festival"}
        for day, found in special
    ]
    return {"result": [{"userId": one, "holidays": rows} for one in user_ids]}


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
    try:
        return state.world.shift(shift_id)
    except WorldError:
        raise Refused(400002, "invalidParameter", "shift_id is unknown") from None


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
    points = check_points(state.world, person, day)
    if not points and person.shift.group_type == NONE:
        return []
    if not points:
        number = (day.toordinal() * 1_000_000 + person.number) * 10
        return [{**common, "id": number, "is_rest": "Y", "shift_id": 0, "shift_version": 0}]
    return [
        {**common, "is_rest": "N", "shift_id": point.shift.id, "shift_version": 1}
        | {**_due(state, point), "id": point.plan_id, **_approval(state, point)}
        for point in points
    ]


def _due(state: State, point: CheckPoint) -> Json:
    return {"check_type": point.check_type, "plan_check_time": _text(point.due_at, state)}


def _approval(state: State, point: CheckPoint) -> Json:
    absence = state.absences.excusing(point)
    return {} if absence is None else {"approve_id": absence.id}


def _moved(state: State, point: CheckPoint, approval: Json) -> Json:
    """Return when the punch is due instead, where an absence covers it but not its whole section."""
    if not approval:
        return {}
    points = check_points(state.world, point.person, point.work_date)
    index = next(index for index, one in enumerate(points) if one.plan_id == point.plan_id)
    moved_to = state.absences.moved_to(point, points[index ^ 1])
    return {} if moved_to is None else {"changed_check_time": _text(moved_to, state)}


def _brief(state: State, point: CheckPoint) -> Json:
    shift = point.shift
    approval = _approval(state, point)
    ids = {
        "plan_id": point.plan_id,
        "class_id": shift.id,
        "class_setting_id": shift.id,
        "group_id": point.person.shift.group_id,
    }
    return {
        "userid": point.person.user_id,
        **_due(state, point),
        **ids,
        **approval,
        **_moved(state, point, approval),
    }


def _detailed(state: State, point: CheckPoint) -> Json:
    shift = point.shift
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
        "group_id": point.person.shift.group_id,
        **_approval(state, point),
        "check_begin_time": _text(point.opens_at, state),
        "check_end_time": _text(point.closes_at, state),
        "features": "{}",
    }


def _sections(shift: Shift) -> list[list[Json]]:
    """Return the punches of each section; the minutes of a window count from the punch."""
    due, edges = shift.due_minutes, shift.edge_minutes
    punches = [
        _punch(shift, index, minutes, (minutes - edges[index], edges[index + 1] - minutes))
        for index, minutes in enumerate(due)
    ]
    return [punches[index : index + 2] for index in range(0, len(punches), 2)]


def _punch(shift: Shift, index: int, minutes: int, window: tuple[int, int]) -> Json:
    clock_time, across = shift.clock_time(minutes)
    grace = {
        "permit_minutes": 0,
        "serious_late_minutes": str(shift.serious_late_minutes),
        "absenteeism_late_minutes": "-1",
    }
    return {
        "id": shift.id * 10 + index + 1,
        "check_type": "OffDuty" if index % 2 else "OnDuty",
        "check_time": f"1970-01-01 {clock_time}:00",
        "across": across,
        "begin_min": window[0],
        "end_min": window[1],
        **({} if index % 2 else grace),
        "free_check": False,
    }


def _class(shift: Shift) -> Json:
    kept = ("check_type", "check_time", "across", "begin_min", "end_min")
    sections = [
        {"times": [{name: punch[name] for name in kept} for punch in punches]} for punches in _sections(shift)
    ]
    return {"class_id": shift.id, "name": shift.name, "sections": sections, "setting": {}}


def _group(state: State, shift: Shift) -> Json:
    # Sunday comes first in this list, and "0" is a day of rest
    week = [str(shift.id) if day in shift.days else "0" for day in (6, 0, 1, 2, 3, 4, 5)]
    setting = {"permit_late_minutes": 0, "serious_late_minutes": shift.serious_late_minutes}
    return {
        "group_id": shift.group_id,
        "group_name": shift.name,
        "type": shift.group_type,
        "member_count": state.world.group_size(shift.group_id),
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
    Api("listschedule", "/topapi/attendance/listschedule", plans_of_day, "qyapi_base"),
    Api("memberusers", "/topapi/attendance/group/memberusers/list", group_people, _SCOPE),
    Api("shift_query", "/topapi/attendance/shift/query", shift_query, _SCOPE),
    Api("shift_list", "/topapi/attendance/shift/list", shift_list, _SCOPE),
    _read("/topapi/attendance/getusergroup", group_of_person),
    _read("/topapi/attendance/getsimplegroups", groups),
    Api("idtokey", "/topapi/attendance/groups/idtokey", group_key, _SCOPE),
    Api("positions", "/topapi/attendance/group/positions/query", positions, _SCOPE),
    _read("/v1.0/attendance/holidays", holidays),
)
