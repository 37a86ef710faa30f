"""Replies in a group, without buttons that send words."""

from dataclasses import replace

from bot.actions import PunchAction
from bot.views.i18n import Texts
from bot.views.sentences import Button, Reply, escape


def for_group(reply: Reply, texts: Texts, page_link: str | None) -> Reply:
    """Return the reply with the words of its buttons, to be written with a mention of the bot.

    The press of a button sends its words without a mention. A group delivers only messages that
    mention the robot, so the bot presumably does not get them (docs/first-hour.md), and everybody
    sees them. For a punch there is a button that opens the page, if there is one.
    """
    if not reply.buttons:
        return reply
    words = [f"- {escape(button.says or button.label)}" for button in reply.buttons]
    parts = [reply.text, texts("group.write"), "\n".join(words)]
    buttons: tuple[Button, ...] = ()
    if page_link is not None and any(isinstance(one.action, PunchAction) for one in reply.buttons):
        parts.append(texts("group.page"))
        buttons = (Button(texts("ask.page"), url=page_link),)
    return replace(reply, text="\n\n".join(parts), buttons=buttons)


def not_in_group(reply: Reply, texts: Texts) -> Reply:
    """Return the reply to one person, with the reason why the group does not see it."""
    return replace(reply, text=f"{texts('group.refused')}\n\n{reply.text}")
