"""The configuration: a YAML file, overridden by the environment, checked key by key."""

import difflib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from bot.domain.datum import Datum
from bot.errors import ConfigError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TargetName = Literal["signed", "record_upload"]
PREFIX = "CLOCK_IN_BOT__"
SIGNED_URL = "https://oapi.dingtalk.com/attendance/v1/clock/single/add"
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HOST = re.compile(r"[\w.:-]+", re.ASCII)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with https:// (or http:// for a server of your own)")
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:  # not chained: it quotes what it could not read
        raise ValueError("has a host or port that cannot be read") from None
    if "@" in parts.netloc:
        raise ValueError("must carry no user name and no password")
    if not _HOST.fullmatch(parts.hostname or "") or not value.isprintable() or " " in value:
        raise ValueError("needs a host in plain ASCII, such as https://clock-in.example.com/path")
    return value.rstrip("/")


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("is not a time zone name such as Asia/Shanghai")
    return value


def _quoted(value: object) -> object:
    # YAML reads an unquoted 09:00 as the number 540, which would be nine minutes past midnight.
    if isinstance(value, int | float):
        raise ValueError('write times in quotes, such as "09:00"')
    return value


LocalTime = Annotated[time, BeforeValidator(_quoted)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]


class DingTalk(_Part):
    """The app at DingTalk."""

    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    robot_code: str = ""
    corp_id: str | None = None
    api_url: HttpUrl = "https://api.dingtalk.com"
    oapi_url: HttpUrl = "https://oapi.dingtalk.com"
    operator_user_id: str | None = None

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


class ClockIn(_Part):
    """How punches are taken and where they go."""

    targets: list[TargetName] = Field(["signed"], min_length=1)
    signed_url: HttpUrl = SIGNED_URL
    location: Literal["required", "optional"] = "optional"
    outside: Literal["flag", "reject"] = "flag"
    datum: Datum = Datum.GCJ02
    max_age_hours: float = Field(24, gt=0)


class SiteSettings(_Part):
    """One place of work. Degrees, metres."""

    name: str = Field(min_length=1)
    aliases: list[str] = []
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    radius_m: float = Field(gt=0)
    datum: Datum = Datum.GCJ02


class Members(_Part):
    """Whom a shift is for."""

    departments: list[int] = []
    users: list[str] = []


class ShiftSettings(_Part):
    """A named shift and who works it."""

    name: str = Field(min_length=1)
    sections: list[tuple[LocalTime, LocalTime]] = Field(min_length=1)
    days: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    earliest_minutes: int = Field(120, ge=0)
    latest_minutes: int = Field(240, ge=0)
    grace_minutes: int = Field(0, ge=0)
    people: Literal["all"] | Members = "all"


class Schedule(_Part):
    """Where the plan comes from."""

    source: Literal["dingtalk", "config"] = "dingtalk"
    shifts: list[ShiftSettings] = []


class Reminders(_Part):
    """When people are nudged."""

    before_minutes: list[int] = [10]
    after_minutes: list[int] = [5]
    most: int = Field(2, ge=0)
    escalate_minutes: int | None = 30
    quiet_hours: tuple[LocalTime, LocalTime] | None = None
    mode: Literal["live", "shadow"] = "live"


class Roles(_Part):
    """Who may see more than themselves."""

    admins: list[str] = []
    leads: dict[str, list[int]] = {}


class StoreSettings(_Part):
    """The database."""

    url: str = Field("sqlite:///data/clock-in.db", pattern=r"^(sqlite:///|postgresql://).+")


class Web(_Part):
    """The bot's own HTTP port."""

    host: str = "127.0.0.1"
    port: int = Field(8081, ge=0, le=65535)
    public_url: str | None = Field(None, pattern=r"^https://.+")


class Settings(BaseSettings):
    """The whole configuration; `load` reads it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    dingtalk: DingTalk
    limits: Limits = Limits()
    clock_in: ClockIn = ClockIn()
    sites: list[SiteSettings] = []
    schedule: Schedule = Schedule()
    reminders: Reminders = Reminders()
    roles: Roles = Roles()
    store: StoreSettings = StoreSettings()
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    web: Web = Web()

    @property
    def zone(self) -> ZoneInfo:
        """Return the organisation's time zone."""
        return ZoneInfo(self.time_zone)

    @model_validator(mode="after")
    def _names_are_clear(self) -> Self:
        names = [name.casefold() for site in self.sites for name in (site.name, *site.aliases)]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"sites: the name {min(twice)!r} stands for two places")
        if self.schedule.source == "config" and not self.schedule.shifts:
            raise ValueError("schedule.shifts: source is config, so at least one shift is needed")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment override the file, whose content arrives as keyword arguments."""
        return env_settings, init_settings


def load(path: Path) -> Settings:
    """Read the configuration file. Raises ConfigError, which names the file, the key and the mend."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.__class__.__name__}). Copy config.example.yaml there."
        ) from None
    return parse(text, str(path))


def parse(text: str, name: str) -> Settings:
    """Build the settings from YAML text; `name` is how errors call it. Raises ConfigError."""
    try:
        raw = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ConfigError(f"{name}: line {line} is not YAML: {error.problem or 'it cannot be read'}") from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigError(f"{name}: this is not YAML") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: a list of keys such as 'dingtalk:' was expected; see config.example.yaml")
    _check_environment(os.environ)
    try:
        return Settings(**{str(key): _filled(value, f"{key}", name) for key, value in raw.items()})
    except SettingsError:
        raise ConfigError(f"a variable that begins with {PREFIX} cannot be read: {_AS_JSON}") from None
    except ValidationError as error:
        raise ConfigError("\n".join(f"{name}: {line}" for line in _explain(error))) from None


_AS_JSON = """lists and groups are written as JSON, such as '["signed"]'"""


def _check_environment(environment: Mapping[str, str]) -> None:
    """Raise ConfigError for a variable of ours that names no key, or should hold JSON and does not."""
    for variable, value in environment.items():
        if not variable.upper().startswith(PREFIX):
            continue
        first, *inner = variable[len(PREFIX) :].lower().split("__")
        if first not in Settings.model_fields:
            raise ConfigError(f"{variable}: unknown key {first}{_nearest((first,))}")
        annotation = _annotation_at((first, *inner))
        if _is_structure(annotation) and not _is_json(value):
            raise ConfigError(f"{variable}: {_AS_JSON}")


def _annotation_at(location: Sequence[str]) -> Any:
    """Return the type of the key at `location`, None where the model ends before it."""
    field = dict(_fields(location[:-1])).get(location[-1])
    return field.annotation if field else None


def _is_structure(annotation: Any) -> bool:
    origin = getattr(annotation, "__origin__", annotation)
    if isinstance(origin, type):
        return issubclass(origin, BaseModel | list | tuple | dict)
    return any(_is_structure(inner) for inner in getattr(annotation, "__args__", ()))


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


def _filled(value: Any, key: str, name: str) -> Any:
    """Return `value` with each `${NAME}` replaced from the environment."""
    if isinstance(value, dict):
        return {str(k): _filled(v, f"{key}.{k}", name) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(item, f"{key}[{index}]", name) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def environment(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            override = PREFIX + key.upper().replace(".", "__")
            if override in os.environ:
                return ""
            raise ConfigError(f"{name}: {key} wants the environment variable {match[1]}, which is not set")
        return found

    return _REFERENCE.sub(environment, value)


def _explain(error: ValidationError) -> Iterator[str]:
    """Yield one line for each problem, without the value, which may be a secret."""
    for problem in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            yield f"unknown key {key}{_nearest(problem['loc'])}"
        elif problem["type"] == "missing":
            yield f"{key} is missing"
        else:
            text = problem["msg"].removeprefix("Value error, ")
            yield f"{key}: {text}" if key else text


def _nearest(location: tuple[int | str, ...]) -> str:
    known = [name for name, _ in _fields(location[:-1])]
    close = difflib.get_close_matches(str(location[-1]).casefold(), known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(known)}"


def _fields(location: Sequence[int | str]) -> Iterable[tuple[str, FieldInfo]]:
    """Return the fields that a key at `location` has inside."""
    fields: Mapping[str, FieldInfo] = Settings.model_fields
    for part in location:
        if isinstance(part, int) or part not in fields:
            continue
        model = next(_models_in(fields[part].annotation), None)
        fields = model.model_fields if model else {}
    return fields.items()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
