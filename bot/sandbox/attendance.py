"""The attendance APIs: punches go in; plans, records, leave and overtime come out."""

import base64
import hashlib
import hmac
import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, Field

from bot.clock import from_ms, to_ms
from bot.sandbox.api import CLIENT_ID, Json, Offset, Refused, State, Text, api, invalid, page
from bot.sandbox.records import APPROVALS, LEAVE, Absence, Record
from bot.sandbox.world import NONE, CheckPoint, Person, World, check_points, match, midnight

_HOUR_MS = 3_600_000
_PLANS = "qyapi_attendance_group_read"
_DATA = "qyapi_get_attendance_data"
_TIME = "%Y-%m-%d %H:%M:%S"
_OLDEST = timedelta(days=180)
_SKEW = timedelta(minutes=5)
_CREDENTIALS = re.compile(r"myAppKey=([^,]*),timestamp=(\d{13}),signature=([\w-]+={0,2})", re.ASCII)
_Degrees = Annotated[str, Field(pattern=r"^-?[0-9]{1,3}\.[0-9]{6}$")]
_Metres = Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{1,6})?$")]
_UserIds = Annotated[list[str], Field(min_length=1, max_length=50)]
CommaSeparated = BeforeValidator(lambda text: str(text).split(","))
LocalTime = Annotated[
    datetime,
    BeforeValidator(lambda text: datetime.strptime(str(text), _TIME).replace(tzinfo=World.zone)),
]
_Minute = Annotated[LocalTime, BeforeValidator(lambda text: f"{text}:00")]


class _SignedPunch(BaseModel):
    user_id: Text
    time: Annotated[str, Field(pattern=r"^[0-9]{13}$")]
    category: Literal["NORMAL"]
    latitude: _Degrees | None = None
    longitude: _Degrees | None = None
    accuracy: _Metres | None = None


@api("signed", "/attendance/v1/clock/single/add", token=False)
def clock_in(state: State, request: web.Request, fields: Json) -> Json:
    _check_signature(state, request)  # before the fields, which say nothing to a stranger
    punch = _SignedPunch.model_validate(fields)
    texts = punch.model_dump(include={"latitude", "longitude", "accuracy"}, exclude_none=True)
    fix = {name: float(text) for name, text in texts.items()}
    if fix and not {"latitude", "longitude"} <= fix.keys():
        raise invalid("latitude and longitude go together, accuracy only with them")
    return _take(state, "signed", punch.user_id, int(punch.time), **fix)


@api("record_upload", "/topapi/attendance/record/upload", "Pro.AttendanceRecord.Write")
def record_upload(
    state: State, userid: Text, device_name: Text, device_id: Text, user_check_time: int
) -> Json:
    return _take(
        state, "record_upload", userid, user_check_time, device_name=device_name, source="ATM"
    )


@api("approve_check", "/topapi/attendance/approve/check", "qyapi_attendance_group_manage")
def make_up_punch(
    state: State,
    *,
    userid: Text,
    work_date: date,
    punch_id: int,
    punch_check_time: _Minute,
    user_check_time: _Minute,
    approve_id: Text,
    jump_url: Text,
    tag_name: Literal["补卡"],
) -> Json:
    points = check_points(state.world, state.employee(userid), work_date)
    if (punch_id, punch_check_time) not in [(point.plan_id, point.due_at) for point in points]:
        raise invalid("punch_id at punch_check_time is no check of that person and work date")
    return _take(state, "approve_check", userid, to_ms(user_check_time), source="APPROVE")


@api("listbyusers", "/topapi/attendance/schedule/listbyusers", _PLANS)
def plans_of_people(
    state: State,
    userids: Annotated[_UserIds, CommaSeparated],
    from_date_time: int,
    to_date_time: int,
) -> Json:
    """Answer with each check point; a rest day has one row with `is_rest`."""
    days = days_between(state.local_date(from_date_time), state.local_date(to_date_time))
    people = _people(state, userids)
    return {
        "result": [
            row for person in people for day in days for row in _plans_of(state, person, day)
        ]
    }


@api("listbyday", "/topapi/attendance/schedule/listbyday", _PLANS)
def plans_of_person(state: State, user_id: str, date_time: int) -> Json:
    points = check_points(state.world, state.employee(user_id), state.local_date(date_time))
    return {"result": [_plan(state, point) for point in points]}


@api("listRecord", "/attendance/listRecord", _DATA)
def records(
    state: State, user_ids: _UserIds, check_date_from: LocalTime, check_date_to: LocalTime
) -> Json:
    """Answer with every punch between two moments, the invalid ones too."""
    days_between(check_date_from.date(), check_date_to.date())
    now_ms = state.now_ms()
    rows = []
    for person in _people(state, user_ids):
        shown = [row for row in state.records.of(person.user_id) if row.shown_ms <= now_ms]
        points = match(state.world, person, {record.punched_at for record in shown})
        rows += [
            _record(person, record, points.get(record.punched_at))
            for record in shown
            if check_date_from <= record.punched_at <= check_date_to
        ]
    return {"recordresult": rows}


@api("getupdatedata", "/topapi/attendance/getupdatedata", _DATA)
def one_day(state: State, userid: str, work_date: date) -> Json:
    """Answer with the approvals of a work date, and of the night of a shift that crosses midnight."""
    dues = [point.due_at for point in check_points(state.world, state.employee(userid), work_date)]
    first = midnight(work_date)
    last = max([first + timedelta(days=1, seconds=-1), *dues])
    approvals = [
        {
            **APPROVALS[absence.kind],
            **_times(absence),
            "procInst_id": f"{absence.id}",
        }
        for absence in state.absences.of(userid)
        if absence.touches(to_ms(first), to_ms(last))
    ]
    return {"result": {"approve_list": approvals}}


def _times(absence: Absence) -> Json:
    """Return the times of an approval in the widest unit that holds them (《通知审批通过》)."""
    start = from_ms(absence.start_ms).astimezone(World.zone)
    end = from_ms(absence.end_ms).astimezone(World.zone)
    clocks = {start.time(), end.time()}
    form = "%Y-%m-%d %H:%M"
    if clocks <= {time(), time(12)}:
        form = "%Y-%m-%d" if clocks == {time()} else "%Y-%m-%d %p"
        end -= timedelta(seconds=1)
    return {"begin_time": start.strftime(form), "end_time": end.strftime(form)}


@api("getleavestatus", "/topapi/attendance/getleavestatus", _DATA)
def leave(
    state: State,
    *,
    userid_list: Annotated[list[str], CommaSeparated, Field(max_length=100)],
    start_time: int,
    end_time: int,
    size: Annotated[int, Field(ge=1, le=20)],
    offset: Offset = 0,
) -> Json:
    """Answer with a page of approved leave, without trips."""
    if not 0 <= end_time - start_time <= 180 * 24 * _HOUR_MS:
        raise invalid("start_time and end_time must lie at most 180 days apart")
    rows = [
        {"userid": away.user_id, "start_time": away.start_ms, "end_time": away.end_ms}
        for person in _people(state, userid_list)
        for away in state.absences.of(person.user_id)
        if away.kind == LEAVE and away.touches(start_time, end_time)
    ]
    return {"result": page("leave_status", rows, offset, size)}


def _take(state: State, target: str, user_id: str, time_ms: int, **details: object) -> Json:
    now = state.now()
    if not to_ms(now - _OLDEST) <= time_ms <= to_ms(now + _SKEW):
        raise invalid("the time must be in milliseconds, within the last 180 days")
    state.records.take(target, state.employee(user_id).user_id, time_ms, now, **details)
    return {"success": True}


def _check_signature(state: State, request: web.Request) -> None:
    credentials = _CREDENTIALS.fullmatch(request.headers.get("Authorization", ""))
    if credentials is None:
        raise Refused(40035, "Authorization must be myAppKey=…,timestamp=…,signature=…")
    key, timestamp, signed = credentials.groups()
    message = f"{state.client_secret}{request.url.with_query(None)}{timestamp}".encode()
    digest = hmac.digest(state.client_secret.encode(), message, hashlib.sha256)
    if (key, signed) != (CLIENT_ID, base64.urlsafe_b64encode(digest).decode()):
        raise Refused(40001, "不合法的签名: the key is unknown or the signature does not fit")
    if abs(from_ms(int(timestamp)) - state.now()) > _SKEW:
        raise Refused(40001, "timestamp is more than 5 minutes off")


def days_between(first: date, last: date, most: int = 7) -> list[date]:
    """Return the dates of a range, the last included. Raises Refused."""
    count = (last - first).days + 1
    if not 1 <= count <= most:
        raise Refused(41041, f"the range must be 1 to {most} days")
    return [first + timedelta(days=offset) for offset in range(count)]


def _people(state: State, user_ids: list[str]) -> list[Person]:
    """Return the known people. An unknown id gives no row and no error."""
    return [person for user_id in user_ids if (person := state.world.get(user_id))]


def _plans_of(state: State, person: Person, day: date) -> list[Json]:
    points = check_points(state.world, person, day)
    if points or person.shift.group_type == NONE:
        return [_plan(state, point) for point in points]
    return [{"userid": person.user_id, "is_rest": "Y", "shift_id": 0}]


def _plan(state: State, point: CheckPoint) -> Json:
    """Return a check point with the names of both APIs of plans."""
    absence = state.absences.excuse_for(point)
    due = state.local_text(point.due_at)
    return {
        "id": point.plan_id,
        "userid": point.person.user_id,
        **dict.fromkeys(("plan_check_time", "real_plan_time"), due),
        "shift_id": point.shift.id,
        "shift_version": 1,
        "work_date": state.local_text(midnight(point.work_date)),
        "check_type": point.check_type,
        **({"approve_id": absence.id} if absence else {}),
    }


def _record(person: Person, record: Record, point: CheckPoint | None) -> Json:
    """Return a row of listRecord. A punch outside all windows has a reason and no check type."""
    row = {
        "userId": record.user_id,
        "userCheckTime": record.second_ms,
        "sourceType": record.source,
    }
    if point is not None:
        check = {"checkType": point.check_type, "planCheckTime": to_ms(point.due_at)}
        return {**row, **check, "locationResult": "Normal" if record.is_near_site else "Outside"}
    if person.shift.group_type == NONE:
        return row
    return {**row, "invalidRecordMsg": "当前不在可打卡的时间范围，请和管理员联系"}
