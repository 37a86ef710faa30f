"""The pretend DingTalk with waits for the bot's messages."""

from collections.abc import Callable
from typing import Any

from bot.sandbox import server
from bot.sandbox.talk import Entry

_WAIT_S = 60.0  # long enough for a busy machine
_ESCAPES = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~@&"})


def as_markdown(entry: Entry) -> str:
    """Return a message with its buttons as links, as in a markdown message."""
    links = " | ".join(
        f"[{button.label.translate(_ESCAPES)}]({button.url})" for button in entry.buttons
    )
    return f"{entry.words}\n\n{links}" if links else entry.words


class Sandbox(server.Sandbox):
    """A pretend DingTalk in which a test can talk to the bot."""

    def replies(self, user_id: str) -> list[str]:
        """Return the bot's messages to a person, oldest first, with all buttons as links."""
        return [as_markdown(entry) for entry in self.transcript(user_id) if entry.speaker == "bot"]

    async def wait_for_reply(
        self, user_id: str, *, after: int = 0, timeout: float = _WAIT_S
    ) -> str:
        """Wait for the bot's reply number `after` (from 0) to a person. Raises TimeoutError."""
        await self.wait_until(lambda: len(self.replies(user_id)) > after, timeout=timeout)
        return self.replies(user_id)[after]

    async def ask(self, user_id: str, text: str, *, timeout: float = _WAIT_S, **more: Any) -> str:
        """Say something and return the next reply. Raises TimeoutError, and the errors of `say`."""
        before = len(self.replies(user_id))
        await self.say(user_id, text, **more)
        return await self.wait_for_reply(user_id, after=before, timeout=timeout)

    async def wait_until(self, holds: Callable[[], bool], *, timeout: float = _WAIT_S) -> None:
        """Wait until `holds` is true.

        It runs after each event of the sandbox. Raises TimeoutError.
        """
        await self.state.feed.wait_for(holds, timeout)
