"""The checks of a configuration: each part works, or a sentence says what to do."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from bot.clock import MOST_SKEW, Clock, local_date
from bot.dingtalk.clock_in import Target
from bot.dingtalk.contacts import ROOT
from bot.domain.slots import Days
from bot.errors import OperatorError, Rejected, UpstreamError
from bot.platform import DingTalk
from bot.services.organisation.rosters import schedule_of
from bot.services.setting_up import SettingUp
from bot.settings import SIGNED_URL, Settings
from bot.storage import check_database

PRETEND = "sandbox"  # the client id that the sandbox gives out; DingTalk's begin with "ding"

Check = Callable[[], Awaitable[str]]  # returns a sentence, or raises a BotError


class Finding(NamedTuple):
    """One part, whether it works, and what to know or to do."""

    part: str
    ok: bool
    text: str

    def line(self) -> str:
        """Return the finding as one line."""
        return f"{'ok  ' if self.ok else 'FAIL'} {self.part}: {self.text}"


async def check_all(
    settings: Settings,
    clock: Clock,
    show: Callable[[Finding], None] = lambda _: None,
    *,
    set_up: bool = False,
) -> list[Finding]:
    """Check every part. Return the findings, causes before effects. `show` gets each at once.

    With `set_up` also take the steps of SettingUp, which message an administrator.
    """
    moved = _MovedClock(clock)
    dingtalk = DingTalk(settings, moved)
    findings = [Finding("configuration", True, "read")]
    show(findings[0])
    try:
        checks = _Checks(settings, moved, dingtalk)
        steps = SettingUp(settings, dingtalk).steps() if set_up else {}
        for part, check in {**checks.all(), **steps}.items():
            findings.append(await _find(part, check))
            show(findings[-1])
    finally:
        await dingtalk.http.close()
    return findings


async def _find(part: str, check: Check) -> Finding:
    try:
        return Finding(part, True, await check())
    except OperatorError as error:
        text = str(error)
    except Rejected as error:
        text = f"{error}. It is reachable but refused the request: see its reason."
    except UpstreamError as error:
        text = f"{error}. See whether the address is right and reachable (proxy, firewall)."
    return Finding(part, False, text)


class _MovedClock:
    """This machine's clock, moved to the time of a pretend DingTalk."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead = timedelta()
        self.monotonic = clock.monotonic

    def now(self) -> datetime:
        return self._clock.now() + self.ahead


@dataclass(eq=False)
class _Checks:
    settings: Settings
    clock: _MovedClock
    dingtalk: DingTalk

    def __post_init__(self) -> None:
        self._somebody = self.settings.dingtalk.operator_user_id or next(
            iter(self.settings.roles.admins), "nobody"
        )

    def all(self) -> dict[str, Check]:
        """Return the check of each part that these settings use."""
        settings = self.settings
        dingtalk = self.dingtalk
        root = {"dept_id": ROOT}
        page = {"dept_id": ROOT, "cursor": 0, "size": 1}
        checks: dict[str, Check] = {
            "database": self._database,
            "clock": self._skew,
            "access token": partial(_check_grant, dingtalk.openapi.token),
            "gateway": partial(_check_grant, dingtalk.gateway.secret_url),
            "permission qyapi_get_member": self._people,
            "permission qyapi_get_department_list": partial(
                self._call, ("departments", root), ("department", root)
            ),
            "permission qyapi_get_department_member": partial(self._call, ("members", page)),
            "permission qyapi_base": partial(self._call, ("auth_scopes", None)),
            "permission qyapi_robot_sendmsg": dingtalk.robot.probe,
            "permission qyapi_get_attendance_data": self._records,
        }
        if settings.schedule.source == "dingtalk":
            checks["permission qyapi_attendance_group_read"] = self._plans
        else:
            checks["holidays"] = self._holidays
        if settings.web.public_url and settings.dingtalk.agent_id:
            sign = partial(dingtalk.page_identity.signature, "https://localhost/app")
            checks["page ticket"] = partial(_check_grant, sign)
        if settings.dingtalk.card_template_id:
            checks["card template"] = dingtalk.cards.probe
        return checks | {
            f"target {target.name}": partial(self._target, target)
            for target in (*dingtalk.targets, *dingtalk.make_up_targets)
        }

    async def _database(self) -> str:
        return check_database(self.settings.store.url)

    async def _skew(self) -> str:
        skew = self.clock.now() - await self.dingtalk.server_time()
        seconds = round(skew.total_seconds())
        if self.settings.dingtalk.client_id == PRETEND:
            self.clock.ahead = -skew
            return f"{seconds} s apart from the pretend DingTalk; its clock can be moved"
        if abs(skew) > MOST_SKEW:
            raise OperatorError(
                f"this machine is {seconds} s off. Set it by NTP: signatures carry its time."
            )
        return f"{seconds} s apart from DingTalk"

    async def _call(self, *calls: tuple[str, Mapping[str, object] | None]) -> str:
        for api, body in calls:
            await self.dingtalk.openapi.call(api, body)
        return "granted"

    async def _people(self) -> str:
        """Look up each user id of the configuration."""
        roles = self.settings.roles
        operator = self.settings.dingtalk.operator_user_id
        named = {
            **dict.fromkeys(roles.admins, "roles.admins"),
            **dict.fromkeys(roles.hr, "roles.hr"),
            **dict.fromkeys(roles.leads, "roles.leads"),
        }
        if operator:
            named[operator] = "dingtalk.operator_user_id"
        contacts = self.dingtalk.contacts
        await contacts.employee(self._somebody)  # the permission, also where nobody is named
        unknown = [
            f"nobody has the user id {who} ({key})"
            for who, key in named.items()
            if await contacts.employee(who) is None
        ]
        if unknown:
            raise OperatorError(
                f"{'; '.join(unknown)}. Enter the user id (userid) from DingTalk's contacts."
            )
        alone = "" if roles.admins else "; without roles.admins alerts go only to the log"
        return f"known: {', '.join(named) or 'nobody'}{alone}"

    async def _records(self) -> str:
        attendance = self.dingtalk.attendance
        now = self.clock.now()
        await attendance.records([self._somebody], now - timedelta(minutes=1), now)
        await attendance.leaves([self._somebody], now - timedelta(minutes=1), now)
        # nobody, or a person without attendance: only the permission counts
        with suppress(Rejected):
            await attendance.approvals(self._somebody, self._today())
        return "records, leave and approvals can be read"

    async def _plans(self) -> str:
        today = self._today()
        await self.dingtalk.attendance.plans([self._somebody], Days(today, today))
        return "plans can be read"

    async def _holidays(self) -> str:
        year = schedule_of(self.settings).unknown_year(self._today())
        if year is None:
            return "known for all days that the shifts need"
        raise OperatorError(
            f"the public holidays and make-up days of {year} are not known. From {year}-01-01 on "
            "shifts that follow them bring no reminders, and their days count as unknown. Upgrade "
            "chinesecalendar once it has the year, or list the days in schedule.holidays and "
            "schedule.make_up_days."
        )

    def _today(self) -> date:
        return local_date(self.clock, self.settings.zone)

    async def _target(self, target: Target) -> str:
        try:
            return await target.probe()
        except UpstreamError as error:
            if target.name != "signed" or self.settings.clock_in.signed_url != SIGNED_URL:
                raise
            raise OperatorError(
                f"{error.reason}; no public documentation of DingTalk describes {SIGNED_URL}. Point "
                "clock_in.signed_url at the service that speaks the signed clock-in API."
            ) from None


async def _check_grant(call: Callable[[], Awaitable[object]]) -> str:
    await call()
    return "granted"
