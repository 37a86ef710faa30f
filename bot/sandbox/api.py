"""The state of the pretend DingTalk, and the description of one documented API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.sandbox.absences import Absences
from bot.sandbox.calls import Call, CallLog, Rates
from bot.sandbox.clock import PretendClock, from_ms, to_ms
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed, Notices
from bot.sandbox.people import Person
from bot.sandbox.records import Records
from bot.sandbox.talk import Talk
from bot.sandbox.tokens import LoginCodes, NewSecret, Tokens, new_secret
from bot.sandbox.world import World

CLIENT_ID = "sandbox"
CLIENT_SECRET = CLIENT_ID
AGENT_ID = "4711"
MOST_PEOPLE = 50  # of attendance reads
MOST_DAYS = 7
Json = dict[str, Any]


class State:
    """Everything the pretend DingTalk knows, shared by its parts."""

    def __init__(
        self,
        world: World,
        clock: PretendClock,
        data_dir: Path | None,
        *,
        client_secret: str = CLIENT_SECRET,
        make_secret: NewSecret = new_secret,
    ) -> None:
        self.client_secret = client_secret  # of the app that a bot signs in as
        self.make_secret = make_secret
        self.world = world
        self.clock = clock
        self.now = clock.now
        self.feed = Feed(data_dir, lambda: to_ms(clock.now()))
        self.faults = Faults(lambda: clock.now().timestamp())
        self.calls = CallLog()
        self.rates = Rates()
        self.notices = Notices(self.faults, lambda: to_ms(clock.now()))
        self.absences = Absences(world, self.feed, self.notices.announce)
        self.records = Records(world, self.feed, self.faults)
        self.talk = Talk(self.feed, make_secret)
        self.tokens = Tokens(clock.monotonic, make_secret)
        self.tickets = Tokens(clock.monotonic, make_secret)  # for pages
        self.login_codes = LoginCodes(clock.monotonic, make_secret)  # of `requestAuthCode`
        self.logins = LoginCodes(clock.monotonic, make_secret)  # of the login for other browsers
        self.person_tokens = LoginCodes(clock.monotonic, make_secret)
        self.uploads: dict[str, Any] = {}  # the last uploads, by media id
        self.url = ""
        world.announce = self.notices.announce

    def local_date(self, moment_ms: int) -> date:
        """Return the company's date at a moment."""
        return from_ms(moment_ms).astimezone(self.world.zone).date()

    def local_text(self, moment: datetime) -> str:
        """Return a moment as answers tell it, in the company's time."""
        return moment.astimezone(self.world.zone).strftime("%Y-%m-%d %H:%M:%S")

    def employee(self, user_id: str) -> Person:
        """Return the employee that an attendance API names. Raises Refused."""
        person = self.world.get(user_id)
        if person is None:
            raise Refused(33012, "invalidUserId", "无效的USERID")
        return person


class Refused(Exception):
    """The call is refused: `errcode` on the old host, HTTP `status` and `code` on the new one."""

    def __init__(
        self, errcode: int, code: str, message: str, *, status: int = 400, extra: Json | None = None
    ) -> None:
        super().__init__(message)
        self.errcode = errcode
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra or {}


def invalid(message: str) -> Refused:
    """Return the refusal of a parameter."""
    return Refused(400002, "invalidParameter", message)


@dataclass(frozen=True, slots=True)
class Ask:
    """One call as it came in: its log entry, and the address as the caller wrote it, without the query.

    Its methods raise Refused.
    """

    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json
    call: Call
    raw: bytes = b""  # the body as it came

    def text(self, name: str) -> str:
        """Return a field that must be a text that is not empty."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise invalid(f"{name} must be a text")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """Return a field that must be a whole number (or its decimal text)."""
        value = self.body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).lstrip("-").isdigit():
            raise invalid(f"{name} must be a number")
        return int(value)

    def page(self, most: int, default: int | None = None, size: str = "size") -> tuple[int, int]:
        """Return the fields `offset` and `size` of a page of at most `most` rows."""
        first, rows = self.number("offset", 0), self.number(size, default)
        if not 0 < rows <= most or first < 0:
            raise invalid(f"{size} must be 1 to {most}")
        return first, rows

    def texts(self, name: str, *, most: int) -> list[str]:
        """Return a field that must be a list of at most `most` texts."""
        value = self.body.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise invalid(f"{name} must be a list of texts")
        if len(value) > most:
            raise Refused(400002, f"invalidParameter.{name}.overMax", f"{name} takes at most {most}")
        return value


def days_between(first: date, last: date) -> list[date]:
    """Return the dates of a range, at most a week. Raises Refused."""
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise Refused(41041, "invalidDateRange", f"the range must be 1 to {MOST_DAYS} days")
    return [first + timedelta(days=offset) for offset in range(count)]


Answer = Callable[[State, Ask], Json]


@dataclass(frozen=True, slots=True)
class Api:
    """One API. `counted` calls use up the monthly quota; without `scope` no permission is asked for."""

    name: str
    path: str
    answer: Answer
    scope: str = ""
    method: str = "POST"
    counted: bool = True
    token: bool = True
    json: bool = True
    kind: str = "api"

    @property
    def new_host(self) -> bool:
        """Tell whether it lives on api.dingtalk.com, where errors are HTTP statuses."""
        return self.path.startswith("/v1.0/")

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the names that a fault may use for this API: also its family, as `user` or `department`."""
        return self.name, self.path, self.scope or self.name, self.path.split("/")[-2]


APIS: list[Api] = []  # all that modules of this package answer


def api(name: str, path: str, scope: str = "", **more: Any) -> Callable[[Answer], Answer]:
    """Let a function answer an API; `more` are fields of `Api`."""

    def register(answer: Answer) -> Answer:
        APIS.append(Api(name, path, answer, scope, **more))
        return answer

    return register
