"""Buttons that people are shown: those of a card, and the links in a markdown text that speak for them."""

import re
from typing import NamedTuple
from urllib.parse import unquote_plus

_SENDS = "dtmd://dingtalkclient/sendMessage?content="
_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\((dtmd://[^()\s]+)\)", re.DOTALL)
_ESCAPES = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~@&"})
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Button(NamedTuple):
    """What is read on a button, and the address that a press opens."""

    label: str
    url: str

    @property
    def says(self) -> str:
        """Return the words that a press sends as the person's message; empty when it opens a page instead."""
        return unquote_plus(self.url.removeprefix(_SENDS)) if self.url.startswith(_SENDS) else ""

    @property
    def as_link(self) -> str:
        """Return the button as a markdown link."""
        return f"[{self.label.translate(_ESCAPES)}]({self.url})"


def links_in(text: str) -> tuple[Button, ...]:
    """Return the links of a markdown text that send a message when pressed."""
    return tuple(Button(_ESCAPED.sub(r"\1", label), url) for label, url in _LINK.findall(text))
