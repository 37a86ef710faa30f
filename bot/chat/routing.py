"""Which handler answers which action."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_args

from bot.actions import Action, AnyAction
from bot.chat.context import Answer, Context

Handler = Callable[[Context, Any], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and the properties of its action.

    `help_key` is the locale key of its help line, or None. With `for_leads` only leads see that line. A `personal`
    answer goes only to the sender, even if they asked in a group.
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
        self._routes: dict[type[Action], Route] = {}
        for router in routers:
            if twice := self._routes.keys() & router.routes.keys():
                raise ValueError(f"two handlers answer {min(one.__name__ for one in twice)}")
            self._routes |= router.routes
        if missing := set(get_args(get_args(AnyAction)[0])) - self._routes.keys():
            raise ValueError(f"no handler answers {', '.join(sorted(one.__name__ for one in missing))}")

    def of(self, action: Action) -> Route:
        """Return the route of an action."""
        return self._routes[type(action)]

    def help_keys(self, *, for_lead: bool) -> tuple[str, ...]:
        """Return the locale keys of the help lines, in the order of the handlers."""
        shown = (one for one in self._routes.values() if for_lead or not one.for_leads)
        return tuple(one.help_key for one in shown if one.help_key)
