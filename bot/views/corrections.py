"""Make-up punches in words: the notes that the outbox sends, and the lines that the handler shares with them."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.corrections import Correction, CorrectionState, gains
from bot.domain.punches import Punch
from bot.domain.results import TimeResult
from bot.i18n import Texts
from bot.views.formatting import check_type, escape, for_work_date
from bot.views.receipts import result, target_states
from bot.views.reply import Button, Reply
from bot.views.sentences import titled

External = tuple[Sequence[datetime], bool]  # punches outside the bot, and whether DingTalk's day was read
_SHOWN_REASON = 300
_MOST_EXTERNAL = 6  # times that are listed, the last ones


def to_decide(
    correction: Correction, asker: str, replaces: Punch | None, external: External, texts: Texts
) -> Reply:
    """Put a request before a lead. The buttons say plain words, and decide nothing by themselves."""
    lines = [*facts(correction, replaces, external, texts)]
    lines.append(texts("correction.until", until=texts.day_and_clock(correction.expires_at)))
    buttons = [
        Button(
            texts(f"correction.{verb}", reference=correction.reference),
            texts(f"correction.says_{verb}", reference=correction.reference),
        )
        for verb in ("approve", "refuse")
    ]
    return titled(texts("correction.to_decide", name=escape(asker)), lines, buttons)


def closed(correction: Correction, by: str, texts: Texts) -> Reply:
    """Tell the asker that their request was refused, is needed no more, or was not decided in time."""
    lines = [what(correction, texts), was_closed(correction, by, texts)]
    if correction.state is CorrectionState.REFUSED:
        lines += answer(correction.answer, texts)
    if correction.state is not CorrectionState.OVERTAKEN:
        lines.append(texts("correction.what_now"))
    return Reply(title(correction, texts), "\n\n".join(lines))


def outcome(correction: Correction, asker: str, punch: Punch, texts: Texts) -> Reply:
    """Tell the approver the result at each target."""
    heading = texts("correction.outcome", name=escape(asker), reference=correction.reference)
    return Reply(heading, f"{heading}\n\n{what(correction, texts)}\n\n{target_states(punch, texts)}")


def facts(correction: Correction, replaces: Punch | None, found: External, texts: Texts) -> list[str]:
    """Return the lines by which a lead decides."""
    so_far = texts("correction.none_so_far")
    if replaces is not None:
        counts = gains(correction.check_type, correction.punched_at, replaces.punched_at)
        at = texts.day_and_clock(replaces.punched_at)
        so_far = texts("correction.so_far" if counts else "correction.in_vain", at=at)
    first = f"{what(correction, texts)} · {correction.reference}"
    return [first, so_far, *external(found, texts), *reason(correction.reason, texts)]


def external(found: External, texts: Texts) -> list[str]:
    """Return the lines about punches outside the bot."""
    moments, is_read = found
    at = ", ".join(texts.day_and_clock(one) for one in moments[-_MOST_EXTERNAL:])
    lines = [texts("correction.external", at=at)] if at else []
    return lines if is_read else [*lines, texts("correction.external_unread")]


def what(correction: Correction, texts: Texts) -> str:
    """Return the line about the check: its time, its verdict, its work date where that is another."""
    parts = [f"**{check(correction, texts)}**"]
    if correction.time_result is not TimeResult.UNKNOWN:
        parts.append(result(correction.time_result, correction.late_minutes, texts))
    if correction.punched_at.astimezone(texts.zone).date() != correction.work_date:
        parts.append(for_work_date(correction.work_date, texts))
    return " · ".join(parts)


def check(correction: Correction, texts: Texts) -> str:
    """Return the check and its time."""
    at = texts.day_and_clock(correction.punched_at)
    return texts("receipt.title", what=check_type(correction.check_type, texts), at=at)


def was_closed(correction: Correction, by: str, texts: Texts) -> str:
    """Return when and by whom a request was closed. One that is still open expired."""
    at = texts.day_and_clock(correction.decided_at or correction.expires_at)
    state = correction.state if correction.state is not CorrectionState.ASKED else CorrectionState.EXPIRED
    return texts(f"correction.was_{state}", reference=correction.reference, by=escape(by), at=at)


def title(correction: Correction, texts: Texts) -> str:
    """Return the title of a request."""
    return texts("correction.asked_title", reference=correction.reference)


def reason(words: str | None, texts: Texts) -> list[str]:
    """Return the line with the asker's reason, if any."""
    return [texts("correction.reason", reason=escape(words, most=_SHOWN_REASON))] if words else []


def answer(words: str | None, texts: Texts) -> list[str]:
    """Return the line with the lead's answer, if any."""
    return [texts("correction.answer", answer=escape(words, most=_SHOWN_REASON))] if words else []
