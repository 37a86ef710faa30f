"""The APIs that take punches: the signed one, DingTalk's record upload, and the mark of a make-up punch.

`send` hands a punch over. It raises NotSent, OutcomeUnknown, Rejected, ServiceStopped. `probe` asks with a body
that is no punch and says what that shows. It raises NotSent, OutcomeUnknown, ServiceStopped.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from yarl import URL

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import APPROVE_CHECK, RECORD_UPLOAD, SIGNED
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.http import DEADLINE_S, dumps
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.outcomes import AnswerKind, error_of
from bot.dingtalk.schedules import PlanRow
from bot.domain.corrections import NO_PLAN_ID, reference_of
from bot.domain.datum import Datum
from bot.domain.punches import Punch
from bot.domain.shifts import read_check_key
from bot.domain.sites import LocationResult
from bot.errors import NotSent, OutcomeUnknown, Rejected

_DEVICE_ID = "clock-in-bot"
_DEVICE_NAME = "chat"
_TAG = "补卡"
_JUMP_URL = "https://www.dingtalk.com/"  # where a tap on the mark leads: no form of ours stands behind it


def authorization(client_id: str, client_secret: str, signed_url: str, ts_ms: int) -> str:
    """Return the `Authorization` header of a request made at `ts_ms` (milliseconds since 1970-01-01 UTC).

    HMAC-SHA256 under the client secret over secret, address and time, in URL-safe base64 with its padding.
    """
    key = client_secret.encode()
    digest = hmac.digest(key, f"{client_secret}{signed_url}{ts_ms}".encode(), "sha256")
    return f"myAppKey={client_id},timestamp={ts_ms},signature={urlsafe_b64encode(digest).decode()}"


@dataclass(frozen=True, slots=True)
class SignedClockIn:
    """The signed clock-in API at `url`. Fixes are sent in `datum`; a call has `deadline_s` seconds."""

    openapi: OpenApi
    url: str
    client_id: str
    client_secret: str = field(repr=False)
    datum: Datum
    clock: Clock
    deadline_s: float = DEADLINE_S

    name: ClassVar = SIGNED.name
    knows_repeats: ClassVar = True  # the contract: the same person and time is the same punch

    async def send(self, punch: Punch) -> None:
        body = {"user_id": punch.user_id, "time": str(to_ms(punch.punched_at)), "category": "NORMAL"}
        fix = punch.where.fix
        if fix is not None:
            there = fix.in_datum(self.datum)
            body |= {"latitude": f"{there.latitude:.6f}", "longitude": f"{there.longitude:.6f}"}
            if fix.accuracy_m is not None:
                body["accuracy"] = f"{fix.accuracy_m:.1f}".removesuffix(".0")
        await self._post(body)

    async def probe(self) -> str:
        try:
            await self._post({})
        except Rejected:
            return "a service answers there and refuses what is no punch, as it should"
        return "a service answers there, but it took a punch of nobody: is it the right one?"

    async def _post(self, body: dict[str, str]) -> None:
        outcome = await self.openapi.place(
            SIGNED,
            URL(self.url),
            dumps(body),
            priority=Priority.PUNCH,
            headers=self._signed,
            deadline_s=self.deadline_s,
        )
        if outcome.kind is not AnswerKind.ACCEPTED:
            raise error_of(SIGNED, outcome)

    def _signed(self) -> dict[str, str]:
        """Return a signature of this moment: one that had waited in a queue would be stale when it leaves."""
        now_ms = to_ms(self.clock.now())
        return {"Authorization": authorization(self.client_id, self.client_secret, self.url, now_ms)}


class RecordUpload:
    """DingTalk's own `attendance/record/upload`, which takes neither coordinates nor direction."""

    name = RECORD_UPLOAD.name
    knows_repeats = False  # not documented

    def __init__(self, openapi: OpenApi) -> None:
        self._openapi = openapi

    async def send(self, punch: Punch) -> None:
        where = punch.where  # DingTalk shows the device's name as the place of the punch
        at_site = where.site is not None and where.result is LocationResult.NORMAL
        device = f"{_DEVICE_NAME} · {where.site}" if at_site else _DEVICE_NAME
        await self._upload(punch.user_id, device, to_ms(punch.punched_at))

    async def probe(self) -> str:
        try:
            await self._upload("", _DEVICE_NAME, 0)
        except Rejected:
            return "permitted"
        return "permitted, although it took a punch of nobody"

    async def _upload(self, user_id: str, device_name: str, time_ms: int) -> None:
        """Upload one record. Seconds in place of milliseconds are taken without an error and without effect."""
        device = {"device_name": device_name, "device_id": _DEVICE_ID}
        body = {"userid": user_id, **device, "user_check_time": time_ms}
        await self._openapi.call(RECORD_UPLOAD, body, priority=Priority.PUNCH)


class ApproveCheck:
    """`topapi/attendance/approve/check` (补卡) for approved make-up punches alone. Untried on a tenant.

    Its page explains `punch_id` at once as the id of a schedule and of a shift. What is sent is the id that
    `schedule/listbyusers` gives for the check, since an older page and the example read so.
    """

    name = APPROVE_CHECK.name
    knows_repeats = False  # not documented

    def __init__(self, openapi: OpenApi, attendance: Attendance, zone: ZoneInfo) -> None:
        self._openapi = openapi
        self._attendance = attendance.at(Priority.CORRECTION)
        self._zone = zone

    async def send(self, punch: Punch) -> None:
        """Mark the punch's check; rejected with `NO_PLAN_ID` where the schedule names no id for the check."""
        try:
            rows = await self._attendance.planned_checks(punch.user_id, punch.work_date)
        except OutcomeUnknown as error:  # of a read: nothing was done
            raise NotSent(self.name, str(error)) from error
        planned = _planned_check(rows, punch)
        if planned is None:
            raise Rejected(self.name, NO_PLAN_ID)
        body = {
            "userid": punch.user_id,
            "work_date": punch.work_date.isoformat(),
            "punch_id": int(planned.plan_id) if planned.plan_id.isdecimal() else planned.plan_id,
            "punch_check_time": self._to_minute(planned.due_at),
            "user_check_time": self._to_minute(punch.punched_at),
            "approve_id": reference_of(punch.message_id),
            "jump_url": _JUMP_URL,
            "tag_name": _TAG,
        }
        await self._openapi.call(APPROVE_CHECK, body, priority=Priority.CORRECTION)

    async def probe(self) -> str:
        try:
            await self._openapi.call(APPROVE_CHECK, {"userid": "", "tag_name": _TAG}, priority=Priority.CORRECTION)
        except Rejected:
            return "permitted; which id DingTalk takes for a check, only the first approved make-up punch shows"
        return "permitted, although it took a make-up punch of nobody"

    def _to_minute(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


def _planned_check(rows: Sequence[PlanRow], punch: Punch) -> PlanRow | None:
    """Return the planned check that a make-up punch answers, None if the schedule has no single match."""
    of_type = sorted((row for row in rows if row.check_type is punch.check_type), key=lambda row: row.due_at)
    named = read_check_key(punch.check_point or "")
    in_pairs = 2 * len(of_type) == len(rows)
    if not in_pairs or named is None or named[1] >= len(of_type):
        return None
    found = of_type[named[1]]
    return found if found.plan_id else None
