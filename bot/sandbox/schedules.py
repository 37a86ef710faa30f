"""Attendance reads: people's plans, the shifts and the groups."""

from datetime import UTC, date, datetime, timedelta

from bot.sandbox.api import MOST_PEOPLE, Ask, Json, Refused, State, api, days_between, invalid
from bot.sandbox.clock import to_ms
from bot.sandbox.people import NONE, SERIOUS_LATE_MINUTES, SHIFTS, Person, Shift
from bot.sandbox.plans import CheckPoint, check_points, midnight, plan_id
from bot.sandbox.world import WorldError

_MOST_EMPLOYEES = 10_000
_A_PAGE = 50
_FARTHEST = timedelta(days=15)
_SCOPE = "qyapi_attendance_group_read"
_GROUP_KEY = "sandbox-group-"
_GRACE = {"permit_minutes": 0, "absenteeism_late_minutes": "-1"}


@api("listbyusers", "/topapi/attendance/schedule/listbyusers", _SCOPE)
def plans_of_people(state: State, ask: Ask) -> Json:
    """Answer with each check point, or one row with `is_rest` for a rest day."""
    _check_operator(state, ask)
    user_ids = ask.text("userids").split(",")
    if len(user_ids) > MOST_PEOPLE:
        raise invalid(f"userids takes at most {MOST_PEOPLE}")
    people = [person for user_id in user_ids if (person := state.world.get(user_id))]
    days = days_between(*(state.local_date(ask.number(name)) for name in ("from_date_time", "to_date_time")))
    rows = [row for person in people for day in days for row in _rows_of(state, person, day)]
    return {"result": rows, "success": True}


@api("listschedule", "/topapi/attendance/listschedule", "qyapi_base")
def plans_of_day(state: State, ask: Ask) -> Json:
    """Answer with a page of everybody's check points of one work date.

    Only for organisations of fewer than 10,000 people, and at most 15 days ahead.
    """
    if len(state.world) >= _MOST_EMPLOYEES:
        raise invalid(f"only for organisations of fewer than {_MOST_EMPLOYEES} people")
    try:
        day = datetime.strptime(ask.text("workDate")[:10], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise invalid("workDate must be yyyy-MM-dd") from None
    offset, size = ask.page(200, 200)
    if day > state.local_date(to_ms(state.now())) + _FARTHEST:
        return {"result": {"has_more": False, "schedules": []}}
    points, end = [point for one in state.world for point in check_points(state.world, one, day)], offset + size
    rows = [_brief(state, one) for one in points[offset:end]]
    return {"result": {"has_more": end < len(points), "schedules": rows}}


@api("listbyday", "/topapi/attendance/schedule/listbyday", _SCOPE)
def plans_of_person(state: State, ask: Ask) -> Json:
    _check_operator(state, ask)
    person = state.employee(ask.text("user_id"))
    points = check_points(state.world, person, state.local_date(ask.number("date_time")))
    return {"result": [_detailed(state, point) for point in points], "success": True}


@api("shift_query", "/topapi/attendance/shift/query", _SCOPE)
def shift_query(state: State, ask: Ask) -> Json:
    """Answer with one shift and the windows of its punches."""
    _check_operator(state, ask)
    try:
        shift = state.world.shift(ask.number("shift_id"))
    except WorldError:
        raise invalid("shift_id is unknown") from None
    due = shift.due_minutes
    minutes = sum(end - start for start, end in zip(due[::2], due[1::2], strict=True))
    setting = {"shift_id": shift.id, "is_deleted": "N", "work_time_minutes": minutes}
    sections = [
        {"id": shift.id * 10 + index, "punches": punches, "rests": []}
        for index, punches in enumerate(_sections(shift))
    ]
    details = {"corp_id": state.world.corp_id, "id": shift.id, "name": shift.name}
    return {"result": {**details, "sections": sections, "shift_setting": setting}, "success": True}


@api("shift_list", "/topapi/attendance/shift/list", _SCOPE)
def shift_list(state: State, ask: Ask) -> Json:
    _check_operator(state, ask)
    shifts = [{"id": shift.id, "name": shift.name} for shift in SHIFTS]
    return {"result": {"cursor": 1, "has_more": False, "result": shifts}, "success": True}


@api("getusergroup", "/topapi/attendance/getusergroup", _SCOPE)
def group_of_person(state: State, ask: Ask) -> Json:
    """Answer with a person's group; a flexible one has no classes."""
    shift = state.employee(ask.text("userid")).shift
    classes = [] if shift.group_type == NONE else [_class(shift)]
    kind = {"group_id": shift.group_id, "name": shift.name, "type": shift.group_type}
    return {"result": {**kind, "classes": classes}}


@api("memberusers", "/topapi/attendance/group/memberusers/list", _SCOPE)
def group_people(state: State, ask: Ask) -> Json:
    """Answer with a page of a group's people who have to punch."""
    _check_operator(state, ask)
    group_id, first = ask.number("group_id"), ask.number("cursor", 0)
    numbers = sorted((one.number, one.user_id) for one in state.world if one.shift.group_id == group_id)
    left = [one for one in numbers if one[0] > first]
    page = left[:_A_PAGE]
    result = [user_id for _, user_id in page]
    cursor = page[-1][0] if page else first
    return {"result": {"cursor": cursor, "has_more": len(left) > _A_PAGE, "result": result}, "success": True}


@api("getsimplegroups", "/topapi/attendance/getsimplegroups", _SCOPE)
def groups(state: State, ask: Ask) -> Json:
    return {"result": {"has_more": False, "groups": [_group(state, shift) for shift in SHIFTS]}}


@api("idtokey", "/topapi/attendance/groups/idtokey", _SCOPE)
def group_key(state: State, ask: Ask) -> Json:
    group_id = ask.number("group_id")
    if group_id not in {shift.group_id for shift in SHIFTS}:
        raise invalid("no such attendance group")
    return {"result": f"{_GROUP_KEY}{group_id}"}


@api("positions", "/topapi/attendance/group/positions/query", _SCOPE)
def positions(state: State, ask: Ask) -> Json:
    """Answer that every group may punch at every site."""
    if not ask.text("group_key").startswith(_GROUP_KEY) or not 0 < ask.number("size") <= _A_PAGE:
        raise invalid(f"group_key from groups/idtokey, size 1 to {_A_PAGE}")
    places = [
        {"position_key": site.name, "address": site.address, "offset": site.radius_m}
        | {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}", "position_name": site.name}
        for site in state.world.sites
    ]
    return {"result": {"errcode": 0, "success": True, "result": {"has_more": False, "position_list": places}}}


@api("holidays", "/v1.0/attendance/holidays", _SCOPE)
def holidays(state: State, ask: Ask) -> Json:
    """Answer with public holidays and the workdays that make up for them."""
    user_ids = ask.texts("userIds", most=MOST_PEOPLE)
    first, last = (state.local_date(ask.number(name)) for name in ("workDateFrom", "workDateTo"))
    rows = [
        {"workDate": to_ms(midnight(day)), "holidayName": found.name}
        | {"holidayType": "overtime" if found.shift_ids else "festival"}
        for day, found in sorted(state.world.special_days.items())
        if first <= day <= last
    ]
    return {"result": [{"userId": one, "holidays": rows} for one in user_ids]}


def _check_operator(state: State, ask: Ask) -> None:
    if state.world.get(ask.text("op_user_id")) is None:
        raise Refused(33012, "invalidUserId", "无效的USERID: op_user_id")


def _rows_of(state: State, person: Person, day: date) -> list[Json]:
    work_date = state.local_text(midnight(day))
    common: Json = {"userid": person.user_id, "work_date": work_date, "group_id": person.shift.group_id}
    points = check_points(state.world, person, day)
    if not points and person.shift.group_type == NONE:
        return []
    if not points:
        return [{**common, "id": plan_id(person, day), "is_rest": "Y", "shift_id": 0, "shift_version": 0}]
    return [
        {**common, "is_rest": "N", "shift_id": point.shift.id, "shift_version": 1, "id": point.plan_id}
        | {**_due(state, point), **_approval(state, point)}
        for point in points
    ]


def _due(state: State, point: CheckPoint) -> Json:
    return {"check_type": point.check_type, "plan_check_time": state.local_text(point.due_at)}


def _approval(state: State, point: CheckPoint) -> Json:
    absence = state.absences.excusing(point)
    return {} if absence is None else {"approve_id": absence.id}


def _brief(state: State, point: CheckPoint) -> Json:
    group = {"class_setting_id": point.shift.id, "group_id": point.person.shift.group_id}
    ids = {"userid": point.person.user_id, "plan_id": point.plan_id, "class_id": point.shift.id}
    return {**ids, **_due(state, point), **group, **_approval(state, point)}


def _detailed(state: State, point: CheckPoint) -> Json:
    results = state.records.results(point.person, point.work_date)
    checked = any(done.plan_id == point.plan_id for done, _ in results)
    due = state.local_text(point.due_at)
    return {
        "id": point.plan_id,
        "check_type": point.check_type,
        "check_date_time": due,
        "real_plan_time": due,
        "work_date": state.local_text(midnight(point.work_date)),
        "check_status": "Checked" if checked else "Timeout" if state.now() >= point.closes_at else "Init",
        "is_rest": "N",
        "class_id": point.shift.id,
        "class_name": point.shift.name,
        "group_id": point.person.shift.group_id,
        **_approval(state, point),
        "check_begin_time": state.local_text(point.opens_at),
        "check_end_time": state.local_text(point.closes_at),
        "features": "{}",
    }


def _sections(shift: Shift) -> list[list[Json]]:
    """Return the punches of each section; the minutes of a window count from the punch."""
    edges, punches = shift.edge_minutes, list[Json]()
    for index, minutes in enumerate(shift.due_minutes):
        across, left = divmod(minutes, 24 * 60)
        late = {} if index % 2 else {**_GRACE, "serious_late_minutes": str(SERIOUS_LATE_MINUTES)}
        punch = {
            "id": shift.id * 10 + index + 1,
            "check_type": "OffDuty" if index % 2 else "OnDuty",
            "check_time": f"1970-01-01 {left // 60:02d}:{left % 60:02d}:00",
            "across": across,
            "begin_min": minutes - edges[index],
            "end_min": edges[index + 1] - minutes,
            "free_check": False,
        }
        punches.append({**punch, **late})
    return [punches[index : index + 2] for index in range(0, len(punches), 2)]


def _class(shift: Shift) -> Json:
    kept = ("check_type", "check_time", "across", "begin_min", "end_min")
    sections = [{"times": [{name: one[name] for name in kept} for one in punches]} for punches in _sections(shift)]
    return {"class_id": shift.id, "name": shift.name, "sections": sections, "setting": {}}


def _group(state: State, shift: Shift) -> Json:
    # Sunday comes first in this list, and "0" is a day of rest
    week = ["0", *[str(shift.id)] * 5, "0"]
    setting = {"permit_late_minutes": 0, "serious_late_minutes": SERIOUS_LATE_MINUTES}
    return {
        "group_id": shift.group_id,
        "group_name": shift.name,
        "type": shift.group_type,
        "member_count": sum(one.shift.group_id == shift.group_id for one in state.world),
        "owner_user_id": state.world.admin.user_id,
        "work_day_list": week,
        "default_class_id": shift.id,
        "selected_class": [{**_class(shift), "class_name": shift.name, "setting": setting}],
    }
