"""What a message is to the question that the bot asked before it: the rules of answering. Pure.

1. *Who is meant.* What is said in a group is about what was asked there, else for others. In private everything
   is said to the bot, but a plain yes is about what was asked in private.
2. *What answers.* Within two minutes of the asking: the direction or the place that was asked for, and a plain
   yes to a direction. Sent before the bot asked, only what is stated within two minutes of the message; no yes.
3. *Which time an answer has*: that of the message asked about. Only a clock-out that is typed has its own, the
   later one, unless the bot asked late: then it says for which time an answer counts, and its button for the
   message of hours ago cannot be told from a clock-out of now. What states another minute than that answers
   nothing of it; what states the same has that of the message.
4. *What does not answer.* It closes the question; sent before the bot asked, it cannot have been about it, and
   only takes the plain yes away. Asked about the same again then, the earlier moment counts, but of two
   clock-outs the later. A question that no yes answers outlives a try that failed; one about a punch beside a
   wish, of which both were offered, the wish.
5. *One at a time.* What is to be asked about a message sent before the bot asked late about an earlier one waits
   until that one is answered or over: both keep the time that they are told.
6. *A question about a make-up request*, or about which check a reminder is for, answers no punch: what comes
   after it completes that (see `services.punching.unfinished`), or closes it, but for what nobody understood. What
   may be either is asked about, and so is a command of that direction where the time was asked for; one that is
   said once more then, seconds later, is the punch that it says.
7. *An answer that comes twice* within half a minute is none of its own, whatever is said in between; a yes never
   punches anew.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto

from bot.domain.punches import PunchSource
from bot.domain.repeats import SAID_TWICE
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix

ANSWER_IN_TIME = timedelta(minutes=2)  # from when the bot asked
ASKED_LATE = timedelta(minutes=1)  # after the message, as once an outage is over
CLOCKS_DIFFER = timedelta(seconds=15)  # a message is timed by DingTalk's clock, a question by ours


@dataclass(frozen=True, slots=True)
class Request:
    """What a make-up request said that lacks its direction, its time (then `at_minute` is None) or its reason.

    `day` is None where none was named, `at_minute` hour and minute of the local time.
    """

    day: date | None
    at_minute: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ReminderTime:
    """The local time of a reminder that lacks the direction of what it is to remind of."""

    at: time


@dataclass(frozen=True, slots=True)
class Question:
    """A question the bot asked; an answer in time punches with the asked message's own time, or completes
    `to_complete`.
    """

    user_id: str
    message_id: str
    asked_about: datetime  # when the message in question was sent
    received_at: datetime  # when the message in question reached us
    expires_at: datetime
    source: PunchSource  # of the message in question
    direction: CheckType | None  # that the person said, None for a bare 打卡
    place_name: str | None = None  # what that message said besides, for an answer that does not say it again
    fix: Fix | None = None  # typed
    reason: str | None = None
    by_yes: bool = True  # a plain yes punches in `direction`; else it is only what the person said
    conversation_id: str | None = None  # where it was asked, None in one from before this was kept
    answered_at: datetime | None = None  # then `direction` and `asked_about` are those of the punch it led to
    to_complete: Request | ReminderTime | None = None  # that the question is about, instead of a punch
    or_now: bool = False  # a command came after that, and the bot asked if it punches: said again, it does
    beside: bool = False  # a wish was offered beside the punch, which may be done first
    spoken_past: bool = False  # something else was said before it was asked, so that no yes is about it any more

    @property
    def asked_at(self) -> datetime:
        """Return when the bot asked."""
        return self.expires_at - ANSWER_IN_TIME

    @property
    def awaits_punch(self) -> bool:
        """Tell whether an answer to it would punch: it was not answered, and is about a punch."""
        return self.answered_at is None and self.to_complete is None

    @property
    def lacks_time(self) -> bool:
        """Tell whether it is about a make-up request that lacks its time."""
        return isinstance(self.to_complete, Request) and self.to_complete.at_minute is None

    @property
    def asked_late(self) -> bool:
        """Tell whether the bot asked so long after the message that it says for which time an answer counts."""
        return self.awaits_punch and self.asked_at - self.asked_about >= ASKED_LATE


class What(Enum):
    """What kind of thing was said."""

    YES = auto()
    PUNCH = auto()  # a direction, a place, a bare 打卡
    WISH = auto()  # about reminders, leave, requests: what may be said beside a punch
    UNCLEAR = auto()  # nobody understood it
    TRY = auto()  # a yes or a punch that came to nothing
    ELSE = auto()


class Role(Enum):
    """What a message is to the question."""

    APART = auto()  # not about it, and leaves it as it is
    ANSWER = auto()  # with the time of the message asked about
    ANSWER_NOW = auto()  # with its own time
    AGAIN = auto()  # what answered it seconds ago, or more than that
    BEFORE = auto()  # takes the plain yes away
    CLOSES = auto()  # a message of its own, after which the question is over

    @property
    def answers(self) -> bool:
        """Tell whether the message answers the question, for the first time."""
        return self in (Role.ANSWER, Role.ANSWER_NOW)


@dataclass(frozen=True, slots=True)
class Said:
    """A message, as far as the rules look at it. `sent_at` is by DingTalk's clock, `received_at` by ours."""

    what: What
    sent_at: datetime
    received_at: datetime
    conversation_id: str
    is_group: bool = False
    direction: CheckType | None = None
    placed: bool = False  # at a place that is taken
    by_voice: bool = False
    minutes: tuple[datetime, ...] = ()  # that it states, by its beginning: "18:05"; "6:05" may be one of two
    now: bool = False  # it says that it is of now: "just arrived"


def role_of(said: Said, question: Question) -> Role:
    """Return what a message is to the question, which is not the one it led to itself."""
    here = question.conversation_id is not None and question.conversation_id == said.conversation_id
    if said.is_group and not here:
        return Role.APART
    if question.answered_at is not None:
        return _after_the_answer(said, question, question.answered_at, here=here)
    if not question.asked_about <= said.sent_at < question.expires_at:
        return Role.APART
    if question.to_complete is not None:
        lacks = question.direction is None or question.lacks_time
        unclear = lacks and said.what is What.UNCLEAR  # it may have been meant for the answer
        return Role.APART if unclear or _sent_before(question.asked_at, said) else Role.CLOSES
    if said.what is What.WISH and question.beside:
        return Role.APART
    before, other = _sent_before(question.asked_at, said), of_another_minute(said, question)
    if said.what is What.YES and here and not before and not other and _takes_yes(question):
        return Role.ANSWER
    soon = not before or said.sent_at < question.asked_about + ANSWER_IN_TIME
    if said.what is What.PUNCH and soon and not other and _says_what_was_asked(said, question):
        leaving = said.direction is CheckType.OFF_DUTY and not said.by_voice and not said.minutes
        return Role.ANSWER_NOW if leaving and (before or not question.asked_late) else Role.ANSWER
    if before:
        return Role.BEFORE
    same = said.direction is None or said.direction == question.direction
    if said.what is What.TRY and same and not other and not _takes_yes(question):
        return Role.APART
    return Role.CLOSES


def of_another_minute(said: Said, question: Question) -> bool:
    """Tell whether a message states another moment than that asked about: which "now" is for two minutes."""
    if said.minutes:
        return question.asked_about.replace(second=0, microsecond=0) not in said.minutes
    return said.now and said.sent_at >= question.asked_about + ANSWER_IN_TIME


def _after_the_answer(said: Said, question: Question, answered_at: datetime, *, here: bool) -> Role:
    """Return the role of what is said around an answer: of two taps the first may come last."""
    if not answered_at - SAID_TWICE <= said.sent_at < question.expires_at:
        return Role.APART
    match said.what:
        case What.PUNCH:
            return Role.APART if of_another_minute(said, question) else Role.AGAIN
        case What.YES:
            return Role.AGAIN if here and question.by_yes else Role.APART
        case What.TRY | What.WISH | What.UNCLEAR | What.ELSE:
            return Role.APART


def _sent_before(asked_at: datetime, said: Said) -> bool:
    """Tell whether a message was sent before the bot asked: by both clocks, or clearly by DingTalk's."""
    return said.sent_at < asked_at and (said.received_at < asked_at or said.sent_at < asked_at - CLOCKS_DIFFER)


def _takes_yes(question: Question) -> bool:
    return question.by_yes and not question.spoken_past and question.direction is not None


def _says_what_was_asked(said: Said, question: Question) -> bool:
    """Tell whether a punch says the direction to confirm, a direction, or at least a place.

    By voice it is said again, in no other direction; it is still to be confirmed.
    """
    if said.by_voice:
        return None in (said.direction, question.direction) or said.direction == question.direction
    if said.direction is None:
        return said.placed and (question.direction is None or not question.by_yes)
    return question.direction in (None, said.direction)
