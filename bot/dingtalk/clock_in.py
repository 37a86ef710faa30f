"""The clock-in targets: the signed API, DingTalk's record upload, and its make-up punches.

`send` delivers a punch. `probe` sends a body without a punch and describes the answer. Both raise
NotSent, OutcomeUnknown, Unclassified, ServiceStopped, and `send` also Rejected.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import ClassVar

from yarl import URL

from bot.clock import to_ms
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.http import DEADLINE_S
from bot.dingtalk.openapi import OpenApi, in_utc
from bot.domain.corrections import approvers_of
from bot.domain.punches import Punch
from bot.domain.sites import Datum, LocationResult
from bot.errors import NotSent, OutcomeUnknown, Rejected, Unclassified

_DEVICE_NAME = "chat"
_MINUTE = "%Y-%m-%d %H:%M"


def authorization(client_id: str, client_secret: str, signed_url: str, ts_ms: int) -> str:
    """Return the `Authorization` header of a request at `ts_ms` (milliseconds since 1970-01-01
    UTC).

    The signature is HMAC-SHA256 with the secret as key over secret, address and time, as padded
    URL-safe base64.
    """
    key = client_secret.encode()
    digest = hmac.digest(key, f"{client_secret}{signed_url}{ts_ms}".encode(), "sha256")
    return f"myAppKey={client_id},timestamp={ts_ms},signature={urlsafe_b64encode(digest).decode()}"


@dataclass(frozen=True, slots=True)
class SignedClockIn:
    """The signed clock-in API at `url`.

    It gets positions in `datum`. A call ends after `deadline_s` seconds.
    """

    openapi: OpenApi
    url: str
    datum: Datum
    deadline_s: float = DEADLINE_S

    name: ClassVar = "signed"
    knows_repeats: ClassVar = True  # its contract: one person and time is one punch

    async def send(self, punch: Punch) -> None:
        body = {
            "user_id": punch.user_id,
            "time": str(to_ms(punch.punched_at)),
            "category": "NORMAL",
        }
        fix = punch.where.fix
        if fix is not None:
            position = fix.in_datum(self.datum)
            body |= {
                "latitude": f"{position.latitude:.6f}",
                "longitude": f"{position.longitude:.6f}",
            }
            if fix.accuracy_m is not None:
                body["accuracy"] = f"{fix.accuracy_m:.1f}".removesuffix(".0")
        await self._post(body)

    async def probe(self) -> str:
        try:
            await self._post({})
        except Rejected:
            return "a service answers and refuses what is no punch, as it should"
        except Unclassified as error:
            return (
                f"a service answers with an error that this program does not know: {error.reason}"
            )
        return "a service answers, but it took a punch without a person: is it the right service?"

    async def _post(self, body: dict[str, str]) -> None:
        def sign() -> dict[str, str]:  # as the call leaves: a signature must not wait in a queue
            now_ms = to_ms(self.openapi.clock.now())
            app = self.openapi.app
            return {
                "Authorization": authorization(app.client_id, app.client_secret, self.url, now_ms)
            }

        await self.openapi.post(
            "signed", URL(self.url), body, headers=sign, deadline_s=self.deadline_s
        )


@dataclass(frozen=True, slots=True)
class RecordUpload:
    """DingTalk's `attendance/record/upload`. It takes no coordinates and no direction."""

    openapi: OpenApi

    name: ClassVar = "record_upload"
    knows_repeats: ClassVar = False  # not documented

    async def send(self, punch: Punch) -> None:
        where = punch.where  # by 《获取打卡详情》 the name of a machine is the place of its punch
        at_site = where.site is not None and where.result is LocationResult.NORMAL
        device = f"{_DEVICE_NAME} · {where.site}" if at_site else _DEVICE_NAME
        await self._upload(punch.user_id, device, to_ms(punch.punched_at))

    async def probe(self) -> str:
        try:
            await self._upload("", _DEVICE_NAME, 0)
        except Rejected:
            return "permitted"
        return "permitted, although it took a punch without a person"

    async def _upload(self, user_id: str, device_name: str, time_ms: int) -> None:
        """Upload one record.

        By 《常见问题》 DingTalk accepts seconds in place of milliseconds, but without effect.
        """
        device = {"device_name": device_name, "device_id": "clock-in-bot"}
        body = {"userid": user_id, **device, "user_check_time": time_ms}
        await self.openapi.call("record_upload", body)


@dataclass(frozen=True, slots=True)
class ApproveCheck:
    """DingTalk's `attendance/approve/check`: an approved make-up punch (补卡) of one check.

    DingTalk then shows the check as made up, without an approval form of its own
    (《企业自研考勤系统补卡同步》). `jump_url` is the page that it opens for the approval.
    """

    openapi: OpenApi
    attendance: Attendance
    jump_url: str

    name: ClassVar = "approve_check"
    # Not documented. 《通知补卡通过》 calls `approve_id` a value of one's own, the SDK "globally unique".
    knows_repeats: ClassVar = False

    async def send(self, punch: Punch) -> None:
        """Send a make-up punch. Without its check in DingTalk's plan it is Rejected."""
        zone = self.attendance.zone
        try:
            planned = await self.attendance.read_planned_check(
                punch.user_id, punch.work_date, punch.check_point or ""
            )
        except (OutcomeUnknown, Unclassified) as error:  # of a read, before anything was sent
            raise NotSent(error.service, error.reason) from None
        if planned is None or planned.id is None:
            raise Rejected(self.name, "DingTalk's plan has no such check on that day")
        reference, _ = approvers_of(punch.note)
        await self._approve(
            userid=punch.user_id,
            work_date=punch.work_date.isoformat(),
            # 《通知补卡通过》 calls it 排班ID (the plan's id), but names `shift_id` as its source. 《企业自研
            # 考勤系统补卡同步》 and the SDK say 要补的排班id. No document proves which of both it is.
            punch_id=planned.id,
            # Samples have minutes in 《通知补卡通过》, seconds in 《企业自研考勤系统补卡同步》.
            punch_check_time=f"{in_utc(planned.plan_check_time, zone).astimezone(zone):{_MINUTE}}",
            user_check_time=f"{punch.punched_at.astimezone(zone):{_MINUTE}}",
            approve_id=reference,
        )

    async def probe(self) -> str:
        try:
            await self._approve(userid="")
        except Rejected:
            return "permitted"
        return "permitted, although it took a make-up punch without a person"

    async def _approve(self, **fields: str | int) -> None:
        body = {**fields, "jump_url": self.jump_url, "tag_name": "补卡"}
        await self.openapi.call("approve_check", body)


Target = SignedClockIn | RecordUpload | ApproveCheck
