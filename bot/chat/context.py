"""The input and the answers of handlers, and the routes from actions to handlers."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from bot.domain.action import ACTIONS, Action
from bot.domain.messages import Message
from bot.domain.months import Month
from bot.domain.people import Employee
from bot.domain.punches import Punch
from bot.domain.shifts import first_within_limit
from bot.domain.slots import Days
from bot.services.organisation.sights import Sight
from bot.services.services import Services
from bot.views.i18n import Language, Texts
from bot.views.sentences import Reply
from bot.views.team import nothing_seen, with_left_out

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """One message and its sender.

    `sure`: the gate passed the action, or its button was pressed, so it counts at once. Otherwise
    the bot first shows a change with a button. `by_button`: a button was pressed.
    """

    who: Employee
    message: Message
    texts: Texts
    services: Services
    help_keys: Callable[..., tuple[str, ...]]
    say: Callable[[Reply], Awaitable[None]]  # sends a line before the answer
    sure: bool = False
    by_button: bool = False

    def count_refusal(self, reason: str) -> None:
        """Log and count why the bot did nothing.

        The log does not contain the text of the message.
        """
        log.info("a message changed nothing: %s", reason)
        self.services.metrics.on_refused(reason)

    @property
    def user_id(self) -> str:
        """Return the sender's user id."""
        return self.who.user_id

    @property
    def today(self) -> date:
        """Return the date of the message in the company's time zone."""
        return self.services.punches.date_of(self.message.at)

    def past(self, days: Days | None, default_first: date) -> Days | None:
        """Return `days` up to today, shortened to the allowed length, by default from
        `default_first`.

        None if all are in the future.
        """
        asked = days or Days(default_first, self.today)
        last = min(asked.last, self.today)
        return None if asked.first > last else Days(first_within_limit(asked.first, last), last)

    def month_of(self, days: Days | None) -> Month | None:
        """Return the month of `days`, by default the last one. None for days of several months."""
        if days is None:
            return Month.before(self.today)
        month = Month.of(days.first)
        return month if month == Month.of(days.last) else None


class ReceiptDue(NamedTuple):
    """The answer is the receipt of `punch`, after the targets had time to answer."""

    punch: Punch
    language: Language


class Privately(NamedTuple):
    """The bot sends `reply` only to the person, and `in_group` to the group where they asked."""

    reply: Reply
    in_group: Reply


Answer = Reply | ReceiptDue | Privately
Handler = Callable[[Context, Any], Awaitable[Answer]]


class Route(NamedTuple):
    """A handler and the properties of its action.

    `help_key` is the key of its help line, or None. `for_leads`: only leads see that line.
    `personal`: the answer goes to the sender alone, also from a group.
    """

    handler: Handler
    help_key: str | None
    for_leads: bool
    personal: bool


class Router:
    """Collects the routes of one handler file."""

    def __init__(self) -> None:
        self.routes: dict[type[Action], Route] = {}

    def on(
        self,
        action: type[Action],
        *,
        help_key: str | None = None,
        for_leads: bool = False,
        personal: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Return a decorator that makes a handler answer `action`; see `Route`."""

        def register(handler: Handler) -> Handler:
            self.routes[action] = Route(handler, help_key, for_leads, personal)
            return handler

        return register


class Routes:
    """All routes together. Raises ValueError if an action has two handlers or none."""

    def __init__(self, routers: Iterable[Router]) -> None:
        self.by_action: dict[type[Action], Route] = {}
        for router in routers:
            if twice := self.by_action.keys() & router.routes.keys():
                raise ValueError(f"two handlers answer {min(action.__name__ for action in twice)}")
            self.by_action |= router.routes
        if missing := set(ACTIONS.values()) - self.by_action.keys():
            raise ValueError(
                f"no handler answers {', '.join(sorted(action.__name__ for action in missing))}"
            )

    def help_keys(self, *, for_leads: bool) -> tuple[str, ...]:
        """Return the keys of the help lines, in the order of the handlers."""
        shown = (route for route in self.by_action.values() if route.for_leads is for_leads)
        return tuple(route.help_key for route in shown if route.help_key)


def not_shown(ctx: Context, sight: Sight, action: Action) -> Reply:
    """Return why nothing is shown, with a button for each person or department that may be meant."""
    return nothing_seen(sight.outcome, sight.choices, action, ctx.texts)


async def recheck_sight(ctx: Context, sight: Sight, reply: Reply, action: Action) -> Reply:
    """Return the reply, or a refusal if the sender lost access meanwhile."""
    now = await ctx.services.visibility.recheck(sight)
    if now != sight:
        return not_shown(ctx, now, action)
    return with_left_out(reply, sight.left_out, ctx.texts)
