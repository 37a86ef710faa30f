"""The state of the pretend DingTalk, and the description of one documented API."""

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, validate_call
from pydantic.alias_generators import to_camel

from bot.clock import from_ms, to_ms
from bot.sandbox.clock import PretendClock
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed
from bot.sandbox.gateway import Gateway
from bot.sandbox.records import Absences, Records
from bot.sandbox.talk import SINGLE, Card, Content, Entry, Talk, conversation_id
from bot.sandbox.world import Person, World

CLIENT_ID = "sandbox"
CLIENT_SECRET = CLIENT_ID
AGENT_ID = "4711"
LIFETIME_S = 7200  # of tokens and tickets
_KEPT_CALLS = 3000
_NO_FIELDS = frozenset({"state", "request", "raw", "media"})
Json = dict[str, Any]


class State:
    """The shared state of the pretend DingTalk's parts."""

    def __init__(
        self, world: World, clock: PretendClock, data_dir: Path | None, **waits_s: float
    ) -> None:
        self.client_secret = CLIENT_SECRET  # of the app that a bot signs in as
        self.make_secret: Callable[[], str] = partial(secrets.token_hex, 16)
        self.token = self.ticket = ""  # of APIs, and of pages; made at the start
        self.world = world
        self.clock = clock
        self.now = clock.now
        self.feed = Feed(data_dir, self.now_ms)
        self.faults = Faults()  # the switches that stay on
        self.requests: deque[Call] = deque(maxlen=_KEPT_CALLS)  # of the bot, the oldest first
        self.gateway = Gateway(self.feed, self.faults, clock, **waits_s)
        self.absences = Absences(self.feed)
        self.records = Records(self.feed, self.faults)
        self.talk = Talk(self.feed)
        self._codes: dict[tuple[str, str], str] = {}
        self.sessions: dict[str, Entry] = {}  # the message that a session webhook answers
        self.uploads: dict[str, Medium] = {}  # by media id
        self.cards: dict[str, Card] = {}  # by `outTrackId`
        self.feed.keep(
            "card", lambda **fields: self.cards.update({fields["out_track_id"]: Card(**fields)})
        )
        self.quick_entries: list[Json] = []  # above the input box of single chats
        self.url = ""  # http://127.0.0.1:PORT

    def now_ms(self) -> int:
        return to_ms(self.now())

    def issue_code(self, kind: str, user_id: str) -> str:
        code = self.make_secret()
        self._codes[kind, code] = user_id
        return code

    def take_code(self, kind: str, code: str) -> Person | None:
        """Use up a code and return its person, None for an unknown or used code."""
        return self.world.get(self._codes.pop((kind, code), ""))

    def tell(self, person: Person, content: Content) -> int:
        """Show a message of the bot in a person's single chat, and return its number."""
        entry = Entry(
            speaker="bot",
            user_id=person.user_id,
            conversation=SINGLE,
            conversation_id=conversation_id(person, SINGLE),
            at=self.now().isoformat(),
            **asdict(content),
        )
        return self.talk.say(entry)

    def local_date(self, moment_ms: int) -> date:
        return from_ms(moment_ms).astimezone(self.world.zone).date()

    def local_text(self, moment: datetime) -> str:
        return moment.astimezone(self.world.zone).strftime("%Y-%m-%d %H:%M:%S")

    def employee(self, user_id: str, unknown: int = 33012) -> Person:
        """Return the employee that an API names. Raises Refused with the errcode `unknown`."""
        person = self.world.get(user_id)
        if person is None:
            raise Refused(unknown, "无效的USERID")
        return person

    def check_app(self, key: str, secret: str) -> None:
        if (key, secret) != (CLIENT_ID, self.client_secret):
            raise Refused(40089, "无效的clientId或者clientSecret", "invalidClientIdOrSecret")


class Medium(NamedTuple):
    kind: str
    name: str
    content: bytes


@dataclass(slots=True)
class Call:
    """One call.

    `status` and `answer` are None without an answer; `ms` is real time, delay included.
    """

    at: datetime
    api: str
    path: str
    authorization: str
    request: Json = field(default_factory=dict)
    status: int | None = None
    answer: Any = None
    ms: float | None = None


@dataclass(eq=False)
class Refused(Exception):
    """The call is refused: with `errcode` on the old host, with HTTP 400 and `code` on the new one."""

    errcode: int
    message: str
    code: str = ""


def invalid(message: str) -> Refused:
    return Refused(400002, message, "invalidParameter")


def page(name: str, rows: Sequence[Any], offset: int, size: int) -> Json:
    return {"has_more": offset + size < len(rows), name: rows[offset : offset + size]}


def at_most_bytes(size: int) -> BeforeValidator:
    def check(text: Any) -> Any:
        if len(str(text).encode()) > size:
            raise ValueError(f"takes at most {size:,} bytes")
        return text

    return BeforeValidator(check)


Text = Annotated[str, Field(min_length=1)]
Offset = Annotated[int, Field(ge=0)]


class Api(NamedTuple):
    """One API, and the permission (`scope`) that it asks for."""

    name: str
    path: str
    function: Callable[..., Json]
    parameters: dict[str, str]  # by the names of their fields
    scope: str = ""
    method: str = "POST"
    token: bool = True

    @property
    def takes_json(self) -> bool:
        return self.method != "GET" and not self.parameters.keys() <= _NO_FIELDS

    @property
    def new_host(self) -> bool:
        """On api.dingtalk.com errors are HTTP statuses."""
        return self.path.startswith("/v1.0/")

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the names that a fault may use for this API, such as its family `user` or
        `department`.
        """
        return self.name, self.path, self.scope or self.name, self.path.split("/")[-2]

    def answer(self, fields: Json, **other: Any) -> Json:
        """Return the answer to the fields of query and body, if `op_user_id` may ask.

        Raises Refused.
        """
        if "op_user_id" in fields:
            other["state"].employee(fields["op_user_id"])
        given = {**fields, "fields": fields, **other}
        named = {
            self.parameters[key]: value for key, value in given.items() if key in self.parameters
        }
        try:
            return self.function(**named)
        except ValueError as wrong:  # of validation, or a WorldError
            raise invalid(str(wrong)) from None


APIS: list[Api] = []  # all that modules of this package answer


def api(name: str, path: str, scope: str = "", **more: Any) -> Callable[[Callable[..., Json]], Api]:
    """Let a function answer an API; `more` are other fields of `Api`.

    It takes fields of query or body, in snake case, and may take `state`, `request`, `fields`, the
    body as `raw`.
    """

    def add(function: Callable[..., Json]) -> Api:
        parameters = {
            key: name for name in signature(function).parameters for key in (name, to_camel(name))
        }
        checked = validate_call(config={"arbitrary_types_allowed": True})(function)
        APIS.append(Api(name, path, checked, parameters, scope, **more))
        return APIS[-1]

    return add
