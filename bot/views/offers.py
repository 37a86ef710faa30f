"""Replies to unclear messages, with buttons for the likely meanings."""

from collections.abc import Sequence

from bot.actions import PunchAction
from bot.domain.slots import Action, Slot
from bot.views.i18n import Texts
from bot.views.keys import CLOCK_BUTTONS
from bot.views.sentences import Ask, Button, Reply, plain, reply_without_title

_LABELS = {  # by intent
    "status": "action.status",
    "history": "action.history",
    "why": "action.why",
    "my_shift": "action.my_shift",
    "leaving_time": "action.leaving_time",
    "post_summary": "action.post_summary",
    "summary_today": "action.summary_today",
    "summary_range": "action.summary_range",
    "missing": "action.missing",
    "on_leave": "action.on_leave",
    "day_record": "action.day_record",
    "export": "action.export",
    "digest_on": "action.digest_on",
    "digest_off": "action.digest_off",
    "who_sees": "action.who_sees",
    "remind_set": "action.remind_set",
    "remind_off": "action.remind_off",
    "leave": "action.leave",
    "late": "action.late",
    "correction": "action.correction",
    "approve": "action.approve",
    "refuse": "action.refuse",
    "requests": "action.requests",
    "make_ups_left": "action.make_ups_left",
    "excuse": "action.excuse",
    "unexcuse": "action.unexcuse",
    "nudge": "action.nudge",
    "stand_in": "action.stand_in",
    "month": "action.month",
    "where": "action.where",
    "privacy": "action.privacy",
    "quota": "action.quota",
    "undo": "action.undo",
    "help": "action.help",
}


def which(choices: Sequence[Action], texts: Texts) -> Reply:
    """Offer the likeliest actions of an unclear message.

    Of two with one label it offers the likelier.
    """
    by_label: dict[str, Action] = {}
    for action in choices:
        by_label.setdefault(_label(action, texts), action)
    buttons = [
        Button(label, action=action, sure=isinstance(action, PunchAction))
        for label, action in by_label.items()
    ]
    return reply_without_title(texts("offer.which"), buttons)


def which_days(action: Action, texts: Texts) -> Reply:
    """Ask for the days of an action, because the named days are not one range."""
    return reply_without_title(texts("offer.which_days"), ask=Ask(action, Slot.DAYS))


def not_understood(texts: Texts, *, in_group: bool) -> Reply:
    """Say that the bot did not understand, with the most used buttons."""
    if in_group:
        return reply_without_title(texts("none.group"))
    return reply_without_title(
        texts("none.unknown"),
        [
            plain("button.clock_in", texts),
            plain("button.clock_out", texts),
            plain("button.status", texts),
            plain("button.help", texts),
        ],
    )


def _label(action: Action, texts: Texts) -> str:
    if isinstance(action, PunchAction):
        if action.direction is None:
            return texts("button.punch")
        return texts(CLOCK_BUTTONS[action.direction])
    return texts(_LABELS[action.intent])
