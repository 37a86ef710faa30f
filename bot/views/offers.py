"""What the bot says when it is in doubt, with buttons for what may be meant."""

from collections.abc import Sequence

from bot.actions import Action, Punch, Slot
from bot.domain.punches import AskAgain
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.receipts import check_type
from bot.views.reply import Ask, Button, Reply

_BOTH = (CheckType.ON_DUTY, CheckType.OFF_DUTY)
_PUNCH_LABELS = {
    CheckType.ON_DUTY: "button.clock_in",
    CheckType.OFF_DUTY: "button.clock_out",
    None: "button.punch",
}


def which(choices: Sequence[Action], texts: Texts) -> Reply:
    """Offer the likeliest actions of a message that is not clear."""
    text = texts("offer.which")
    return Reply(
        text, text, tuple(Button(label(one, texts), action=one, sure=isinstance(one, Punch)) for one in choices)
    )


def which_days(action: Action, texts: Texts) -> Reply:
    """Ask for the days of an action, where several were named that are not one stretch."""
    text = texts("offer.which_days")
    return Reply(text[:40], text, ask=Ask(action, Slot.DAYS))


def not_understood(texts: Texts, *, in_group: bool) -> Reply:
    """Say that nothing was understood and nothing changed, with the buttons that most people want."""
    text = texts("none.group" if in_group else "none.unknown")
    shown = () if in_group else ("clock_in", "clock_out", "status", "help")
    return Reply(text[:40], text, tuple(plain(name, texts) for name in shown))


def punch(action: Punch, texts: Texts) -> Reply:
    """Offer the punch that a message may ask for; nothing is recorded yet."""
    ways = _BOTH if action.direction is None else (action.direction,)
    if action.direction is None:
        text = texts("offer.punch")
    else:
        text = texts("offer.punch_as", what=check_type(action.direction, texts))
    return Reply(text[:40], text, tuple(punch_button(action, way, texts) for way in ways))


def direction(action: Punch, texts: Texts, *, said: CheckType | None = None) -> Reply:
    """Ask whether the person comes or goes; `said` is a direction that fits no window of their plan."""
    if said is None:
        text = texts("ask.direction")
    else:
        text = texts("offer.no_window", what=check_type(said, texts), at=_time(action, texts))
    buttons = tuple(punch_button(action, way, texts) for way in _BOTH)
    return Reply(text[:40], text, buttons, Ask(action, Slot.DIRECTION, sure=True))


def voice(action: Punch, texts: Texts) -> Reply:
    """Ask whether a voice message was understood."""
    assert action.direction is not None, "a voice message without direction is asked about that"
    heard = (check_type(action.direction, texts), escape(action.place or ""), escape(action.reason or ""))
    text = texts("ask.voice", what=", ".join(part for part in heard if part))
    return Reply(text[:40], text, (punch_button(action, action.direction, texts),))


def again(question: AskAgain, texts: Texts) -> Reply:
    """Ask for a new message where one came too late, or from the future: its buttons say plain words."""
    text = texts("ask.again", at=texts.day_and_clock(question.sent_at))
    ways = _BOTH if question.direction is None else (question.direction,)
    return Reply(text[:40], text, tuple(plain(_NAMES[way], texts) for way in ways))


def punch_button(action: Punch, way: CheckType, texts: Texts) -> Button:
    """Return the button that punches as `action` says, in the direction `way`."""
    return Button(texts(_PUNCH_LABELS[way]), action=action.model_copy(update={"direction": way}), sure=True)


def plain(name: str, texts: Texts) -> Button:
    """Return a button that remembers nothing and says plain words."""
    return Button(texts(f"button.{name}"), texts(f"button.{name}_says"))


def label(action: Action, texts: Texts) -> str:
    """Return what a button for an action is called."""
    if isinstance(action, Punch):
        return texts(_PUNCH_LABELS[action.direction])
    return texts(f"action.{action.intent}")


_NAMES = {CheckType.ON_DUTY: "clock_in", CheckType.OFF_DUTY: "clock_out"}


def _time(action: Punch, texts: Texts) -> str:
    return "" if action.at is None else texts.clock(action.at)
