"""The values that are found in one message beside its intent."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.arguments.dates import Span
from bot.understanding.arguments.joined_days import Named, Said, gathered
from bot.understanding.arguments.positions import Found
from bot.understanding.arguments.times import Moment
from bot.understanding.words.tokens import Token


@dataclass(slots=True)
class Arguments:
    """The values found in one message, as written; filled while its tokens are read."""

    said: tuple[Said, ...] = ()  # all days that are named
    days: Named | None = None  # those of them that the message is about
    moment: Moment | None = None
    told_now: Moment | None = None  # a time that is said to be now, and to the minute: 下班18:02了
    minutes: int | None = None
    position: Found | None = None
    place_name: str | None = None
    places: tuple[str, ...] = ()  # all that are named, where they are several
    person: str | None = None
    department: str | None = None
    others: tuple[str, ...] = ()  # people and departments that are named beside those
    reason: str | None = None
    reason_at: int | None = None  # the sign of the text at which the reason of an excuse begins
    references: tuple[str, ...] = ()
    page: int | None = None
    unreadable: bool = False  # coordinates were announced
    amounts: bool = False  # two numbers stand side by side that are no position
    unread: bool = False  # something looks like coordinates, and is not read as those of the message

    @property
    def span(self) -> Span | None:
        """Return the days that count where only one stretch of them can."""
        return self.days.first_meant if self.days else None

    def leave_out_days_behind(self, tokens: Sequence[Token], start: int | None) -> None:
        """Leave out days that stand behind a sign of the text, where there are any before it."""
        self.reason_at = start
        if start is not None:
            self.days = gathered([token for token in tokens if token.start < start], self.said) or self.days
