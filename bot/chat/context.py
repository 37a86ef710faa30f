"""The input and the answers of handlers, and the routes from actions to handlers."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from bot.domain.messages import Message
from bot.domain.months import Month
from bot.domain.people import Employee
from bot.domain.punches import Punch
from bot.domain.shifts import first_within_limit
from bot.domain.slots import Action, Dated, Days, Slot, Whom
from bot.services.organisation.sights import Sight, ViewResult
from bot.services.services import Services
from bot.views.i18n import Language, Texts
from bot.views.notes import choices
from bot.views.sentences import Ask, Button, Reply, confirm, reply_without_title
from bot.views.team import nothing_seen, with_left_out


@dataclass(eq=False)
class EarlyAnswer(Exception):
    """Ends a handler: `reply` is its answer."""

    reply: Reply


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
    sure: bool = False
    by_button: bool = False

    @property
    def user_id(self) -> str:
        """Return the sender's user id."""
        return self.who.user_id

    @property
    def today(self) -> date:
        """Return the date of the message in the company's time zone."""
        return self.services.punches.date_of(self.message.at)

    def sentence(self, key: str, buttons: Iterable[Button] = (), /, **values: object) -> Reply:
        """Return a sentence as a reply."""
        return reply_without_title(self.texts(key, **values), buttons)

    def confirm(self, key: str, action: Action, /, **values: object) -> Reply:
        """Return the sentence about a change, with the button that confirms it."""
        return self.sentence(key, [confirm(action, self.texts)], **values)

    def ask(
        self,
        key: str,
        action: Action,
        slot: Slot,
        buttons: Iterable[Button] = (),
        *,
        sure: bool = False,
    ) -> Reply:
        """Return a question for the `slot` that `action` lacks, see `Ask`."""
        return reply_without_title(self.texts(key), buttons, Ask(action, slot, sure))

    def past(self, days: Days | None, default_first: date) -> Days:
        """Return `days` up to today, shortened to the allowed length, by default from
        `default_first`.

        Raises EarlyAnswer if all are in the future.
        """
        asked = days or Days(default_first, self.today)
        last = min(asked.last, self.today)
        if asked.first > last:
            raise EarlyAnswer(self.sentence("team.future"))
        return Days(first_within_limit(asked.first, last), last)

    async def people_led(self, named: str) -> tuple[Employee, ...]:
        """Return the sender's people of that name or user id.

        Raises EarlyAnswer while one of them is doubted.
        """
        people = await self.services.visibility.people_led_by(self.user_id, named)
        if people is None:
            raise EarlyAnswer(self.sentence("team.not_read"))
        return people

    def only(self, people: Sequence[Employee], action: Action, otherwise: str) -> Employee:
        """Return the only one of `people` of one name, about whom `action` is.

        Raises EarlyAnswer with a button for each of several people, or with the key `otherwise`.
        """
        if not people:
            raise EarlyAnswer(self.sentence(otherwise))
        if len(people) > 1:
            raise EarlyAnswer(self.sentence("team.which", choices(people, action)))
        return people[0]

    async def read_sight(
        self, action: Action, whom: Whom, days: Days | None = None, *, otherwise: str = ""
    ) -> Sight:
        """Return the people that `action` shows. Raises EarlyAnswer, see `require`."""
        sight = await self.services.visibility.read_sight(self.user_id, whom, days)
        return self.require(sight, action, otherwise=otherwise)

    def require(self, sight: Sight, action: Action, *, otherwise: str = "") -> Sight:
        """Return a sight with people.

        Raises EarlyAnswer without any: why, with a button for each person or department that may be
        meant. `otherwise` is the key of the answer to somebody who certainly has no right.
        """
        if sight.user_ids:
            return sight
        if otherwise and sight.outcome is not ViewResult.NOT_READ:
            raise EarlyAnswer(self.sentence(otherwise))
        reply = nothing_seen(sight.outcome, sight.choices, action, self.texts)
        raise EarlyAnswer(replace(reply, private=True))

    async def recheck(self, sight: Sight, action: Action) -> None:
        """Raise EarlyAnswer if the sender lost access meanwhile."""
        now = await self.services.visibility.recheck(sight)
        self.require(now, action)

    async def recheck_sight(self, sight: Sight, reply: Reply, action: Action) -> Reply:
        """Return the reply. Raises EarlyAnswer if the sender lost access meanwhile."""
        await self.recheck(sight, action)
        return with_left_out(reply, sight.left_out, self.texts)

    def month_of(self, action: Dated) -> Month:
        """Return the month of an action, by default the last one.

        Raises EarlyAnswer with a question for days of several months.
        """
        if action.days is None:
            return Month.before(self.today)
        month = Month.of(action.days.first)
        if month != Month.of(action.days.last):
            raise EarlyAnswer(self.ask("closing.which", action, Slot.DAYS))
        return month


class ReceiptDue(NamedTuple):
    """The answer is the receipt of `punch`, after the targets had time to answer."""

    punch: Punch
    language: Language


Answer = Reply | ReceiptDue
Handler = Callable[[Context, Any], Awaitable[Answer]]


class Route(NamedTuple):
    """A handler. `in_group`: asked in a group it answers there, else the sender alone."""

    handler: Handler
    in_group: bool


ROUTES: dict[type[Action], Route] = {}  # filled by the import of `handlers`


def answers(action: type[Action], *, in_group: bool = False) -> Callable[[Handler], Handler]:
    """Return a decorator that makes a handler answer `action`; see `Route`."""

    def register(handler: Handler) -> Handler:
        assert action not in ROUTES, f"two handlers answer {action.__name__}"
        ROUTES[action] = Route(handler, in_group)
        return handler

    return register


async def answer_of(ctx: Context, action: Action) -> Answer:
    """Return the answer of the handler of `action`, also one that ended it early."""
    try:
        return await ROUTES[type(action)].handler(ctx, action)
    except EarlyAnswer as early:
        return early.reply
