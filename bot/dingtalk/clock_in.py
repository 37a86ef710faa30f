"""The APIs that take punches: the signed one and DingTalk's record upload.

`send` hands a punch over. It raises NotSent, OutcomeUnknown, Rejected, ServiceStopped. `probe` asks with a body
that is no punch and says what that shows. It raises NotSent, OutcomeUnknown, ServiceStopped.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import ClassVar

from yarl import URL

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import RECORD_UPLOAD, SIGNED
from bot.dingtalk.http import DEADLINE_S, dumps
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import DingTalkApp, OpenApi
from bot.dingtalk.outcomes import AnswerKind, error_of
from bot.domain.punches import Punch
from bot.domain.sites import Datum, LocationResult
from bot.errors import Rejected

_DEVICE_ID = "clock-in-bot"
_DEVICE_NAME = "chat"


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
    app: DingTalkApp
    url: str
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
        return {"Authorization": authorization(self.app.client_id, self.app.client_secret, self.url, now_ms)}


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
