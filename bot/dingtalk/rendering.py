"""A reply as DingTalk's markdown, its one-tap answers as links that speak for the person."""

import re
from functools import lru_cache
from urllib.parse import quote

from bot.views.markdown import escape
from bot.views.reply import Button, Reply

# In markdown messages a tap on such a link sends its content to the bot as the person's own words.
_SPEAKS = "dtmd://dingtalkclient/sendMessage?content="
_MARKUP = re.compile(r"\\([^\w\s]|_)|\[([^\]]*)\]\([^)]*\)|\*+|`|\\$")


def markdown(reply: Reply, *, notified: str | None = None) -> dict[str, str]:
    """Return title and text of a markdown message.

    `notified` is a user id of `at.atUserIds`. DingTalk notifies that person only if the text has `@` and the id.
    """
    links = " | ".join(link(button) for button in reply.buttons)
    parts = (f"@{notified}" if notified is not None else "", reply.text, links)
    return {"title": plain(reply.title), "text": "\n\n".join(part for part in parts if part)}


def plain(title: str) -> str:
    """Return a title without markup: notifications and lists of conversations show it as it stands."""
    return " ".join(_MARKUP.sub(lambda mark: mark[1] or mark[2] or "", title).split())


@lru_cache(maxsize=256)  # nearly every receipt has the same two
def link(button: Button) -> str:
    """Return a one-tap answer as a markdown link."""
    return f"[{escape(button.label)}]({_SPEAKS}{quote(button.says, safe='')})"
