"""What is said of a punch that is told of another time than now."""

from datetime import datetime

from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.corrections import wish_button
from bot.views.questions import punch_buttons
from bot.views.reply import Reply

_BOTH = (CheckType.ON_DUTY, CheckType.OFF_DUTY)
_USUAL = {CheckType.ON_DUTY: "8:30", CheckType.OFF_DUTY: "18:30"}  # for an example, where no time was named
_EXAMPLES = {CheckType.ON_DUTY: "punch.forgot_in", CheckType.OFF_DUTY: "punch.forgot_out"}


def over(
    named: datetime | None,
    said: str,
    wanted: CheckType | None,
    at: datetime,
    texts: Texts,
    *,
    place: str,
    in_group: bool,
) -> Reply:
    """Say that a punch told of a time that is over, in words `said`, counts for when it is said (`at`).

    One tap punches now, at the `place` that was said (see `said_place`); another asks for a make-up punch where
    the time was `named`, but not in a group.
    """
    of = wanted or CheckType.ON_DUTY
    example = texts(_EXAMPLES[of], at=said if named else _USUAL[of])
    lines = [texts("punch.other_time", said=said, at=texts.clock(at))]
    lines.append(texts("punch.make_up_in_group" if in_group else "punch.make_up", example=example))
    buttons = punch_buttons(wanted, texts, place)
    if named is not None and not in_group:
        local = named.astimezone(texts.zone)
        checks = _BOTH if wanted is None else (wanted,)
        buttons += tuple(wish_button(one, local.date(), (local.hour, local.minute), texts) for one in checks)
    return Reply(lines[0][:40], "\n\n".join(lines), buttons)


def ahead(said: str, at: datetime, texts: Texts) -> Reply:
    """Say that nothing is recorded ahead of time."""
    text = texts("punch.ahead", said=said, at=texts.clock(at))
    return Reply(text[:40], text)


def now(wanted: CheckType | None, at: datetime, texts: Texts, *, place: str) -> Reply:
    """Ask whether a punch that was told of about this time is one of now; `place` as for `over`."""
    text = texts("ask.now", at=texts.clock(at))
    return Reply(text[:40], text, punch_buttons(wanted, texts, place))
