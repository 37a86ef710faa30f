"""Make-up punches as people read them: what is asked, what a lead decides, what came of it."""

from datetime import date, datetime

from bot.actions import DecideCorrection, RequestCorrection
from bot.domain.corrections import (
    Correction,
    CorrectionState,
    ExternalTimes,
    Meant,
    Missing,
    NotAllowed,
    gains,
)
from bot.domain.punches import Punch
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.receipts import check_type, target_states
from bot.views.reply import Button, Reply

_SHOWN_REASON = 300
_NOTHING_EXTERNAL = ExternalTimes()
_MOST_EXTERNAL = 6  # times that are listed, the last ones
_TOLD_BOTH = frozenset({"approved", "refused"})


def asked(correction: Correction, leads: int, texts: Texts, external: ExternalTimes = _NOTHING_EXTERNAL) -> Reply:
    """Tell who asked that the request is before their leads, and how to take it back.

    `external` is when they punched outside the bot about then.
    """
    title = texts("correction.asked_title", reference=correction.reference)
    until = texts.day_and_clock(correction.expires_at)
    lines = [
        f"### {title}",
        _what(correction, texts),
        *_external(external, texts),
        *_reason(correction, texts),
        texts("correction.asked", leads=leads, until=until),
    ]
    return Reply(title, "\n\n".join(lines), (_withdraw(correction, texts),))


def shown(action: RequestCorrection, meant: Meant, texts: Texts) -> Reply:
    """Show a request before it is sent: which check, when, in whose place, and why."""
    at = texts.day_and_clock(meant.at)
    what = texts("receipt.title", what=check_type(meant.point.check_type, texts), at=at)
    lines = [
        f"### {texts('correction.shown_title')}",
        f"**{what}** · {_verdict(*meant.verdict, texts)}",
    ]
    if meant.at.astimezone(texts.zone).date() != meant.point.work_date:
        lines.append(texts("receipt.work_date", date=meant.point.work_date.isoformat()))
    if meant.replaces is not None:
        lines.append(texts("correction.so_far", at=texts.day_and_clock(meant.replaces.punched_at)))
    if action.reason:
        lines.append(texts("correction.reason", reason=escape(action.reason, most=_SHOWN_REASON)))
    lines.append(texts("correction.not_sent_yet"))
    button = Button(texts("correction.send"), action=action, sure=True)
    return Reply(texts("correction.shown_title"), "\n\n".join(lines), (button,))


def to_say(missing: Missing, texts: Texts) -> Reply:
    """Ask for what is missing."""
    text = f"{texts(f'correction.missing_{missing.what}')}\n\n{texts('correction.example')}"
    return Reply(text[:40], text)


def which_direction(action: RequestCorrection, texts: Texts) -> Reply:
    """Ask whether the missing punch is one of coming or of going."""
    text = texts("correction.missing_direction")
    buttons = tuple(
        Button(check_type(way, texts), action=action.model_copy(update={"direction": way})) for way in CheckType
    )
    return Reply(text, text, buttons)


def refused_by_rule(refusal: NotAllowed, texts: Texts) -> Reply:
    """Say which rule stands against a request."""
    values = {name: _shown(value, texts) for name, value in refusal.values.items()}
    text = texts(f"correction.rule_{refusal.code}", **values)
    return Reply(text[:40], text)


def to_decide(
    correction: Correction,
    asker: str,
    replaces: Punch | None,
    texts: Texts,
    external: ExternalTimes = _NOTHING_EXTERNAL,
) -> Reply:
    """Put a request before a lead. The buttons say plain words; both answers are shown before they count."""
    title = texts("correction.to_decide", name=escape(asker))
    lines = [f"### {title}", *_facts(correction, replaces, external, texts)]
    lines.append(texts("correction.until", until=texts.day_and_clock(correction.expires_at)))
    named = {"reference": correction.reference}
    buttons = tuple(
        Button(texts(f"correction.{verb}", **named), texts(f"correction.says_{verb}", **named))
        for verb in ("approve", "refuse")
    )
    return Reply(title, "\n\n".join(lines), buttons)


def sure_to_decide(
    action: DecideCorrection,
    correction: Correction,
    asker: str,
    replaces: Punch | None,
    texts: Texts,
    *,
    external: ExternalTimes = _NOTHING_EXTERNAL,
) -> Reply:
    """Show a lead what they are about to approve or to refuse; only the button decides."""
    verb = "approve" if action.approve else "refuse"
    title = texts(f"correction.sure_{verb}", name=escape(asker))
    lines = [f"### {title}", *_facts(correction, replaces, external, texts)]
    if action.answer:
        lines.append(texts("correction.answer", answer=escape(action.answer, most=_SHOWN_REASON)))
    lines.append(texts("correction.nothing_yet"))
    other = action.model_copy(update={"approve": not action.approve, "answer": None})
    labels = {
        one: texts(f"correction.confirm_{one}", reference=correction.reference) for one in ("approve", "refuse")
    }
    rest = labels["refuse" if action.approve else "approve"]
    return Reply(
        title,
        "\n\n".join(lines),
        (
            Button(labels[verb], action=action, sure=True),
            Button(rest, action=other, sure=True),
        ),
    )


def sure_to_withdraw(action: DecideCorrection, correction: Correction, texts: Texts) -> Reply:
    """Ask whether one's own request is to be taken back."""
    title = texts("correction.asked_title", reference=correction.reference)
    lines = [f"### {title}", _what(correction, texts), texts("correction.sure_withdraw")]
    return Reply(title, "\n\n".join(lines), (Button(texts("correction.withdraw"), action=action, sure=True),))


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


def _facts(correction: Correction, replaces: Punch | None, external: ExternalTimes, texts: Texts) -> list[str]:
    if replaces is None:
        so_far = texts("correction.none_so_far")
    else:
        counts = gains(correction.check_type, correction.punched_at, replaces.punched_at)
        key = "correction.so_far" if counts else "correction.in_vain"
        so_far = texts(key, at=texts.day_and_clock(replaces.punched_at))
    known = [so_far, *_external(external, texts)]
    return [f"{_what(correction, texts)} · {correction.reference}", *known, *_reason(correction, texts)]


def _external(external: ExternalTimes, texts: Texts) -> list[str]:
    at = ", ".join(texts.day_and_clock(at) for at in external.moments[-_MOST_EXTERNAL:])
    lines = [texts("correction.external", at=at)] if at else []
    return lines if external.is_read else [*lines, texts("correction.external_unread")]


def _what(correction: Correction, texts: Texts) -> str:
    verdict = _verdict(correction.time_result, correction.late_minutes, texts)
    line = f"**{_check(correction, texts)}**" + (f" · {verdict}" if verdict else "")
    if correction.punched_at.astimezone(texts.zone).date() != correction.work_date:
        line += f" · {texts('receipt.work_date', date=correction.work_date.isoformat())}"
    return line


def _verdict(result: TimeResult, minutes: int, texts: Texts) -> str:
    return "" if result is TimeResult.UNKNOWN else texts(f"time.{result}", minutes=minutes)


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


def _withdraw(correction: Correction, texts: Texts) -> Button:
    action = DecideCorrection(reference=correction.reference, approve=False)
    return Button(texts("correction.withdraw"), action=action)


def _shown(value: object, texts: Texts) -> object:
    if isinstance(value, datetime):
        return texts.day_and_clock(value)
    return value.isoformat() if isinstance(value, date) else value
