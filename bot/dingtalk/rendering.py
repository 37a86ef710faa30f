"""A reply in DingTalk's message types: an ActionCard where its buttons fit one, and always markdown."""

import re
from functools import lru_cache
from typing import Any, NamedTuple
from unicodedata import east_asian_width
from urllib.parse import quote

from bot.dingtalk.openapi import dumps
from bot.views.formatting import escape, one_line
from bot.views.reply import Button, Reply

MOST_CARD_BUTTONS = 5
_SENDS = "dtmd://dingtalkclient/sendMessage?content="  # a press sends the content as the person's own message
_SHORT_LABEL = 12  # columns; two buttons of this width stand side by side on a phone
_MARKUP = re.compile(r"\\([^\w\s]|_)|\[([^\]]*)\]\([^)]*\)|\*+|`|\\$")


class Forms(NamedTuple):
    """The same reply as a card, None where it cannot be one, and as markdown; each is part of a call's body."""

    card: dict[str, Any] | None
    markdown: dict[str, Any]


def session_forms(reply: Reply, *, notified: str | None = None) -> Forms:
    """Return the bodies that a session webhook takes.

    A reply that notifies somebody, by user id, is markdown: `at` is not documented for cards.
    """
    body: dict[str, Any] = {"msgtype": "markdown", "markdown": markdown(reply, notified=notified)}
    if notified is not None:
        return Forms(None, {**body, "at": {"atUserIds": [notified]}})
    if not 1 <= len(reply.buttons) <= MOST_CARD_BUTTONS:
        return Forms(None, body)
    buttons = [{"title": one_line(button.label), "actionURL": press_url(button)} for button in reply.buttons]
    card = {**_head(reply), "btnOrientation": "1" if _fit_side_by_side(reply) else "0", "btns": buttons}
    return Forms({"msgtype": "actionCard", "actionCard": card}, body)


def batch_forms(reply: Reply) -> Forms:
    """Return `msgKey` and `msgParam` of `oToMessages/batchSend`; its cards take two to five buttons."""
    body = _sample("sampleMarkdown", markdown(reply))
    if not 2 <= len(reply.buttons) <= MOST_CARD_BUTTONS:
        return Forms(None, body)
    if _fit_side_by_side(reply):
        key, title, url = "sampleActionCard6", "buttonTitle", "buttonUrl"
    else:
        key, title, url = f"sampleActionCard{len(reply.buttons)}", "actionTitle", "actionURL"
    card = _head(reply)
    for number, button in enumerate(reply.buttons, 1):
        card |= {f"{title}{number}": one_line(button.label), f"{url}{number}": press_url(button)}
    return Forms(_sample(key, card), body)


def markdown(reply: Reply, *, notified: str | None = None) -> dict[str, str]:
    """Return title and text of a markdown message, the buttons as links below the text.

    `notified` is a user id of `at.atUserIds`. DingTalk notifies that person only if the text has `@` and the id.
    """
    links = " | ".join(link(button) for button in reply.buttons)
    parts = (f"@{notified}" if notified is not None else "", reply.text, links)
    return _head(reply) | {"text": "\n\n".join(part for part in parts if part)}


def plain(title: str) -> str:
    """Return a title without markup: notifications and lists of conversations show it as it stands."""
    return " ".join(_MARKUP.sub(lambda mark: mark[1] or mark[2] or "", title).split())


def link(button: Button) -> str:
    """Return a button as a markdown link."""
    return f"[{escape(button.label)}]({press_url(button)})"


def press_url(button: Button) -> str:
    """Return the address that sends the button's words as the presser's own message."""
    return _SENDS + _quoted(button.says or button.label)


@lru_cache(maxsize=256)  # nearly every receipt has the same two
def _quoted(says: str) -> str:
    return quote(says, safe="")


def _head(reply: Reply) -> dict[str, str]:
    return {"title": plain(reply.title), "text": reply.text}


def _sample(key: str, parameters: dict[str, str]) -> dict[str, str]:
    return {"msgKey": key, "msgParam": dumps(parameters).decode()}


def _fit_side_by_side(reply: Reply) -> bool:
    """Tell whether two labels are short; a Chinese character is two columns wide."""
    widths = [sum(2 if east_asian_width(char) in "WF" else 1 for char in one.label) for one in reply.buttons]
    return len(widths) == 2 and max(widths) <= _SHORT_LABEL
