"""The configuration: every key with its default, read from a YAML file and the environment.

An error names the key and says what to do.
"""

import difflib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    model_validator,
)

from bot.domain.closing import MonthPolicy
from bot.domain.corrections import CorrectionPolicy
from bot.domain.payroll import ExportProfile
from bot.domain.people import EVERYBODY, Members
from bot.domain.punches import PunchPolicy
from bot.domain.quota import LIMITS, Edition, Quota
from bot.domain.reminders import ReminderPolicy
from bot.domain.sites import Datum, LocationSource, Site
from bot.domain.worked import fault_of_breaks
from bot.errors import ConfigError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TargetName = Literal["signed", "record_upload"]
SIGNED_URL = "https://oapi.dingtalk.com/attendance/v1/clock/single/add"
_ADDRESS = re.compile(r"https?://([\w.-]+|\[[\da-f:]+\])(:\d+)?([/?][!-~]*)?", re.ASCII)
PREFIX = "CLOCK_IN_BOT__"
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_YAML_ADVICE = (
    'Indent with spaces, never with tabs; within braces put "${NAME}" and texts with : or # in '
    "quotes"
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _validator(holds: Callable[[Any], Any], otherwise: str) -> AfterValidator:
    """Return a validator that refuses a value when `holds` is false or raises ValueError."""

    def check(value: Any) -> Any:
        with suppress(ValueError):
            if holds(value):
                return value
        raise ValueError(otherwise)

    return AfterValidator(check)


def _refuse_number(value: object) -> object:
    # YAML reads an unquoted 18:00 as the number 1080 (base 60), but 09:00 as text.
    if isinstance(value, int | float):
        raise ValueError('write times in quotes, such as "09:00"')
    return value


LocalTime = Annotated[time, BeforeValidator(_refuse_number)]
HttpUrl = Annotated[
    str,
    _validator(
        lambda url: _ADDRESS.fullmatch(url) and urlsplit(url).port != 0,
        "must be an address such as https://clock-in.example.com/path, in ASCII and "
        "without a password",
    ),
    AfterValidator(lambda url: url.rstrip("/")),
]
PageUrl = Annotated[
    HttpUrl,
    _validator(
        re.compile(r"(https:|http://(127\.0\.0\.1|localhost|\[::1\])(?=[:/]|$))[^?]*").fullmatch,
        "must start with https://, since phones give other pages no position, and have no ?",
    ),
]
StoreUrl = Annotated[
    str,
    _validator(
        re.compile(r"(sqlite:///|postgresql://).").match,
        "must be sqlite:///data/clock-in.db, sqlite:////an/absolute/path.db or "
        "postgresql://user@host/db",
    ),
]


class OwnQuota(_Part):
    """The organisation's own quotas a month, in place of its edition's."""

    api: int | None = Field(None, gt=0)
    messages: int | None = Field(None, gt=0)


class DingTalkSettings(_Part):
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    robot_code: str = ""
    corp_id: str | None = None
    api_url: HttpUrl = "https://api.dingtalk.com"
    oapi_url: HttpUrl = "https://oapi.dingtalk.com"
    operator_user_id: str | None = None
    agent_id: str | None = None
    edition: Edition | None = None
    quota: OwnQuota = OwnQuota()
    buttons: Literal["action_card", "markdown"] = "action_card"
    card_template_id: str | None = None

    @property
    def limits_a_month(self) -> Mapping[Quota, int | None]:
        """Return the monthly quotas, None where neither edition nor quota is set.

        Packs stack and contracts differ (《计费模型说明》), so the edition is an example.
        """
        own = {Quota.CALLS: self.quota.api, Quota.MESSAGES: self.quota.messages}
        usual = LIMITS[self.edition] if self.edition is not None else {}
        return {quota: own[quota] or usual.get(quota) for quota in Quota}


class LimitSettings(_Part):
    """Calls a second. 0 is no limit until the service refuses a call."""

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
    breaks: list[tuple[LocalTime, LocalTime]] = []
    days: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    earliest_minutes: int = Field(120, ge=0)
    latest_minutes: int = Field(240, ge=0)
    grace_minutes: int = Field(0, ge=0)
    holidays: bool = True
    people: Members = EVERYBODY

    @model_validator(mode="after")
    def _breaks_fit(self) -> Self:
        fault = fault_of_breaks(self.sections, self.breaks)
        if fault is not None:
            raise ValueError(f"breaks: {fault}")
        return self


class ScheduleSettings(_Part):
    source: Literal["dingtalk", "config"] = "dingtalk"
    calendar: Literal["cn", "none"] = "cn"
    holidays: list[date] = []
    make_up_days: list[date] = []
    shifts: list[ShiftSettings] = []


class ReminderSettings(ReminderPolicy):
    quiet_hours: tuple[LocalTime, LocalTime] | None = None


class Summaries(_Part):
    digest_at: LocalTime = time(9, 45)


class Roles(_Part):
    admins: list[str] = []
    hr: list[str] = []
    leads: dict[str, list[int]] = {}


class Retention(_Part):
    coordinates_days: int = Field(60, ge=1)
    days: int = Field(800, ge=62)  # a month is closed in the next one


class StoreSettings(_Part):
    url: StoreUrl = "sqlite:///data/clock-in.db"


class Web(_Part):
    host: str = "127.0.0.1"
    port: int = Field(8081, ge=0, le=65535)
    public_url: PageUrl | None = None
    trusted_proxies: list[IPvAnyNetwork] = []

    @property
    def page_url(self) -> str | None:
        """Return the address of the page, the same for everybody, None without a page."""
        return None if self.public_url is None else f"{self.public_url}/app"


class ApiSettings(_Part):
    enabled: bool = False


class Settings(_Part):
    """The whole configuration; `load` reads it."""

    dingtalk: DingTalkSettings
    limits: LimitSettings = LimitSettings()
    clock_in: ClockIn = ClockIn()
    sites: list[Site] = []
    schedule: ScheduleSettings = ScheduleSettings()
    reminders: ReminderSettings = ReminderSettings()
    summaries: Summaries = Summaries()
    roles: Roles = Roles()
    corrections: CorrectionPolicy = CorrectionPolicy()
    exports: dict[str, ExportProfile] = {}
    months: MonthPolicy = MonthPolicy()
    retention: Retention = Retention()
    api: ApiSettings = ApiSettings()
    store: StoreSettings = StoreSettings()
    zone: ZoneInfo = Field(ZoneInfo("Asia/Shanghai"), alias="time_zone")
    language: Literal["zh", "en"] = "zh"
    web: Web = Web()

    @property
    def secrets(self) -> list[str]:
        """Return what no log and no bundle may contain."""
        passwords = re.findall(r"^postgresql://[^:@/]*:([^@/]*)@", self.store.url)
        return [
            self.dingtalk.client_secret.get_secret_value(),
            *map(unquote, passwords),
            os.getenv("PGPASSWORD", ""),
        ]

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        names = [name.casefold() for site in self.sites for name in (site.name, *site.aliases)]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"sites: two places have the name {min(twice)!r}")
        if self.dingtalk.agent_id and not self.dingtalk.corp_id:
            raise ValueError(
                "dingtalk.corp_id: the page inside DingTalk's client needs it beside agent_id"
            )
        if self.schedule.source == "config" and not self.schedule.shifts:
            raise ValueError("schedule.shifts: source is config, so at least one shift is needed")
        in_words = {LocationSource.TYPED, LocationSource.NAMED} & self.clock_in.trusted_sources
        if self.clock_in.location == "required" and not in_words and self.web.public_url is None:
            raise ValueError(
                "clock_in.location: a position is required, but nobody can give one. "
                "Set web.public_url, or add typed or named to trusted_sources"
            )
        return self


@dataclass(frozen=True)
class _Unset:
    """The name of a missing environment variable, in place of a text. No key takes such a value."""

    variable: str


class _Loader(yaml.SafeLoader):
    """Reads YAML, fills each `${NAME}` in from the environment, and refuses a key that is twice in
    one group.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [str(key.value) for key, _ in node.value]
        for key, _ in node.value:
            if names.count(str(key.value)) > 1:
                raise yaml.MarkedYAMLError(
                    None, None, f"{key.value} is there twice", key.start_mark
                )
        return super().construct_mapping(node, deep)

    def fill_in(self, node: yaml.ScalarNode) -> str | _Unset:
        for variable in _REFERENCE.findall(node.value):
            if variable not in os.environ:
                return _Unset(variable)
        return _REFERENCE.sub(lambda reference: os.environ[reference[1]], node.value)


_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.fill_in)


def load(path: Path) -> Settings:
    """Read the configuration file. Raises ConfigError with the file, the key and what to do."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such file. `clock-in-bot init` writes one."
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text. Save it as UTF-8.") from None


def parse(text: str, name: str) -> Settings:
    """Build the settings from YAML text. Errors call the text `name`. Raises ConfigError."""
    try:
        raw = yaml.load(text, _Loader)  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}: line {line}: {error.problem}. {_YAML_ADVICE}") from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigError(f"{name}: is not YAML") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: must be keys such as 'dingtalk:'; see config.example.yaml")
    variables = [variable for variable in sorted(os.environ) if variable.upper().startswith(PREFIX)]
    for variable in variables:
        path = variable[len(PREFIX) :].lower().split("__")
        raw = _with_value_at(raw, path, _json_or_text(os.environ[variable]))
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        where = f"{name} with {', '.join(variables)}" if variables else name
        lines = (f"{where}: {_explain(problem)}" for problem in error.errors())
        raise ConfigError("\n".join(lines)) from None


def _json_or_text(value: str) -> Any:
    """Return the value of an environment variable. Lists and groups are JSON."""
    try:
        return json.loads(value) if value[:1] in ("[", "{") else value
    except (ValueError, RecursionError):
        return value


def _with_value_at(group: Any, path: Sequence[str], value: Any) -> Any:
    """Return a copy of `group` with `value` at `path`."""
    if not path:
        return value
    known = group if isinstance(group, dict) else {}
    return known | {path[0]: _with_value_at(known.get(path[0]), path[1:], value)}


def _explain(problem: Any) -> str:
    """Return the problem and what to do. The value stays out: it may be a secret."""
    key = ".".join(map(str, problem["loc"]))
    if isinstance(problem["input"], _Unset):
        variable = problem["input"].variable
        return f"{key} needs the environment variable {variable}, which is not set"
    match problem["type"]:
        case "extra_forbidden":
            schema = Settings.model_json_schema()
            known = [
                name
                for part in (schema, *schema["$defs"].values())
                for name in part.get("properties", ())
            ]
            close = difflib.get_close_matches(
                str(problem["loc"][-1]).casefold(), known, n=1, cutoff=0.5
            )
            return f"unknown key {key}; " + (
                f"did you mean {close[0]}?" if close else "see config.example.yaml"
            )
        case "missing":
            return f"{key} is missing; config.example.yaml explains it"
        case "string_type" | "invalid_key":
            return (
                f"{key.removesuffix('.[key]')}: must be text; write a number, yes or no in "
                f'quotes: "12345"'
            )
    text = problem["msg"].removeprefix("Value error, ")
    if key.endswith(("latitude", "longitude")):
        text += ". Are latitude and longitude swapped?"
    return f"{key}: {text}" if key else text
