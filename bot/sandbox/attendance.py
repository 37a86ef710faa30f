"""The attendance APIs: punches go in; plans, records, leave and overtime come out."""

import base64
import hashlib
import hmac
import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, Field

from bot.sandbox.api import CLIENT_ID, Json, Offset, Refused, State, Text, api, invalid, page
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.records import BIZ_TYPES, LEAVE, LEAVE_CODE, LEAVE_NAME, TAGS, Record
from bot.sandbox.world import (
    NONE,
    CheckPoint,
    Person,
    World,
    check_points,
    midnight,
    plan_id,
    time_result,
)

_HOUR_MS = 3_600_000
_PLANS = "qyapi_attendance_group_read"
_DATA = "qyapi_get_attendance_data"
_OUTSIDE_WINDOWS = {
    "invalidRecordType": "Other",
    "invalidRecordMsg": "当前不在可打卡的时间范围，请和管理员联系",
}
_TIME = "%Y-%m-%d %H:%M:%S"
_OLDEST = timedelta(days=180)
_SKEW = timedelta(minutes=5)
_CREDENTIALS = re.compile(r"myAppKey=([^,]*),timestamp=(\d{13}),signature=([\w-]+={0,2})", re.ASCII)
_Latitude = Annotated[str, Field(pattern=r"^-?([0-8]?[0-9]\.[0-9]{6}|90\.0{6})$")]
_Longitude = Annotated[str, Field(pattern=r"^-?((1[0-7][0-9]|[0-9]{1,2})\.[0-9]{6}|180\.0{6})$")]
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
    latitude: _Latitude | None = None
    longitude: _Longitude | None = None
    accuracy: _Metres | None = None


@api("signed", "/attendance/v1/clock/single/add", token=False)
def clock_in(state: State, request: web.Request, fields: Json) -> Json:
    _check_signature(state, request)
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
    return {"result": [_plan(state, point) for point in points], "success": True}


@api("listRecord", "/attendance/listRecord", _DATA)
def records(
    state: State, user_ids: _UserIds, check_date_from: LocalTime, check_date_to: LocalTime
) -> Json:
    """Answer with every punch between two moments, the invalid ones too."""
    days_between(check_date_from.date(), check_date_to.date())
    rows = [
        _record(state, person, record, point)
        for person in _people(state, user_ids)
        for record, point in state.records.match_checks(person, state.now())
        if check_date_from <= record.punched_at <= check_date_to
    ]
    return {"recordresult": rows}


@api("getupdatedata", "/topapi/attendance/getupdatedata", _DATA)
def one_day(state: State, userid: str, work_date: date) -> Json:
    """Answer with the approvals of a work date, and of the night of a shift that crosses midnight."""
    dues = [point.due_at for point in check_points(state.world, state.employee(userid), work_date)]
    first = midnight(work_date)
    last = max([midnight(work_date) + timedelta(days=1, seconds=-1), *dues])
    approvals = [
        {
            "biz_type": BIZ_TYPES[absence.kind],
            "tag_name": TAGS[absence.kind],
            "sub_type": LEAVE_NAME if absence.kind == LEAVE else "",
            **_times_by_unit(absence.start_ms, absence.end_ms),
            "procInst_id": absence.process_id,
        }
        for absence in state.absences.list_approved(userid)
        if absence.touches(to_ms(first), to_ms(last))
    ]
    return {"result": {"userid": userid, "approve_list": approvals}}


def _times_by_unit(start_ms: int, end_ms: int) -> Json:
    """Return the times of an approval in the widest unit that holds them (《通知审批通过》)."""
    start = from_ms(start_ms).astimezone(World.zone)
    end = from_ms(end_ms).astimezone(World.zone)
    hours = {edge.hour + edge.minute / 60 for edge in (start, end)}
    unit = "hour"
    form = "%Y-%m-%d %H:%M"
    if hours <= {0, 12}:
        unit = "day" if hours == {0} else "halfDay"
        form = "%Y-%m-%d" if hours == {0} else "%Y-%m-%d %p"
        end -= timedelta(seconds=1)
    return {
        "begin_time": start.strftime(form),
        "end_time": end.strftime(form),
        "duration_unit": unit,
    }


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
        {
            "userid": away.user_id,
            "start_time": away.start_ms,
            "end_time": away.end_ms,
            "leave_code": LEAVE_CODE,
        }
        for person in _people(state, userid_list)
        for away in state.absences.list_approved(person.user_id)
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
        raise Refused(
            40035, "invalidParameter", "Authorization must be myAppKey=…,timestamp=…,signature=…"
        )
    key, timestamp, signed = credentials.groups()
    message = f"{state.client_secret}{request.url.with_query(None)}{timestamp}".encode()
    digest = hmac.new(state.client_secret.encode(), message, hashlib.sha256).digest()
    if key != CLIENT_ID or not hmac.compare_digest(
        signed.encode(), base64.urlsafe_b64encode(digest)
    ):
        raise Refused(
            40001,
            "invalidSignature",
            "不合法的签名: the key is unknown or the signature does not fit",
        )
    if abs(from_ms(int(timestamp)) - state.now()) > _SKEW:
        raise Refused(40001, "invalidTimestamp", "timestamp is more than 5 minutes off")


def days_between(first: date, last: date, most: int = 7) -> list[date]:
    """Return the dates of a range, the last included. Raises Refused."""
    count = (last - first).days + 1
    if not 1 <= count <= most:
        raise Refused(41041, "invalidDateRange", f"the range must be 1 to {most} days")
    return [first + timedelta(days=offset) for offset in range(count)]


def _people(state: State, user_ids: list[str]) -> list[Person]:
    """Return the known people. An unknown id gives no row and no error."""
    return [person for user_id in user_ids if (person := state.world.get(user_id))]


def _plans_of(state: State, person: Person, day: date) -> list[Json]:
    points = check_points(state.world, person, day)
    if not points and person.shift.group_type != NONE:
        whose = {
            "id": plan_id(person, day),
            "userid": person.user_id,
            "group_id": person.shift.group_id,
        }
        return [
            {**whose, "work_date": state.local_text(midnight(day)), "is_rest": "Y", "shift_id": 0}
        ]
    return [_plan(state, point) for point in points]


def _plan(state: State, point: CheckPoint) -> Json:
    """Return a check point with the names of both APIs of plans."""
    absence = state.absences.excuse_for(point)
    due = state.local_text(point.due_at)
    return {
        **dict.fromkeys(("id", "plan_id"), point.plan_id),
        **dict.fromkeys(("userid", "user_id"), point.person.user_id),
        **dict.fromkeys(("plan_check_time", "real_plan_time"), due),
        "shift_id": point.shift.id,
        "shift_version": 1,
        "group_id": point.shift.group_id,
        "work_date": state.local_text(midnight(point.work_date)),
        "is_rest": "N",
        "check_type": point.check_type,
        "check_begin_time": state.local_text(point.opens_at),
        "check_end_time": state.local_text(point.closes_at),
        **({"approve_id": absence.id} if absence else {}),
    }


def _record(state: State, person: Person, record: Record, point: CheckPoint | None) -> Json:
    """Return a row of listRecord. A punch outside all windows has a reason and no check type."""
    row: Json = {
        "id": record.id,
        "userId": record.user_id,
        "userCheckTime": record.second_ms,
        "sourceType": record.source,
        "userAddress": record.device_name,
        "userLatitude": record.latitude,
        "userLongitude": record.longitude,
    }
    if point is None:
        return (
            {**row, "isLegal": "Y"}
            if person.shift.group_type == NONE
            else {**row, **_OUTSIDE_WINDOWS}
        )
    results = {
        "timeResult": time_result(point, record.punched_at),
        "locationResult": state.records.location_result(record),
    }
    legal = set(results.values()) == {"Normal"}
    return {
        **row,
        **results,
        "planId": point.plan_id,
        "groupId": point.shift.group_id,
        "checkType": point.check_type,
        "workDate": to_ms(midnight(point.work_date)),
        "baseCheckTime": to_ms(point.due_at),
        "planCheckTime": to_ms(point.due_at),
        "isLegal": "Y" if legal else "N",
    }
