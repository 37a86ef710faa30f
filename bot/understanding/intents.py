"""What a sentence can mean, with its arguments typed."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Literal, NamedTuple

from bot.domain.shifts import CheckType


class IntentName(StrEnum):
    """The intents of the contract, and those that the bot needs beside them."""

    CLOCK_IN = "clock_in"
    CLOCK_OUT = "clock_out"
    STATUS = "status"
    HISTORY = "history"
    SUMMARY_TODAY = "summary_today"
    SUMMARY_RANGE = "summary_range"
    MISSING = "missing"
    EXPORT = "export"
    REMIND_SET = "remind_set"
    REMIND_OFF = "remind_off"
    HELP = "help"
    CORRECTION = "correction"
    LEAVE = "leave"
    UNDO = "undo"
    WHY = "why"  # which rule made a punch of theirs late or early
    NUDGE = "nudge"  # a lead asks one of their people to punch
    NUDGE_ALL = "nudge_all"  # a lead asks all to punch who have not: each is asked by a tap
    CONFIRM = "confirm"  # "yes", to a question the bot asked
    TAP_MINE = "tap_mine"  # whose a tap on the page was, named by its code: "that was me 4821"
    TAP_NOT_MINE = "tap_not_mine"
    APPROVE = "approve"  # a lead's yes to a request, named by its reference
    REFUSE = "refuse"
    REQUESTS = "requests"  # the open make-up requests: one's own, and those that are theirs to decide
    EXCUSE = "excuse"  # a lead: this person's missing punches of a day do not count
    UNEXCUSE = "unexcuse"  # a lead: they do count
    PRIVACY = "privacy"  # what is stored about me
    WHERE = "where"  # at which sites one may punch
    NO_POSITION = "no_position"  # their phone's position is wrong
    WHO_SEES = "who_sees"
    SOMEBODY = "somebody"  # a day and what may be a name, which only those who know the names can tell
    DIGEST_ON = "digest_on"
    DIGEST_OFF = "digest_off"
    NONE = "none"


PUNCHES = frozenset({IntentName.CLOCK_IN, IntentName.CLOCK_OUT})
EXCUSES = frozenset({IntentName.EXCUSE, IntentName.UNEXCUSE})
OWN_QUESTIONS = frozenset({IntentName.STATUS, IntentName.HISTORY, IntentName.EXPORT})  # that may be about oneself
QUESTIONS_OF_MANY = frozenset({IntentName.SUMMARY_TODAY, IntentName.SUMMARY_RANGE, IntentName.MISSING})
QUESTIONS_OF_DAYS = OWN_QUESTIONS | QUESTIONS_OF_MANY
# what may be answered though a punch stands beside it; the rest changes something
ANSWERED_BESIDE = QUESTIONS_OF_DAYS | {
    IntentName.WHY, IntentName.HELP, IntentName.REQUESTS, IntentName.PRIVACY, IntentName.WHERE,
    IntentName.WHO_SEES, IntentName.SOMEBODY,
}  # fmt: skip
CHANGES_BESIDE = EXCUSES | {
    IntentName.REMIND_SET, IntentName.REMIND_OFF, IntentName.LEAVE, IntentName.CORRECTION, IntentName.NUDGE,
    IntentName.NUDGE_ALL, IntentName.APPROVE, IntentName.REFUSE, IntentName.DIGEST_ON, IntentName.DIGEST_OFF,
}  # fmt: skip
Period = Literal["day", "week", "month"]
HalfOfDay = Literal["am", "pm"]
PartOfDay = HalfOfDay | Literal["evening"]
Form = Literal["text", "picture", "sheet", "csv"]


class NoneReason(StrEnum):
    """Why a sentence that speaks of attendance changes nothing."""

    NOT_ABOUT_US = "not_about_us"
    SMALL_TALK = "small_talk"
    ONLY_DAYS = "only_days"  # "last week", and nothing of what is wanted of them
    QUESTION = "question"  # how-to, policy, "did you clock in?"
    HOW_TO = "how_to"
    NEGATED = "negated"
    FUTURE = "future"
    OTHER_TIME = "other_time"  # a command with a time of day, which may be over, now or ahead: "clock in at 8:30"
    CONDITIONAL = "conditional"
    PROXY = "proxy"
    AUTOMATIC = "automatic"
    ABSENT = "absent"  # "clock me in, I am still on my way"
    REPORTED = "reported"  # quotation, reported speech, the bot's own words
    ALREADY_DONE = "already_done"
    TOO_LONG = "too_long"


class RemindWish(StrEnum):
    """What somebody wants of their reminders."""

    SHOW = "show"
    BEFORE = "before"  # some minutes before a check
    AT = "at"  # at a time of day
    SNOOZE = "snooze"  # once more in some minutes
    RESUME = "resume"
    FROM = "from"  # no more from a time of day on
    UNKEPT = "unkept"  # some, or none, for a time that cannot be kept as it is said: from 5pm to 7pm, on Mondays
    SEVERAL = "several"  # at several times, or several lengths of time before
    INEXACT = "inexact"  # at a time that words beside it make another: 9点差5分
    ENDED = "ended"  # a reminder at a time is to end, or none is to be set: 取消每天8:45的提醒
    OTHERS = "others"  # somebody else's, which is nobody's to change
    EACH_DAY = "each_day"  # no more in one part of each day
    ELSEWHERE = "elsewhere"  # reminders of something that is no punch
    SWAP = "swap"  # none of checks of one direction, those of the other back on: 打开上班提醒，关闭下班提醒
    UNCLEAR = "unclear"  # none from now on, none for this moment, or no wish at all: asked


class AboutLeave(StrEnum):
    """What a sentence about leave says."""

    DAYS = "days"  # away whole days
    PART = "part_of_day"
    CANCELLED = "cancelled"
    BALANCE = "balance"
    QUESTION = "question"
    UNSURE = "unsure"  # somebody else's, or only if something is so


@dataclass(frozen=True, slots=True)
class TypedPosition:
    """Coordinates written in the message, degrees; `accuracy_m` in metres when they said it."""

    latitude: float
    longitude: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days, both ends included."""

    first: date
    last: date


class Evidence(NamedTuple):
    """One word or phrase that counted: `rule` says for or against what."""

    rule: str
    words: str


class Intent(NamedTuple):
    """What one message means.

    `direction` is None for a bare 打卡 (which is `clock_in` by convention). `place_name` is a place the person
    named, whether or not it is one of our sites, `places` all of them where they are several; `position`
    coordinates they typed; `position_error` names why coordinates that were written cannot be used (`range`,
    `zero`, `swapped`, `unreadable`, `several`). `person` is whom
    a question, a nudge or an excuse names: a name or a user id. `unclear` are, in a question about days, further
    people and departments, and words that nothing accounts for: who knows the names has to tell whom they mean,
    and until then the question is about nobody; `loose` are those of them that name somebody only if somebody is
    called so (捋一捋今天考勤, "summary rq"), and else nobody; `everybody` tells that the one name there is may be
    that of the whole company, `own` that a file is to be of one's own days. `remind` is for `remind_set`, and
    `from`, `each_day`, `unkept`, `elsewhere`, `swap` (`direction` is the one to end) and `unclear` for
    `remind_off`; `leave` for `leave`, `reference` (`C-7F3K2M`) and `confirmed` for `approve` and `refuse`,
    `period` for the digests.
    `stray` are words that nobody knows in what would be a clear punch without them (clock in Alice): a place or
    a person; `at_sign` tells that they, or `place_name`, stand behind an @, where a site is named.
    `by_location` tells that a punch is to be made with where its sender is: "clock in with my location".
    `check_type` is the one whose punches `missing` asks about, None where it does not say. `form` and `page` tell
    how an answer is wanted, `late_first` that a range is asked about for who was late, `compares` that it
    is to be set beside another. `no_such_day` tells that days were named which no calendar has (31 February), so
    that `dates` is None though it was not left open, `days_apart` that it is None since several were named that do
    not follow each other (today and Monday), or it is not plain which of them are meant.
    `at` and `half` are when a punch is told of (18:05, 下午; of a punch alone also the evening):
    whoever handles it compares them with the moment at which it was said; `twelve_hour` tells that `at` may as
    well be meant of the other half of the day (下班6:02了), of a make-up punch and a reminder too.
    Of `remind_off` they are the part of the day of which nothing is to be said.
    `beside` is the punch that the same message says in a clause of its own, and that the intent is without.
    """

    name: IntentName
    language: Literal["zh", "en"]
    direction: CheckType | None = None
    check_type: CheckType | None = None
    place_name: str | None = None
    places: tuple[str, ...] = ()
    position: TypedPosition | None = None
    position_error: str | None = None
    dates: DateRange | None = None
    no_such_day: bool = False
    days_apart: bool = False
    at: time | None = None
    twelve_hour: bool = False
    half: PartOfDay | None = None
    minutes: int | None = None
    person: str | None = None
    department: str | None = None
    unclear: tuple[str, ...] = ()
    loose: frozenset[str] = frozenset()
    everybody: bool = False
    own: bool = False
    reason: str | None = None
    remind: RemindWish | None = None
    leave: AboutLeave | None = None
    reference: str | None = None
    confirmed: bool = False
    period: Period | None = None
    form: Form | None = None
    page: int | None = None
    late_first: bool = False
    compares: bool = False
    none_reason: NoneReason | None = None
    unsure: bool = False
    stray: str | None = None
    at_sign: bool = False
    by_location: bool = False
    beside: "Beside | None" = None
    why: tuple[Evidence, ...] = ()

    @property
    def times(self) -> tuple[time, ...]:
        """Return the times of day that `at` may mean: two where nobody said which half of the day, or none."""
        if self.at is None:
            return ()
        other = self.at.replace(hour=(self.at.hour + 12) % 24)
        return (self.at, other) if self.twelve_hour else (self.at,)


class Beside(NamedTuple):
    """The punch beside something else, that other thing as written, and whether the punch is of now.

    That it is where the message is a punch without the rest: not 还在路上，上班打卡, nor what is asked.
    """

    punch: Intent
    rest: str
    of_now: bool
