"""Attendance reads: people's plans, the shifts and the groups."""

from datetime import date, timedelta
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.sandbox.api import Json, Offset, State, UserIds, api, comma_separated, days_between, invalid
from bot.sandbox.clock import to_ms
from bot.sandbox.people import NONE, SERIOUS_LATE_MINUTES, SHIFTS, Person, Shift
from bot.sandbox.plans import OFF_DUTY, ON_DUTY, CheckPoint, check_points, midnight, plan_id
from bot.sandbox.world import WorldError

_GROUP_KEY = "sandbox-group-"
_A_PAGE = 50
_FARTHEST = timedelta(days=15)
_read = partial(api, scope="qyapi_attendance_group_read")


@_read("listbyusers", "/topapi/attendance/schedule/listbyusers")
def plans_of_people(
    state: State,
    userids: Annotated[UserIds, BeforeValidator(comma_separated)],
    from_date_time: int,
    to_date_time: int,
) -> Json:
    """Answer with each check point, or one row with `is_rest` for a rest day."""
    days = days_between(state.local_date(from_date_time), state.local_date(to_date_time))
    people = [person for user_id in userids if (person := state.world.get(user_id))]
    return {"result": [row for person in people for day in days for row in _rows_of(state, person, day)]}


@api("listschedule", "/topapi/attendance/listschedule", "qyapi_base")
def plans_of_day(state: State, work_date: date, offset: Offset = 0, size: int = 200) -> Json:
    """Answer with a page of everybody's check points of one work date, at most 15 days ahead."""
    is_known = work_date <= state.local_date(to_ms(state.now())) + _FARTHEST
    rows = [row for person in state.world for row in _rows_of(state, person, work_date) if is_known]
    return {"result": {"has_more": offset + size < len(rows), "schedules": rows[offset : offset + size]}}


@_read("listbyday", "/topapi/attendance/schedule/listbyday")
def plans_of_person(state: State, user_id: str, date_time: int) -> Json:
    person, day = state.employee(user_id), state.local_date(date_time)
    done = {point.plan_id for point, _ in state.records.results(person, day)}
    rows = _rows_of(state, person, day)
    return {"result": [{**row, "check_status": "Checked" if row["id"] in done else "Init"} for row in rows]}


@_read("shift_query", "/topapi/attendance/shift/query")
def shift_query(state: State, shift_id: int) -> Json:
    """Answer with one shift and the windows of its punches."""
    try:
        shift = state.world.shift(shift_id)
    except WorldError:
        raise invalid("shift_id is unknown") from None
    return {"result": {"id": shift.id, "name": shift.name, "sections": _sections(shift)}}


@_read("memberusers", "/topapi/attendance/group/memberusers/list")
def group_people(state: State, group_id: int, cursor: int = 0) -> Json:
    """Answer with a page of a group's people who have to punch."""
    found = [one for one in state.world if one.shift.group_id == group_id and one.number > cursor]
    page = sorted(found, key=lambda one: one.number)[:_A_PAGE]
    more, last = len(found) > _A_PAGE, page[-1].number if page else cursor
    return {"result": {"cursor": last, "has_more": more, "result": [one.user_id for one in page]}}


@_read("idtokey", "/topapi/attendance/groups/idtokey")
def group_key(group_id: int) -> Json:
    if group_id not in {shift.group_id for shift in SHIFTS}:
        raise invalid("no such attendance group")
    return {"result": f"{_GROUP_KEY}{group_id}"}


@_read("positions", "/topapi/attendance/group/positions/query")
def positions(
    state: State,
    group_key: Annotated[str, Field(pattern=f"^{_GROUP_KEY}")],
    size: Annotated[int, Field(ge=1, le=_A_PAGE)],
) -> Json:
    """Answer that every group may punch at every site."""
    places = [
        {"position_key": site.name, "position_name": site.name, "address": site.address, "offset": site.radius_m}
        | {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}"}
        for site in state.world.sites
    ]
    return {"result": {"errcode": 0, "success": True, "result": {"has_more": False, "position_list": places}}}


@_read("holidays", "/v1.0/attendance/holidays")
def holidays(state: State, user_ids: UserIds, work_date_from: int, work_date_to: int) -> Json:
    """Answer with public holidays and the workdays that make up for them."""
    first, last = state.local_date(work_date_from), state.local_date(work_date_to)
    rows = [
        {"workDate": to_ms(midnight(day)), "holidayType": "overtime" if shift_ids else "festival"}
        for day, shift_ids in sorted(state.world.special_days.items())
        if first <= day <= last
    ]
    return {"result": [{"userId": one, "holidays": rows} for one in user_ids]}


_read("shift_list", "/topapi/attendance/shift/list")(
    lambda: {"result": {"has_more": False, "result": [{"id": one.id, "name": one.name} for one in SHIFTS]}}
)
_read("getusergroup", "/topapi/attendance/getusergroup")(
    lambda state, userid: {"result": _group(state.employee(userid).shift)}
)
_read("getsimplegroups", "/topapi/attendance/getsimplegroups")(
    lambda: {"result": {"has_more": False, "groups": [_group(shift) for shift in SHIFTS]}}
)


def _rows_of(state: State, person: Person, day: date) -> list[Json]:
    common = {"userid": person.user_id, "work_date": state.local_text(midnight(day))}
    points = check_points(state.world, person, day)
    if not points and person.shift.group_type != NONE:
        return [{**common, "id": plan_id(person, day), "is_rest": "Y", "shift_id": 0, "shift_version": 0}]
    return [{**common, **_planned(state, point)} for point in points]


def _planned(state: State, point: CheckPoint) -> Json:
    absence = state.absences.excusing(point)
    return {
        "id": point.plan_id,
        "is_rest": "N",
        "shift_id": point.shift.id,
        "shift_version": 1,
        "check_type": point.check_type,
        "plan_check_time": state.local_text(point.due_at),
        **({} if absence is None else {"approve_id": absence.id}),
    }


def _sections(shift: Shift) -> list[Json]:
    """Return the punches of each section; the minutes of a window count from the punch."""
    edges, punches = shift.edge_minutes, list[Json]()
    for index, minutes in enumerate(shift.due_minutes):
        across, left = divmod(minutes, 24 * 60)
        rules = {
            "permit_minutes": 0,
            "absenteeism_late_minutes": "-1",
            "serious_late_minutes": str(SERIOUS_LATE_MINUTES),
        }
        punches.append(
            {
                "check_type": OFF_DUTY if index % 2 else ON_DUTY,
                "check_time": f"1970-01-01 {left // 60:02d}:{left % 60:02d}:00",
                "across": across,
                "begin_min": minutes - edges[index],
                "end_min": edges[index + 1] - minutes,
                **({} if index % 2 else rules),
            }
        )
    return [{"punches": punches[index : index + 2], "rests": []} for index in range(0, len(punches), 2)]


def _group(shift: Shift) -> Json:
    """Return an attendance group; a flexible one has no classes."""
    times = [{"times": section["punches"]} for section in _sections(shift)]
    classes = [] if shift.group_type == NONE else [{"class_id": shift.id, "name": shift.name, "sections": times}]
    return {"group_id": shift.group_id, "name": shift.name, "type": shift.group_type, "classes": classes}
