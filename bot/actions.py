"""Every action that a person can ask the bot for, one model per action.

An action comes from typed text, from a button or from the page. A handler in `handlers/` answers it. The bot
stores the action of a button as JSON, so every action can be written and read back.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.domain.shifts import CheckType

Form = Literal["text", "chart", "xlsx", "csv"]
Period = Literal["day", "week", "month"]


class Slot(StrEnum):
    """An argument of an action that the bot can ask a person for."""

    DIRECTION = "direction"
    PLACE = "place"
    TIME = "time"
    DAYS = "days"
    PERSON = "person"
    REASON = "reason"


class Frozen(BaseModel):
    """An immutable model that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """Local dates, both ends included."""

    first: date
    last: date

    @property
    def is_one(self) -> bool:
        """Tell whether it is a single day."""
        return self.first == self.last


class Position(Frozen):
    """Typed coordinates in degrees. The setting `clock_in.datum` names their coordinate system."""

    latitude: float
    longitude: float


class Whom(Frozen):
    """The people that a question is about. `person` is a user id or a name. No field means the lead's own team.

    `people` holds several names. A question is about one person, so the bot asks which one.
    """

    person: str | None = None
    people: tuple[str, ...] = ()
    department: str | None = None
    company: bool = False

    @property
    def is_named(self) -> bool:
        """Tell whether the text names a person, a department or the company."""
        return self.company or bool(self.people) or self.person is not None or self.department is not None


class Action(Frozen):
    """The base of all actions.

    `changes` tells that the action changes something. The bot shows such an action before it counts, except a
    punch that the gate passes and a plain request to nudge.
    """

    changes: ClassVar[bool] = False
    intent_name: ClassVar[str]

    @property
    def intent(self) -> str:
        """Return the intent that `understand` prints."""
        return self.intent_name

    def lacks(self) -> Slot | None:
        """Return the slot that the bot must ask for first, or None."""
        return None


class Dated(Action):
    """An action about days.

    `unclear_days` tells that the text names days that are not one range. Then the bot asks for the days.
    """

    days: Days | None = None
    unclear_days: bool = False

    def lacks(self) -> Slot | None:
        """Ask for the days if the text names them unclearly."""
        return Slot.DAYS if self.unclear_days else None


class Punch(Action):
    """Clock in or out. Without `direction` the shift decides.

    `at` and `received_at` (UTC) belong to the message that a button came from. Without them the times of the
    current message count. `outside` means field work (外勤) without a place.
    """

    kind: Literal["punch"] = "punch"
    changes: ClassVar[bool] = True
    direction: CheckType | None = None
    place: str | None = None
    position: Position | None = None
    by_location: bool = False
    outside: bool = False
    reason: str | None = None
    at: datetime | None = None
    received_at: datetime | None = None
    by_voice: bool = False

    @property
    def intent(self) -> str:
        """Return the intent that `understand` prints. For a punch without direction it is `clock_in`."""
        return "clock_out" if self.direction is CheckType.OFF_DUTY else "clock_in"


class ConfirmTap(Action):
    """Tell whether a tap on the page came from the sender. `code` identifies the question."""

    kind: Literal["confirm_tap"] = "confirm_tap"
    intent_name: ClassVar[str] = "confirm_tap"
    code: str
    mine: bool


class Undo(Action):
    """Ask how to correct a wrong punch."""

    kind: Literal["undo"] = "undo"
    intent_name: ClassVar[str] = "undo"


class MyDay(Action):
    """Show the sender's own day."""

    kind: Literal["my_day"] = "my_day"
    intent_name: ClassVar[str] = "status"


class History(Dated):
    """Show the sender's own days."""

    kind: Literal["history"] = "history"
    intent_name: ClassVar[str] = "history"


class Why(Action):
    """Explain why a punch counts as late or early."""

    kind: Literal["why"] = "why"
    intent_name: ClassVar[str] = "why"
    whom: Whom = Whom()
    days: Days | None = None
    direction: CheckType | None = None


class Summary(Dated):
    """Show the days of a team, a department or a person. Without `days` show today."""

    kind: Literal["summary"] = "summary"
    whom: Whom = Whom()
    form: Form = "text"
    late_first: bool = False
    page: int = 1

    @property
    def intent(self) -> str:
        """Return the intent that `understand` prints: one for a single day, another for several."""
        return "summary_today" if self.days is None or self.days.is_one else "summary_range"


class Absent(Dated):
    """Show who has not clocked in, or out."""

    kind: Literal["missing"] = "missing"
    intent_name: ClassVar[str] = "missing"
    whom: Whom = Whom()
    check_type: CheckType = CheckType.ON_DUTY
    page: int = 1


class Export(Dated):
    """Send days as a file. With `own` send the sender's days."""

    kind: Literal["export"] = "export"
    intent_name: ClassVar[str] = "export"
    whom: Whom = Whom()
    own: bool = False
    form: Form = "xlsx"


class SetDigest(Action):
    """Switch scheduled summaries on or off."""

    kind: Literal["digest"] = "digest"
    changes: ClassVar[bool] = True
    wanted: bool
    period: Period | None = None

    @property
    def intent(self) -> str:
        """Return the intent that `understand` prints."""
        return "digest_on" if self.wanted else "digest_off"


class WhoSeesMe(Action):
    """Explain who sees the sender's days."""

    kind: Literal["who_sees"] = "who_sees"
    intent_name: ClassVar[str] = "who_sees"


class ReminderMenu(Action):
    """Show the sender's reminder settings, with a button for each change."""

    kind: Literal["reminder_menu"] = "reminder_menu"
    intent_name: ClassVar[str] = "remind_set"


class RemindBefore(Action):
    """Remind some minutes before each check."""

    kind: Literal["remind_before"] = "remind_before"
    intent_name: ClassVar[str] = "remind_set"
    changes: ClassVar[bool] = True
    minutes: int


class RemindAt(Action):
    """Remind of one check at a local time of day."""

    kind: Literal["remind_at"] = "remind_at"
    intent_name: ClassVar[str] = "remind_set"
    changes: ClassVar[bool] = True
    at: time
    check_type: CheckType | None = None

    def lacks(self) -> Slot | None:
        """Ask for the check if the text does not name it."""
        return Slot.DIRECTION if self.check_type is None else None


class Snooze(Action):
    """Remind once more after some minutes."""

    kind: Literal["snooze"] = "snooze"
    intent_name: ClassVar[str] = "remind_set"
    minutes: int = 10


class Mute(Dated):
    """Stop reminders on `days`. Without `days` stop them until the sender switches them on again."""

    kind: Literal["mute"] = "mute"
    intent_name: ClassVar[str] = "remind_off"
    changes: ClassVar[bool] = True


class Unmute(Action):
    """Switch reminders on again."""

    kind: Literal["unmute"] = "unmute"
    intent_name: ClassVar[str] = "remind_set"
    changes: ClassVar[bool] = True


class Leave(Action):
    """Stop reminders on days when the sender is away. This does not file a leave request."""

    kind: Literal["leave"] = "leave"
    intent_name: ClassVar[str] = "leave"
    changes: ClassVar[bool] = True
    days: Days | None = None

    def lacks(self) -> Slot | None:
        """Ask for the days."""
        return Slot.DAYS if self.days is None else None


class RequestCorrection(Action):
    """Ask for a make-up punch (补卡). `at` is a local time on the work date `day`."""

    kind: Literal["request_correction"] = "request_correction"
    intent_name: ClassVar[str] = "correction"
    changes: ClassVar[bool] = True
    direction: CheckType | None = None
    day: date | None = None
    unclear_days: bool = False
    at: time | None = None
    reason: str | None = None

    def lacks(self) -> Slot | None:
        """Ask for a day that the text names unclearly, then for the time."""
        if self.unclear_days:
            return Slot.DAYS
        return Slot.TIME if self.at is None else None


class DecideCorrection(Action):
    """Approve or refuse the make-up request `reference`. To refuse one's own request withdraws it."""

    kind: Literal["decide_correction"] = "decide_correction"
    changes: ClassVar[bool] = True
    reference: str
    approve: bool
    answer: str | None = None

    @property
    def intent(self) -> str:
        """Return the intent that `understand` prints."""
        return "approve" if self.approve else "refuse"


class OpenRequests(Action):
    """List open make-up requests: the sender's own, and those that the sender decides."""

    kind: Literal["open_requests"] = "open_requests"
    intent_name: ClassVar[str] = "requests"
    page: int = 1


class Excuse(Action):
    """Excuse a day of one of the lead's people, or take the excuse back."""

    kind: Literal["excuse"] = "excuse"
    changes: ClassVar[bool] = True
    excused: bool = True
    person: str | None = None
    day: date | None = None
    unclear_days: bool = False
    reason: str | None = None

    @property
    def intent(self) -> str:
        """Return the intent that `understand` prints."""
        return "excuse" if self.excused else "unexcuse"

    def lacks(self) -> Slot | None:
        """Ask for a day that the text names unclearly, then for the person."""
        if self.unclear_days:
            return Slot.DAYS
        return Slot.PERSON if self.person is None else None


class Nudge(Action):
    """Remind one of the lead's people now."""

    kind: Literal["nudge"] = "nudge"
    intent_name: ClassVar[str] = "nudge"
    changes: ClassVar[bool] = True
    person: str


class Where(Action):
    """List the sites where the sender may punch."""

    kind: Literal["where"] = "where"
    intent_name: ClassVar[str] = "where"


class MyData(Action):
    """List what the bot stores about the sender."""

    kind: Literal["my_data"] = "my_data"
    intent_name: ClassVar[str] = "privacy"


class ForgetPhrases(Action):
    """Delete the sender's own phrases. Such a phrase punches without a question."""

    kind: Literal["forget_phrases"] = "forget_phrases"
    intent_name: ClassVar[str] = "privacy"
    changes: ClassVar[bool] = True


class Help(Action):
    """Show what the sender can do here."""

    kind: Literal["help"] = "help"
    intent_name: ClassVar[str] = "help"


class CannotAnswer(Action):
    """A question about attendance that the bot cannot answer."""

    kind: Literal["cannot_answer"] = "cannot_answer"
    intent_name: ClassVar[str] = "none"


AnyAction = Annotated[
    Punch | ConfirmTap | Undo | MyDay | History | Why | Summary | Absent | Export | SetDigest | WhoSeesMe
    | ReminderMenu | RemindBefore | RemindAt | Snooze | Mute | Unmute | Leave | RequestCorrection
    | DecideCorrection | OpenRequests | Excuse | Nudge | Where | MyData | ForgetPhrases | Help | CannotAnswer,
    Field(discriminator="kind"),
]  # fmt: skip
_ANY: TypeAdapter[Any] = TypeAdapter(AnyAction)


def written(action: Action) -> str:
    """Return an action as JSON."""
    return action.model_dump_json()


def read(body: str) -> Action:
    """Return the action in a JSON text of `written`. Raises pydantic.ValidationError."""
    action: Action = _ANY.validate_json(body)
    return action
