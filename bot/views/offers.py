"""Replies to unclear messages, with buttons for the likely meanings."""

from collections.abc import Sequence

from bot.actions import Action, Punch, Slot
from bot.domain.shifts import CheckType
from bot.views.i18n import Texts
from bot.views.reply import Ask, Button, Reply
from bot.views.sentences import plain, untitled

_BUTTONS = {CheckType.ON_DUTY: "clock_in", CheckType.OFF_DUTY: "clock_out", None: "punch"}


def which(choices: Sequence[Action], texts: Texts) -> Reply:
    """Offer the likeliest actions of an unclear message.

    Of two with one label it offers the likelier.
    """
    by_label: dict[str, Action] = {}
    for action in choices:
        by_label.setdefault(_label(action, texts), action)
    buttons = [
        Button(label, action=action, sure=isinstance(action, Punch))
        for label, action in by_label.items()
    ]
    return untitled(texts("offer.which"), buttons)


def which_days(action: Action, texts: Texts) -> Reply:
    """Ask for the days of an action, because the named days are not one range."""
    return untitled(texts("offer.which_days"), ask=Ask(action, Slot.DAYS))


def not_understood(texts: Texts, *, in_group: bool) -> Reply:
    """Say that the bot did not understand, with the most used buttons."""
    if in_group:
        return untitled(texts("none.group"))
    return untitled(
        texts("none.unknown"),
        [plain(name, texts) for name in ("clock_in", "clock_out", "status", "help")],
    )


def _label(action: Action, texts: Texts) -> str:
    if isinstance(action, Punch):
        return texts(f"button.{_BUTTONS[action.direction]}")
    return texts(f"action.{action.intent}")
