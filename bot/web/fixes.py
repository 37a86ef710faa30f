"""The calls of the page. Their bodies are validated strictly."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from bot.domain.deciding import Given
from bot.domain.people import Employee
from bot.domain.shifts import CheckType
from bot.domain.sites import Datum, Fix, LocationSource
from bot.domain.slots import Action
from bot.views.i18n import Language, Texts
from bot.views.sentences import Reply, one_line

_A_DAY_S = 86_400
MOST_REASON = 200


class Refusal(Exception):
    """Refuses a call with an HTTP status and an error code for the page.

    "bad" is a body that the page never sends. `reference` is the id of the log line.
    """

    def __init__(self, status: int = 400, error: str = "bad", reference: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.answer = {"error": error, **({"reference": reference} if reference else {})}


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Measured(_Strict):
    """A position: degrees, metres, seconds since it was measured."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy_m: float = Field(gt=0, le=1_000_000)
    age_s: float = Field(ge=-_A_DAY_S, le=_A_DAY_S)
    datum: Datum
    simulated: bool = False


class Body(_Strict):
    """The fields of all calls. A call ignores the fields that it does not need."""

    code: str = Field("", pattern=r"^[A-Za-z0-9_.=-]{0,256}$")
    url: str = ""
    key: str = Field("", pattern=r"^([0-9a-f]{32})?$")
    direction: CheckType | None = None
    reason: str | None = Field(None, max_length=MOST_REASON)
    fix: Measured | None = None
    day: date | None = None
    at: NaiveDatetime | None = None  # local
    department: int | None = None
    user_id: str = ""
    step: Literal["confirmed", "objected"] | None = None
    seen: str = Field("", max_length=100)


Answer = dict[str, Any]
CarryOut = Callable[[Employee, Action, Language, str], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call in a session. `in_client`: the session began in DingTalk's client.

    `answer_action` answers an action as in chat.
    """

    who: Employee
    body: Body
    texts: Texts
    in_client: bool
    answer_action: CarryOut

    async def carry_out(self, action: Action, message_id: str = "") -> Reply:
        """Return what the chat answers to an action. Raises StoreRefused."""
        return await self.answer_action(self.who, action, self.texts.language, message_id)

    async def tell(self, action: Action) -> Answer:
        """Return the text that the chat answers to an action. Raises StoreRefused."""
        return {"text": (await self.carry_out(action)).text}

    @property
    def reason(self) -> str:
        """Return the reason on one line, without invisible characters."""
        return one_line(self.body.reason or "", most=MOST_REASON)

    def read_position(self) -> Given:
        """Return the position. Raises Refusal.

        A browser measures in WGS-84. Only DingTalk's client measures in GCJ-02, so other sessions
        may not send it.
        """
        fix = self.body.fix
        if fix is None:
            return Given()
        if fix.datum is Datum.GCJ02 and not self.in_client:
            raise Refusal
        source = LocationSource.DINGTALK if fix.datum is Datum.GCJ02 else LocationSource.BROWSER
        found = Fix(fix.latitude, fix.longitude, fix.accuracy_m, fix.datum, source)
        return Given(found, age=timedelta(seconds=fix.age_s), simulated=fix.simulated)
