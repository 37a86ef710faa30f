"""The two APIs that take punches."""

from collections.abc import Mapping

from yarl import URL

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import RECORD_UPLOAD, SIGNED
from bot.dingtalk.calls import Calls, dumps
from bot.dingtalk.http import DEADLINE_S, Http
from bot.dingtalk.limits import Limits, Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.outcomes import AnswerKind, error_of
from bot.dingtalk.signing import authorization
from bot.domain.datum import Datum
from bot.domain.punches import Punch
from bot.domain.sites import LocationResult
from bot.errors import Rejected

DEVICE_ID = "clock-in-bot"
DEVICE_NAME = "chat"


class SignedClockIn:
    """The signed clock-in API at `url`. Fixes are sent in `datum`; a call has `deadline_s` seconds."""

    name = SIGNED.name
    knows_repeats = True  # the contract: the same person and time is the same punch

    def __init__(
        self,
        http: Http,
        limits: Limits,
        *,
        url: str,
        client_id: str,
        client_secret: str,
        datum: Datum,
        clock: Clock,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._calls = Calls(http, limits)
        self._signed_url = url
        self._url = URL(url)
        self._client_id = client_id
        self._client_secret = client_secret
        self._datum = datum
        self._clock = clock
        self._deadline_s = deadline_s

    async def send(self, punch: Punch) -> None:
        """Hand the punch over. Raises NotSent, OutcomeUnknown, Rejected, ServiceStopped."""
        await self._post(signed_body(punch, self._datum))

    async def probe(self) -> str:
        """Ask with a body that is no punch, and say what that shows.

        Raises NotSent, OutcomeUnknown, ServiceStopped.
        """
        try:
            await self._post({})
        except Rejected:
            return "a service answers there and refuses what is no punch, as it should"
        return "a service answers there, but it took a punch of nobody: is it the right one?"

    async def _post(self, body: Mapping[str, str]) -> None:
        outcome, _ = await self._calls.place(
            SIGNED,
            self._url,
            dumps(body),
            priority=Priority.PUNCH,
            headers=self._signed,
            deadline_s=self._deadline_s,
        )
        if outcome.verdict is not AnswerKind.ACCEPTED:
            raise error_of(SIGNED, outcome)

    def _signed(self) -> dict[str, str]:
        """Return a signature of this moment: one that had waited in a queue would be stale when it leaves."""
        return {"Authorization": self._authorization()}

    def _authorization(self) -> str:
        return authorization(self._client_id, self._client_secret, self._signed_url, to_ms(self._clock.now()))


class RecordUpload:
    """DingTalk's own `attendance/record/upload`, which takes neither coordinates nor direction."""

    name = RECORD_UPLOAD.name
    knows_repeats = False  # not documented

    def __init__(self, openapi: OpenApi) -> None:
        self._openapi = openapi

    async def send(self, punch: Punch) -> None:
        """Hand the punch over. Raises NotSent, OutcomeUnknown, Rejected, ServiceStopped."""
        await self._openapi.call(RECORD_UPLOAD, upload_body(punch), priority=Priority.PUNCH)

    async def probe(self) -> str:
        """Ask with a body that is no punch, and say what that shows.

        Raises NotSent, OutcomeUnknown, ServiceStopped.
        """
        nobody = {"userid": "", "device_name": DEVICE_NAME, "device_id": DEVICE_ID, "user_check_time": 0}
        try:
            await self._openapi.call(RECORD_UPLOAD, nobody, priority=Priority.PUNCH)
        except Rejected:
            return "permitted"
        return "permitted, although it took a punch of nobody"


def signed_body(punch: Punch, datum: Datum) -> dict[str, str]:
    """Return the body of the signed API: texts only, without a location when there is none."""
    body = {"user_id": punch.user_id, "time": str(to_ms(punch.punched_at)), "category": "NORMAL"}
    fix = punch.where.fix
    if fix is None:
        return body
    there = fix.in_datum(datum)
    body["latitude"] = f"{there.latitude:.6f}"
    body["longitude"] = f"{there.longitude:.6f}"
    if fix.accuracy_m is not None:
        body["accuracy"] = f"{fix.accuracy_m:.1f}".removesuffix(".0")
    return body


def upload_body(punch: Punch) -> dict[str, str | int]:
    """Return the body of `record/upload`. DingTalk shows the device's name as the place of the punch.

    `user_check_time` is in milliseconds: seconds are taken without an error and without effect.
    """
    where = punch.where
    at_site = where.site is not None and where.result is LocationResult.NORMAL
    return {
        "userid": punch.user_id,
        "device_name": f"{DEVICE_NAME} · {where.site}" if at_site else DEVICE_NAME,
        "device_id": DEVICE_ID,
        "user_check_time": to_ms(punch.punched_at),
    }
