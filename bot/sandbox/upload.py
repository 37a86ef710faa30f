"""The ways in for a punch: the documented record upload, the signed API, and the mark of a make-up punch."""

import base64
import hashlib
import hmac
import re
from datetime import date, datetime, timedelta

from bot.sandbox.api import CLIENT_ID, Ask, Json, Refused, State, api, invalid
from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.plans import check_points

_OLDEST = timedelta(days=180)
_SKEW = timedelta(minutes=5)
_CREDENTIALS = re.compile(r"myAppKey=([^,]*),timestamp=(\d{13}),signature=([\w-]+={0,2})", re.ASCII)
_MS = re.compile(r"\d{13}", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}\.\d{6}", re.ASCII)
_METRES = re.compile(r"\d{1,7}(\.\d{1,6})?", re.ASCII)
_PLACE = (("latitude", _DEGREES, 90), ("longitude", _DEGREES, 180), ("accuracy", _METRES, 1e7))


def signature(client_secret: str, signed_url: str, timestamp: str) -> str:
    """Return the signature that a call to `signed_url` at `timestamp` (ms, as text) must carry."""
    message = f"{client_secret}{signed_url}{timestamp}".encode()
    digest = hmac.new(client_secret.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()


@api("signed", "/attendance/v1/clock/single/add", token=False, kind="signed")
def clock_in(state: State, ask: Ask) -> Json:
    """Answer the signed clock-in API: check who signs, check the fields, take the punch once."""
    _check_signature(ask, state)
    body = ask.body
    wrong = [name for name, value in body.items() if not isinstance(value, str)]
    if wrong:
        raise invalid(f"every value must be a string: {', '.join(sorted(wrong))}")
    missing = [name for name in ("user_id", "time", "category") if not body.get(name)]
    if missing:
        raise Refused(40035, "invalidParameter", f"missing: {', '.join(missing)}")
    if body["category"] != "NORMAL":
        raise invalid("category must be NORMAL")
    if {"latitude", "longitude", "accuracy"} & set(body) and not {"latitude", "longitude"} <= set(body):
        raise invalid("latitude and longitude go together, accuracy only with them")
    for name, form, limit in _PLACE:
        if name in body and (not form.fullmatch(body[name]) or abs(float(body[name])) > limit):
            raise invalid(f"{name} is out of range or not in the agreed form")
    time_ms = _punch_time(body["time"], state.now(), field="time")
    return _take(state, ask, "signed", time_ms, **{name: float(body[name]) for name, *_ in _PLACE if name in body})


@api("record_upload", "/topapi/attendance/record/upload", "Pro.AttendanceRecord.Write", kind="upload")
def record_upload(state: State, ask: Ask) -> Json:
    device_name = ask.text("device_name")
    ask.text("device_id")
    time_ms = _punch_time(ask.body.get("user_check_time"), state.now(), field="user_check_time")
    return {**_take(state, ask, "record_upload", time_ms, device_name=device_name, source="ATM"), "success": True}


@api("approve_check", "/topapi/attendance/approve/check", "qyapi_attendance_group_manage", kind="upload")
def approve_check(state: State, ask: Ask) -> Json:
    """Mark a planned check as put right.

    `punch_id` is taken to be the id that `schedule/listbyusers` gives for the check; the documentation does not
    say it clearly. The same `approve_id` again is the same mark.
    """
    person = state.employee(ask.text("userid"))
    for name in ("approve_id", "jump_url"):
        ask.text(name)
    if ask.text("tag_name") != "补卡":
        raise invalid("tag_name must be 补卡")
    try:
        work_date = date.fromisoformat(ask.text("work_date"))
    except ValueError:
        raise invalid("work_date must be yyyy-MM-dd") from None
    number = ask.number("punch_id")
    points = check_points(state.world, person, work_date)
    planned = next((point for point in points if point.plan_id == number), None)
    if planned is None:
        raise invalid("punch_id is no check of that person and work date")
    if _minute(state, ask, "punch_check_time") != planned.due_at:
        raise invalid("punch_check_time is not that of punch_id")
    moment = _minute(state, ask, "user_check_time")
    if moment > state.now():
        raise invalid("user_check_time is in the future")
    return _take(state, ask, "approve_check", to_ms(moment), source="APPROVE")


def _take(state: State, ask: Ask, target: str, time_ms: int, **details: object) -> Json:
    """Take a punch of the person that the call names, once."""
    person = state.employee(ask.body.get("user_id") or ask.text("userid"))
    ask.call.user_id = person.user_id
    state.records.take(target, person.user_id, time_ms, state.now(), **details)
    return {}


def _minute(state: State, ask: Ask, field: str) -> datetime:
    try:
        return datetime.strptime(ask.text(field), "%Y-%m-%d %H:%M").replace(tzinfo=state.world.zone)
    except ValueError:
        raise invalid(f"{field} must be yyyy-MM-dd HH:mm") from None


def _check_signature(ask: Ask, state: State) -> None:
    found = _CREDENTIALS.fullmatch(ask.headers.get("Authorization", ""))
    if found is None:
        raise Refused(40035, "invalidParameter", "Authorization must be myAppKey=…,timestamp=…,signature=…")
    key, timestamp, signed = found.groups()
    expected = signature(state.client_secret, ask.url, timestamp)
    if key != CLIENT_ID or not hmac.compare_digest(signed.encode(), expected.encode()):
        raise Refused(40001, "invalidSignature", "不合法的签名: the key is unknown or the signature does not fit")
    if abs(from_ms(int(timestamp)) - state.now()) > _SKEW:
        raise Refused(40001, "invalidTimestamp", "timestamp is more than 5 minutes off")


def _punch_time(value: object, now: datetime, *, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not _MS.fullmatch(str(value)):
        raise invalid(f"{field} must be 13 digits: milliseconds")
    time_ms = int(value)
    if not to_ms(now - _OLDEST) <= time_ms <= to_ms(now + _SKEW):
        raise invalid(f"{field} must lie within the last 180 days")
    return time_ms
