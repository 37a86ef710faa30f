"""Which handler answers which intent."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.chat.audiences import to_sender
from bot.chat.context import Answer, Context
from bot.understanding.intents import Intent, IntentName

Handler = Callable[[Context, Intent], Awaitable[Answer]]
Around = Callable[[Context, Intent, Handler], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """One handler, the intents it answers, and the locale key of its line in the help (None: not shown).

    What a `personal` one answers is of the sender's own, and told to them alone also where a group asked.
    """

    intents: tuple[IntentName, ...]
    handler: Handler
    help_key: str | None
    personal: bool


class Router:
    """Collects the routes of one handler file; it is read, never attached."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.arounds: list[Around] = []

    def around(self, answers: Around) -> Around:
        """Let `answers` stand around every handler there is, which it is given."""
        self.arounds.append(answers)
        return answers

    def on(
        self, *intents: IntentName, help_key: str | None = None, personal: bool = False
    ) -> Callable[[Handler], Handler]:
        """Return a decorator that makes a handler answer `intents`; see `Route`."""

        def register(handler: Handler) -> Handler:
            self.routes.append(Route(intents, handler, help_key, personal))
            return handler

        return register


class Routes:
    """All routes together. Raises ValueError when two handlers want one intent or an intent has none."""

    def __init__(self, routers: Iterable[Router]) -> None:
        routers = list(routers)
        routes = [route for router in routers for route in router.routes]
        arounds = [around for router in routers for around in router.arounds]
        self.help_topics = tuple(route.help_key for route in routes if route.help_key)
        self._handlers: Mapping[IntentName, Handler] = _by_intent(routes, arounds)

    def handler(self, name: IntentName) -> Handler:
        """Return the handler of an intent."""
        return self._handlers[name]


def _by_intent(routes: Iterable[Route], arounds: Iterable[Around]) -> dict[IntentName, Handler]:
    handlers: dict[IntentName, Handler] = {}
    for route in routes:
        handler = route.handler
        for around in arounds:
            handler = partial(_within, around, handler)
        for intent in route.intents:
            if intent in handlers:
                raise ValueError(f"two handlers answer {intent}")
            handlers[intent] = _in_private(handler) if route.personal else handler
    missing = sorted(set(IntentName) - set(handlers))
    if missing:
        raise ValueError(f"no handler answers {', '.join(missing)}")
    return handlers


async def _within(around: Around, handler: Handler, ctx: Context, intent: Intent) -> Answer:
    return await around(ctx, intent, handler)


def _in_private(handler: Handler) -> Handler:
    async def answer(ctx: Context, intent: Intent) -> Answer:
        return to_sender(ctx, await handler(ctx, intent))

    return answer
