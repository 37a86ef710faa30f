"""The ways in for a punch: the documented record upload and the signed API."""

import base64
import hashlib
import hmac
import re
from datetime import timedelta
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from bot.sandbox.api import CLIENT_ID, Json, Refused, State, Text, api, invalid
from bot.sandbox.clock import from_ms, to_ms

_OLDEST = timedelta(days=180)
_SKEW = timedelta(minutes=5)
_CREDENTIALS = re.compile(r"myAppKey=([^,]*),timestamp=(\d{13}),signature=([\w-]+={0,2})", re.ASCII)
_Latitude = Annotated[str, Field(pattern=r"^-?([0-8]?[0-9]\.[0-9]{6}|90\.0{6})$")]
_Longitude = Annotated[str, Field(pattern=r"^-?((1[0-7][0-9]|[0-9]{1,2})\.[0-9]{6}|180\.0{6})$")]
_Metres = Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{1,6})?$")]


class _SignedPunch(BaseModel):
    user_id: Text
    time: Annotated[str, Field(pattern=r"^[0-9]{13}$")]
    category: Literal["NORMAL"]
    latitude: _Latitude | None = None
    longitude: _Longitude | None = None
    accuracy: _Metres | None = None


@api("signed", "/attendance/v1/clock/single/add", token=False)
def clock_in(state: State, request: web.Request, fields: Json) -> Json:
    """Check the signature, then the fields, and take the punch once."""
    _check_signature(state, request)
    punch = _SignedPunch.model_validate(fields)
    place = punch.model_dump(include={"latitude", "longitude", "accuracy"}, exclude_none=True)
    if place and not {"latitude", "longitude"} <= place.keys():
        raise invalid("latitude and longitude go together, accuracy only with them")
    fix = {name: float(text) for name, text in place.items()}
    return _take(state, "signed", punch.user_id, int(punch.time), **fix)


@api("record_upload", "/topapi/attendance/record/upload", "Pro.AttendanceRecord.Write")
def record_upload(state: State, userid: Text, device_name: Text, device_id: Text, user_check_time: int) -> Json:
    return _take(state, "record_upload", userid, user_check_time, device_name=device_name, source="ATM")


def _take(state: State, target: str, user_id: str, time_ms: int, **details: object) -> Json:
    now = state.now()
    if not to_ms(now - _OLDEST) <= time_ms <= to_ms(now + _SKEW):
        raise invalid("the time must be in milliseconds, within the last 180 days")
    state.records.take(target, state.employee(user_id).user_id, time_ms, now, **details)
    return {"success": True}


def _check_signature(state: State, request: web.Request) -> None:
    found = _CREDENTIALS.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise Refused(40035, "invalidParameter", "Authorization must be myAppKey=…,timestamp=…,signature=…")
    key, timestamp, signed = found.groups()
    message = f"{state.client_secret}{request.url.with_query(None)}{timestamp}".encode()
    digest = hmac.new(state.client_secret.encode(), message, hashlib.sha256).digest()
    if key != CLIENT_ID or not hmac.compare_digest(signed.encode(), base64.urlsafe_b64encode(digest)):
        raise Refused(40001, "invalidSignature", "不合法的签名: the key is unknown or the signature does not fit")
    if abs(from_ms(int(timestamp)) - state.now()) > _SKEW:
        raise Refused(40001, "invalidTimestamp", "timestamp is more than 5 minutes off")
