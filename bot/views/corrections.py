"""Make-up punches in words: the notes of the outbox, and lines for the handler."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.corrections import Correction, CorrectionState, is_better
from bot.domain.day import PersonDay
from bot.domain.punches import TAKEN, Punch
from bot.domain.shifts import CheckPoint, CheckType, TimeResult
from bot.views.i18n import Texts
from bot.views.receipts import result, target_states
from bot.views.sentences import MAX_OF_NAMES, Button, Reply, acting, escape, reply_with_title

_SHOWN_REASON = 300
_CLOSED = {
    CorrectionState.ASKED: "correction.was_expired",
    CorrectionState.APPROVED: "correction.was_approved",
    CorrectionState.REFUSED: "correction.was_refused",
    CorrectionState.EXPIRED: "correction.was_expired",
    CorrectionState.WITHDRAWN: "correction.was_withdrawn",
}


def to_decide(correction: Correction, asker: str, day: PersonDay, texts: Texts) -> Reply:
    """Return a request for a lead."""
    until = texts("correction.until", until=correction.expires_at)
    lines = [*facts(correction, day, texts), until]
    buttons = decisions(correction.reference, texts)
    return reply_with_title(texts("correction.to_decide", name=escape(asker)), lines, buttons)


def decisions(reference: str, texts: Texts) -> list[Button]:
    """Return the buttons that decide a request.

    Outside a card they say plain words, and the lead confirms.
    """
    return [
        Button(
            texts("correction.approve", reference=reference),
            texts("correction.says_approve", reference=reference),
        ),
        Button(
            texts("correction.refuse", reference=reference),
            texts("correction.says_refuse", reference=reference),
        ),
    ]


def note_of_end(
    correction: Correction, decided: Sequence[str], punch: Punch | None, texts: Texts
) -> Reply:
    """Tell the asker, or a lead who decided before, how it stands.

    `decided` are the lines about all decisions. `punch` is the punch of an approval, if any.
    """
    if correction.state is CorrectionState.APPROVED:
        effect = "correction.counts"
    else:
        effect = "correction.what_now" if punch is None else "correction.counts_no_longer"
    lines = [request_line(correction, texts), *decided, *answer(correction.answer, texts)]
    return Reply(title(correction, texts), "\n\n".join([*lines, texts(effect)]))


def outcome(correction: Correction, asker: str, punch: Punch, texts: Texts) -> Reply:
    """Tell the deciding lead what each target answered, or what it keeps after a refusal."""
    heading = texts("correction.outcome", name=escape(asker), reference=correction.reference)
    lines = [heading, request_line(correction, texts)]
    if punch.refused:
        kept = {target: state for target, state in punch.states.items() if state in TAKEN}
        lines += [target_states(replace(punch, states=kept), texts)] if kept else []
        lines.append(texts("correction.kept" if kept else "correction.not_passed_on"))
    else:
        lines.append(target_states(punch, texts))
    return Reply(heading, "\n\n".join(lines))


def decisions_so_far(
    correction: Correction,
    earlier: Iterable[Correction],
    name_of: Callable[[str | None], str],
    texts: Texts,
) -> list[str]:
    """Return a line for each decision, the last one last."""
    return [
        was_closed(
            each,
            acting(name_of(each.decided_by), map(name_of, each.stood_in_for), texts),
            texts,
        )
        for each in (*earlier, correction)
    ]


def facts(correction: Correction, day: PersonDay, texts: Texts) -> list[str]:
    """Return the facts for a decision. `day` is the asker's day."""
    lines = [f"{request_line(correction, texts)} · {correction.reference}"]
    check = day.check(correction.check_point)
    if check is not None and check.punched_at is not None:
        counts = is_better(correction.check_type, correction.punched_at, check.punched_at)
        lines.append(
            texts("correction.so_far" if counts else "correction.in_vain", at=check.punched_at)
        )
    else:
        lines.append(texts("correction.none_so_far" if day.read else "correction.external_unread"))
    return [*lines, *reason(correction.reason, texts)]


def request_line(correction: Correction, texts: Texts) -> str:
    """Return the line about the check of a request."""
    verdict = correction.time_result, correction.late_minutes
    return check_line(correction, correction.punched_at, verdict, texts)


def check_line(
    one: Correction | CheckPoint, at: datetime, verdict: tuple[TimeResult, int], texts: Texts
) -> str:
    """Return the line about a check: time, verdict, and the work date if it differs."""
    parts = [texts("correction.check", what=one.check_type, at=at)]
    if verdict[0] is not TimeResult.UNKNOWN:
        parts.append(result(*verdict, texts))
    if at.astimezone(texts.zone).date() != one.work_date:
        parts.append(texts("receipt.work_date", date=one.work_date))
    return " · ".join(parts)


def check(kind: CheckType, at: datetime, texts: Texts) -> str:
    """Return the check and its time."""
    return texts("receipt.title", what=kind, at=at)


def was_closed(correction: Correction, by: str, texts: Texts) -> str:
    """Return when and by whom a request was closed. An open request counts as expired."""
    at = correction.decided_at or correction.expires_at
    key = _CLOSED[correction.state]
    return texts(key, reference=correction.reference, by=escape(by, most=MAX_OF_NAMES), at=at)


def title(correction: Correction, texts: Texts) -> str:
    """Return the title of a request."""
    return texts("correction.asked_title", reference=correction.reference)


def reason(words: str | None, texts: Texts) -> list[str]:
    """Return the line with the asker's reason, if any."""
    return [texts("correction.reason", reason=escape(words, most=_SHOWN_REASON))] if words else []


def answer(words: str | None, texts: Texts) -> list[str]:
    """Return the line with the lead's answer, if any."""
    return [texts("correction.answer", answer=escape(words, most=_SHOWN_REASON))] if words else []
