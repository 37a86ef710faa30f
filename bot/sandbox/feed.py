"""Who is told at once that something happened: the page's live view, a running burst, a waiting test."""

from collections.abc import Callable
from typing import Any, Protocol


class News(Protocol):
    """Something that happened, which can show itself."""

    def as_json(self) -> dict[str, Any]:
        """Return what the page and the control API show of it, without secrets."""
        ...


Listener = Callable[[str, News | None], None]


class Feed:
    """Calls each listener synchronously; costs next to nothing without listeners.

    Kinds: `said`, `frame`, `ack`, `call`, `record`, `clock`, `faults`, `connections`, `absence`.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def publish(self, kind: str, news: News | None = None) -> None:
        """Tell everybody who listens now."""
        for listener in tuple(self._listeners):
            listener(kind, news)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on; call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
