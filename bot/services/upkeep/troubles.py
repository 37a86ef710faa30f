"""What went wrong with a service or the set-up, in the reader's language around the service's own words."""

from bot.errors import BotError, NotSent, OperatorError, OutcomeUnknown, Rejected, ServiceStopped
from bot.i18n import Texts
from bot.views.formatting import escape

_MOST_WORDS = 250  # of what somebody else says
_MOST = 300  # with what we say of it


def trouble(error: BotError, texts: Texts, *, service_named: bool) -> str:
    """Return what `error` means, with the words of whoever refused, which may be in another language.

    Those begin with the service, unless the sentence around them has named it.
    """
    words = str(error)
    if service_named and isinstance(error, NotSent | OutcomeUnknown | Rejected | ServiceStopped):
        words = error.reason
    return texts(f"trouble.{_kind(error)}", words=words[:_MOST_WORDS])


def for_markdown(text: str) -> str:
    """Return words of anybody as they may stand in an alert."""
    return escape(text, most=_MOST)


def _kind(error: BotError) -> str:
    match error:
        case NotSent():
            return "not_sent"
        case OutcomeUnknown():
            return "outcome_unknown"
        case Rejected():
            return "rejected"
        case ServiceStopped():
            return "stopped"
        case OperatorError():
            return "set_up"
    return "other"
