"""What the bot asks when it is in doubt, with one-tap answers."""

from bot.domain.punches import AskAgain, AskConfirm
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.receipts import check_type, clock_in_button, clock_out_button
from bot.views.reply import Button, Reply

SAYS = {
    CheckType.ON_DUTY: "button.clock_in_says",
    CheckType.OFF_DUTY: "button.clock_out_says",
    None: "button.punch_says",
}


def direction(texts: Texts) -> Reply:
    """Ask whether a bare 打卡 is coming or going."""
    text = texts("ask.direction")
    return Reply(text, text, (clock_in_button(texts), clock_out_button(texts)))


def confirm_voice(question: AskConfirm, texts: Texts) -> Reply:
    """Ask whether a voice message was understood."""
    text = texts("ask.voice", what=check_type(question.direction, texts))
    return Reply(text, text, (_button(question.direction, texts),))


def again(question: AskAgain, texts: Texts) -> Reply:
    """Ask whether somebody still wants a punch from a message that came too late, or from the future."""
    text = texts("ask.again", at=texts.day_and_clock(question.sent_at))
    if question.direction is None:
        return Reply(text, text, (clock_in_button(texts), clock_out_button(texts)))
    return Reply(text, text, (_button(question.direction, texts),))


def _button(wanted: CheckType, texts: Texts) -> Button:
    return clock_in_button(texts) if wanted is CheckType.ON_DUTY else clock_out_button(texts)
