"""Make-up punches as people read them: what is asked, what a lead decides, what came of it."""

from datetime import date, datetime

from bot.domain.corrections import Correction, CorrectionState, Missing, NotAllowed, PastUs, gains
from bot.domain.punches import Punch
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.receipts import check_type, target_states
from bot.views.reply import Button, Reply

_SHOWN_REASON = 300
_NOTHING_PAST_US = PastUs()
_MOST_PAST_US = 6  # times that are listed, the last ones
_TOLD_BOTH = frozenset({"approved", "refused"})
_DIRECTIONS = {CheckType.ON_DUTY: "correction.says_in", CheckType.OFF_DUTY: "correction.says_out"}


def asked(correction: Correction, leads: int, texts: Texts, past_us: PastUs = _NOTHING_PAST_US) -> Reply:
    """Tell who asked that the request is before their leads, and how to take it back.

    `past_us` is when they punched past the bot about then, and whether DingTalk told of it, here and below.
    """
    title = texts("correction.asked_title", reference=correction.reference)
    until = texts.day_and_clock(correction.expires_at)
    lines = [
        f"### {title}",
        _what(correction, texts),
        *_past_us(past_us, texts),
        *_reason(correction, texts),
        texts("correction.asked", leads=leads, until=until),
    ]
    return Reply(title, "\n\n".join(lines), (_withdraw(correction, texts),))


def to_say(missing: Missing, texts: Texts, *, anew: bool = False) -> Reply:
    """Ask for what is missing; `anew` where what was said is not kept, and is to be said with it once more."""
    key = f"correction.missing_{missing.what}{'_anew' if anew else ''}"
    text = f"{texts(key)}\n\n{texts('correction.example')}"
    return Reply(text[:40], text)


def time_in_full(texts: Texts) -> Reply:
    """Ask for a time that a number alone does not tell."""
    text = texts("correction.missing_time_in_full")
    return Reply(text[:40], text)


def both_directions(day: date, at: tuple[int, int], reason: str, texts: Texts) -> Reply:
    """Ask whether a time is one of coming or of going: each is one tap that says all the rest again."""
    text = texts("correction.missing_direction")
    return Reply(
        text,
        text,
        tuple(Button(*_says(one, day, at, reason, texts)) for one in (CheckType.ON_DUTY, CheckType.OFF_DUTY)),
    )


def confirm_wish(
    direction: CheckType, day: date, at: tuple[int, int], reason: str, texts: Texts, *, by_voice: bool
) -> Reply:
    """Ask before a lead hears of it whether a voice message was understood, or whose wish it is."""
    label, says = _says(direction, day, at, reason, texts)
    text = texts("correction.voice" if by_voice else "correction.yours", heard=escape(says, most=_SHOWN_REASON))
    return Reply(text[:40], text, (Button(label, says),))


def wish_button(direction: CheckType, day: date, at: tuple[int, int], texts: Texts) -> Button:
    """Return the one-tap answer that asks for a make-up punch without saying why; `at` is its hour and minute."""
    label, says = _says(direction, day, at, "", texts)
    return Button(texts("correction.wish", what=label), says)


def so_far_button(
    direction: CheckType, day: date | None, at: tuple[int, int] | None, reason: str, texts: Texts
) -> Button:
    """Return the one-tap answer that asks for a make-up punch with what is known of it so far."""
    clock = f"{at[0]:02}:{at[1]:02}" if at else ""
    named = day.isoformat() if day else ""
    says = " ".join(texts(_DIRECTIONS[direction], day=named, at=clock, reason="").split())
    says, comma = says.rstrip(" ,，"), "，" if says.endswith("，") else ", "
    label = f"{check_type(direction, texts)} {clock}".rstrip()
    # the reason stays as it was said, whatever signs it has
    return Button(texts("correction.wish", what=label), f"{says}{comma}{reason}" if reason else says)


def refused_by_rule(refusal: NotAllowed, texts: Texts) -> Reply:
    """Say which rule stands against a request."""
    values = {name: _shown(value, texts) for name, value in refusal.values.items()}
    text = texts(f"correction.rule_{refusal.code}", **values)
    return Reply(text[:40], text)


def to_decide(
    correction: Correction, asker: str, replaces: Punch | None, texts: Texts, past_us: PastUs = _NOTHING_PAST_US
) -> Reply:
    """Put a request before a lead, with a tap for either answer; both ask once more."""
    title = texts("correction.to_decide", name=escape(asker))
    lines = [f"### {title}", *_facts(correction, replaces, past_us, texts)]
    lines.append(texts("correction.until", until=texts.day_and_clock(correction.expires_at)))
    return Reply(title, "\n\n".join(lines), _buttons(correction, texts, "approve", "refuse"))


def confirm(
    correction: Correction,
    asker: str,
    replaces: Punch | None,
    answer: str | None,
    texts: Texts,
    *,
    past_us: PastUs = _NOTHING_PAST_US,
) -> Reply:
    """Show a lead what they are about to approve or, with an `answer`, to refuse; only the tap decides."""
    verb = "approve" if answer is None else "refuse"
    title = texts(f"correction.sure_{verb}", name=escape(asker))
    lines = [f"### {title}", *_facts(correction, replaces, past_us, texts)]
    if answer:
        lines.append(texts("correction.answer", answer=escape(answer, most=_SHOWN_REASON)))
    lines.append(texts("correction.nothing_yet"))
    says = texts(f"correction.says_confirm_{verb}", reference=correction.reference)
    label = texts(f"correction.confirm_{verb}", reference=correction.reference)
    other = _buttons(correction, texts, "refuse" if verb == "approve" else "approve")
    return Reply(title, "\n\n".join(lines), (Button(label, f"{says}: {answer}" if answer else says), *other))


def ask_to_withdraw(correction: Correction, texts: Texts) -> Reply:
    """Ask whether one's own request, which is open, is to be taken back now, whatever was said beside it."""
    title = texts("correction.asked_title", reference=correction.reference)
    lines = [f"### {title}", _what(correction, texts), texts("correction.sure_withdraw")]
    return Reply(title, "\n\n".join(lines), (_withdraw(correction, texts),))


def decided(
    outcome: str, correction: Correction | None, asker: str, by: str, texts: Texts, *, asker_hears: bool = True
) -> Reply:
    """Tell who decided, or tried to, how the request stands; `outcome` names the sentence.

    Where `asker_hears` is false, whoever asked has left and is told nothing.
    """
    if correction is None:
        return Reply(texts(f"correction.{outcome}")[:40], texts(f"correction.{outcome}"))
    if outcome == "closed":
        return Reply(correction.reference, _closed(correction, by, texts))
    alone = not asker_hears and outcome in _TOLD_BOTH
    text = texts(
        f"correction.{outcome}_alone" if alone else f"correction.{outcome}",
        name=escape(asker),
        reference=correction.reference,
        what=_check(correction, texts),
    )
    return Reply(text[:40], text)


def overtaken(outcome: str, correction: Correction, asker: str, there: Punch, texts: Texts) -> Reply:
    """Tell who approved that a punch that is `there` by now counts for as much, so that the request is over.

    Or that it waits, as that punch is not settled; `outcome` names the sentence.
    """
    text = texts(
        f"correction.{outcome}",
        name=escape(asker),
        reference=correction.reference,
        what=_check(correction, texts),
        at=texts.day_and_clock(there.punched_at),
    )
    return Reply(text[:40], text)


def closed_for_asker(correction: Correction, by: str, texts: Texts) -> Reply:
    """Tell who asked that their request was refused, and why, is needed no more, or was not decided in time."""
    lines = [_what(correction, texts), _closed(correction, by, texts)]
    if correction.state is CorrectionState.REFUSED and correction.answer:
        lines.append(texts("correction.answer", answer=escape(correction.answer, most=_SHOWN_REASON)))
    if correction.state is not CorrectionState.OVERTAKEN:
        lines.append(texts("correction.what_now"))
    return Reply(texts("correction.asked_title", reference=correction.reference), "\n\n".join(lines))


def outcome(correction: Correction, asker: str, punch: Punch, texts: Texts) -> Reply:
    """Tell the approver what the targets made of it."""
    title = texts("correction.outcome", name=escape(asker), reference=correction.reference)
    return Reply(title, f"{title}\n\n{_what(correction, texts)}\n\n{target_states(punch, texts)}")


def _facts(correction: Correction, replaces: Punch | None, past_us: PastUs, texts: Texts) -> list[str]:
    if replaces is None:
        so_far = texts("correction.none_so_far")
    else:
        counts = gains(correction.check_type, correction.punched_at, replaces.punched_at)
        key = "correction.so_far" if counts else "correction.in_vain"
        so_far = texts(key, at=texts.day_and_clock(replaces.punched_at))
    known = [so_far, *_past_us(past_us, texts)]
    return [f"{_what(correction, texts)} · {correction.reference}", *known, *_reason(correction, texts)]


def _past_us(past_us: PastUs, texts: Texts) -> list[str]:
    at = ", ".join(texts.day_and_clock(at) for at in past_us.moments[-_MOST_PAST_US:])
    lines = [texts("correction.past_us", at=at)] if at else []
    return lines if past_us.is_read else [*lines, texts("correction.past_us_unread")]


def _what(correction: Correction, texts: Texts) -> str:
    verdict = texts(f"time.{correction.time_result}", minutes=correction.late_minutes)
    known = correction.time_result is not TimeResult.UNKNOWN
    line = f"**{_check(correction, texts)}**" + (f" · {verdict}" if known else "")
    if correction.punched_at.astimezone(texts.zone).date() != correction.work_date:
        line += f" · {texts('receipt.work_date', date=correction.work_date.isoformat())}"
    return line


def _check(correction: Correction, texts: Texts) -> str:
    at = texts.day_and_clock(correction.punched_at)
    return texts("receipt.title", what=check_type(correction.check_type, texts), at=at)


def _reason(correction: Correction, texts: Texts) -> list[str]:
    if not correction.reason:
        return []
    return [texts("correction.reason", reason=escape(correction.reason, most=_SHOWN_REASON))]


def _closed(correction: Correction, by: str, texts: Texts) -> str:
    at = texts.day_and_clock(correction.decided_at or correction.expires_at)
    state = correction.state if correction.state is not CorrectionState.ASKED else CorrectionState.EXPIRED
    return texts(f"correction.was_{state}", reference=correction.reference, by=escape(by), at=at)


def _buttons(correction: Correction, texts: Texts, *verbs: str) -> tuple[Button, ...]:
    named = {"reference": correction.reference}
    return tuple(
        Button(texts(f"correction.{verb}", **named), texts(f"correction.says_{verb}", **named)) for verb in verbs
    )


def _withdraw(correction: Correction, texts: Texts) -> Button:
    says = texts("correction.says_refuse", reference=correction.reference)
    return Button(texts("correction.withdraw"), says)


def _says(direction: CheckType, day: date, at: tuple[int, int], reason: str, texts: Texts) -> tuple[str, str]:
    clock = f"{at[0]:02}:{at[1]:02}"
    says = texts(_DIRECTIONS[direction], day=day.isoformat(), at=clock, reason=reason)
    return f"{check_type(direction, texts)} {clock}", says.rstrip(" ,，")


def _shown(value: object, texts: Texts) -> object:
    if isinstance(value, datetime):
        return texts.day_and_clock(value)
    return value.isoformat() if isinstance(value, date) else value
