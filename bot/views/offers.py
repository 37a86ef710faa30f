"""The help, and what the bot says when it is in doubt, with buttons for what may be meant."""

from collections.abc import Collection, Sequence

from bot.actions import Action, Punch, Slot
from bot.domain.punches import AskAgain
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationSource
from bot.i18n import Texts
from bot.views.formatting import check_type, escape
from bot.views.reply import Ask, Button, Reply
from bot.views.sentences import plain, said, titled

_BUTTONS = {CheckType.ON_DUTY: "clock_in", CheckType.OFF_DUTY: "clock_out", None: "punch"}


def help_page(
    topics: Sequence[str], trusted: Collection[LocationSource], texts: Texts, *, has_page: bool
) -> Reply:
    """List what a person can do, one line a topic; `topics` are the locale keys that the routes carry.

    The line about clocking in names the `trusted` ways to give a position, and the page where there is one.
    """
    told = {topic: texts(topic) for topic in topics}
    ways = [f"help.{way}" for way in (LocationSource.NAMED, LocationSource.TYPED) if way in trusted]
    ways += ["help.by_page"] if has_page else []
    if ways:
        told["help.clock_in"] += texts("help.with_a_place", places=texts("help.or").join(map(texts, ways)))
    lines = [*(f"- {line}" for line in told.values()), texts("help.more")]
    return titled(texts("help.title"), lines, [plain(name, texts) for name in ("clock_in", "clock_out", "status")])


def which(choices: Sequence[Action], texts: Texts) -> Reply:
    """Offer the likeliest actions of a message that is not clear."""
    buttons = [Button(_label(one, texts), action=one, sure=isinstance(one, Punch)) for one in choices]
    return said(texts("offer.which"), buttons)


def which_days(action: Action, texts: Texts) -> Reply:
    """Ask for the days of an action, where several were named that are not one stretch."""
    return said(texts("offer.which_days"), ask=Ask(action, Slot.DAYS))


def not_understood(texts: Texts, *, in_group: bool) -> Reply:
    """Say that nothing was understood and nothing changed, with the buttons that most people want."""
    if in_group:
        return said(texts("none.group"))
    return said(
        texts("none.unknown"), [plain(name, texts) for name in ("clock_in", "clock_out", "status", "help")]
    )


def punch(action: Punch, texts: Texts) -> Reply:
    """Offer the punch that a message may ask for; nothing is recorded yet."""
    if action.direction is None:
        return said(texts("offer.punch"), _both(action, texts))
    text = texts("offer.punch_as", what=check_type(action.direction, texts))
    return said(text, [_punch_button(action, action.direction, texts)])


def direction(action: Punch, texts: Texts, *, asked: CheckType | None = None) -> Reply:
    """Ask whether the person comes or goes; `asked` is a direction that fits no window of their plan."""
    text = texts("ask.direction")
    if asked is not None:
        at = "" if action.at is None else texts.clock(action.at)
        text = texts("offer.no_window", what=check_type(asked, texts), at=at)
    return said(text, _both(action, texts), Ask(action, Slot.DIRECTION, sure=True))


def voice(action: Punch, texts: Texts) -> Reply:
    """Ask whether a voice message was understood."""
    assert action.direction is not None, "a voice message without direction is asked about that"
    heard = (check_type(action.direction, texts), escape(action.place or ""), escape(action.reason or ""))
    text = texts("ask.voice", what=", ".join(filter(None, heard)))
    return said(text, [_punch_button(action, action.direction, texts)])


def again(question: AskAgain, texts: Texts) -> Reply:
    """Ask for a new message where one came too late, or from the future: its buttons say plain words."""
    ways = CheckType if question.direction is None else (question.direction,)
    text = texts("ask.again", at=texts.day_and_clock(question.sent_at))
    return said(text, [plain(_BUTTONS[way], texts) for way in ways])


def _both(action: Punch, texts: Texts) -> list[Button]:
    return [_punch_button(action, way, texts) for way in CheckType]


def _punch_button(action: Punch, way: CheckType, texts: Texts) -> Button:
    """Return the button that punches as `action` says, in the direction `way`."""
    label = texts(f"button.{_BUTTONS[way]}")
    return Button(label, action=action.model_copy(update={"direction": way}), sure=True)


def _label(action: Action, texts: Texts) -> str:
    if isinstance(action, Punch):
        return texts(f"button.{_BUTTONS[action.direction]}")
    return texts(f"action.{action.intent}")
