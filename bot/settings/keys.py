"""Every key of the configuration, with its default and what it may hold."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from ipaddress import ip_network
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from bot.domain.corrections import CorrectionPolicy
from bot.domain.people import EVERYBODY, Members
from bot.domain.punches import PunchPolicy
from bot.domain.reminders import ReminderPolicy
from bot.domain.sites import Datum, LocationSource, Site

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TargetName = Literal["signed", "record_upload"]
SIGNED_URL = "https://oapi.dingtalk.com/attendance/v1/clock/single/add"
_ADDRESS = re.compile(r"https?://([\w.-]+|\[[\da-f:]+\])(:\d+)?([/?][!-~]*)?", re.ASCII)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _checked(holds: Callable[[Any], Any], otherwise: str) -> AfterValidator:
    """Return a validator that refuses values for which `holds` is false or raises ValueError."""

    def check(value: Any) -> Any:
        try:
            fine = holds(value)
        except ValueError:
            fine = False
        if not fine:
            raise ValueError(otherwise)
        return value

    return AfterValidator(check)


def _quoted(value: object) -> object:
    # YAML reads an unquoted 09:00 as the number 540, which would be nine minutes past midnight.
    if isinstance(value, int | float):
        raise ValueError('write times in quotes, such as "09:00"')
    return value


LocalTime = Annotated[time, BeforeValidator(_quoted)]
HttpUrl = Annotated[
    str,
    _checked(
        lambda url: _ADDRESS.fullmatch(url) and urlsplit(url).port != 0,
        "must be an address such as https://clock-in.example.com/path, in ASCII and without a password",
    ),
    AfterValidator(lambda url: url.rstrip("/")),
]
PageUrl = Annotated[
    HttpUrl,
    _checked(
        lambda url: "?" not in url and (url.startswith("https://") or urlsplit(url).hostname in _LOOPBACK),
        "must start with https://, since phones give a page no position otherwise, and be without ?",
    ),
]
Network = Annotated[str, _checked(ip_network, "must be an address or a network such as 10.0.0.0/8")]
StoreUrl = Annotated[
    str,
    _checked(
        re.compile(r"(sqlite:///|postgresql://).").match,
        "must be sqlite:///data/clock-in.db, sqlite:////an/absolute/path.db or postgresql://user@host/db",
    ),
]
TimeZone = Annotated[
    str, _checked(lambda name: name in available_timezones(), "is not a time zone name such as Asia/Shanghai")
]


class DingTalk(_Part):
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    robot_code: str = ""
    corp_id: str | None = None
    api_url: HttpUrl = "https://api.dingtalk.com"
    oapi_url: HttpUrl = "https://oapi.dingtalk.com"
    operator_user_id: str | None = None
    agent_id: str | None = None
    buttons: Literal["action_card", "markdown"] = "action_card"

    @property
    def robot(self) -> str:
        """Return the robot's code, which is the client id unless configured."""
        return self.robot_code or self.client_id


class Limits(_Part):
    """Calls a second; 0 is slowed only by refusals."""

    each_api: float = Field(20, ge=0)
    all: float = Field(450, ge=0)
    signed: float = Field(0, ge=0)
    replies: float = Field(0, ge=0)


class ClockIn(PunchPolicy):
    targets: list[TargetName] = Field(["signed"], min_length=1)
    signed_url: HttpUrl = SIGNED_URL
    datum: Datum = Datum.GCJ02


class ShiftSettings(_Part):
    name: str = Field(min_length=1)
    sections: list[tuple[LocalTime, LocalTime]] = Field(min_length=1)
    days: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    earliest_minutes: int = Field(120, ge=0)
    latest_minutes: int = Field(240, ge=0)
    grace_minutes: int = Field(0, ge=0)
    holidays: bool = True
    people: Members = EVERYBODY


class Schedule(_Part):
    source: Literal["dingtalk", "config"] = "dingtalk"
    calendar: Literal["cn", "none"] = "cn"
    holidays: list[date] = []
    make_up_days: list[date] = []
    shifts: list[ShiftSettings] = []


class Reminders(ReminderPolicy):
    """When people are reminded, in minutes; at most three reminders before and three after a check."""

    quiet_hours: tuple[LocalTime, LocalTime] | None = None


class Summaries(_Part):
    """When the daily summary comes."""

    digest_at: LocalTime = time(9, 45)


class Roles(_Part):
    admins: list[str] = []
    leads: dict[str, list[int]] = {}


class Retention(_Part):
    """How many days coordinates are kept. The clean-up runs every night."""

    coordinates_days: float = Field(60, ge=1)


class StoreSettings(_Part):
    url: StoreUrl = "sqlite:///data/clock-in.db"


class Web(_Part):
    """The bot's own HTTP port, and the address under which phones reach it."""

    host: str = "127.0.0.1"
    port: int = Field(8081, ge=0, le=65535)
    public_url: PageUrl | None = None
    trusted_proxies: list[Network] = []

    @property
    def page_url(self) -> str | None:
        """Return the address of the page, the same for everybody; None without a page."""
        return None if self.public_url is None else f"{self.public_url}/app"


class Settings(_Part):
    """The whole configuration; `reading.load` reads it."""

    dingtalk: DingTalk
    limits: Limits = Limits()
    clock_in: ClockIn = ClockIn()
    sites: list[Site] = []
    schedule: Schedule = Schedule()
    reminders: Reminders = Reminders()
    summaries: Summaries = Summaries()
    roles: Roles = Roles()
    corrections: CorrectionPolicy = CorrectionPolicy()
    retention: Retention = Retention()
    store: StoreSettings = StoreSettings()
    time_zone: TimeZone = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    web: Web = Web()

    @property
    def zone(self) -> ZoneInfo:
        """Return the organisation's time zone."""
        return ZoneInfo(self.time_zone)

    def is_quiet(self, now: datetime) -> bool:
        """Tell whether nobody wants to hear anything now."""
        return self.reminders.is_quiet(now.astimezone(self.zone))

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        names = [name.casefold() for site in self.sites for name in (site.name, *site.aliases)]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"sites: the name {min(twice)!r} stands for two places")
        if self.dingtalk.agent_id and not self.dingtalk.corp_id:
            raise ValueError("dingtalk.corp_id: agent_id is set, and inside DingTalk's client the page needs both")
        if self.schedule.source == "config" and not self.schedule.shifts:
            raise ValueError("schedule.shifts: source is config, so at least one shift is needed")
        in_words = {LocationSource.TYPED, LocationSource.NAMED} & self.clock_in.trusted_sources
        if self.clock_in.location == "required" and not in_words and self.web.public_url is None:
            raise ValueError(
                "clock_in.location: a position is required, and nobody has a way to give one. "
                "Set web.public_url, or add typed or named to trusted_sources"
            )
        return self
