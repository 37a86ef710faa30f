"""Replies about make-up punches: request, decision, outcome."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.actions import DecideCorrection, OpenRequests, RequestCorrection
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
from bot.views.formatting import check_type, escape, for_work_date
from bot.views.receipts import target_states
from bot.views.reply import Button, Reply
from bot.views.sentences import on_page, page_line, page_of, said, titled, turning

A_PAGE = 15
_SHOWN_REASON = 300
_NOTHING_EXTERNAL = ExternalTimes()
_MOST_EXTERNAL = 6  # times that are listed, the last ones
_VERBS = {True: "approve", False: "refuse"}
_TOLD_BOTH = frozenset({"approved", "refused"})


def asked(correction: Correction, leads: int, texts: Texts, external: ExternalTimes = _NOTHING_EXTERNAL) -> Reply:
    """Confirm a new request to the asker, with a button that takes it back.

    `external` holds their punches outside the bot near that time.
    """
    until = texts.day_and_clock(correction.expires_at)
    lines = [_what(correction, texts), *_external(external, texts), *_reason(correction.reason, texts)]
    lines.append(texts("correction.asked", leads=leads, until=until))
    withdraw = DecideCorrection(reference=correction.reference, approve=False)
    return titled(_title(correction, texts), lines, [Button(texts("correction.withdraw"), action=withdraw)])


def shown(action: RequestCorrection, meant: Meant, texts: Texts) -> Reply:
    """Show a request before it is sent: the check, the time, the punch that it replaces, the reason."""
    lines = [f"**{_punch(meant.point.check_type, meant.at, texts)}** · {_verdict(*meant.verdict, texts)}"]
    if meant.at.astimezone(texts.zone).date() != meant.point.work_date:
        lines.append(for_work_date(meant.point.work_date, texts))
    if meant.replaces is not None:
        lines.append(texts("correction.so_far", at=texts.day_and_clock(meant.replaces.punched_at)))
    lines += [*_reason(action.reason, texts), texts("correction.not_sent_yet")]
    send = Button(texts("correction.send"), action=action, sure=True)
    return titled(texts("correction.shown_title"), lines, [send])


def to_say(missing: Missing, texts: Texts) -> Reply:
    """Ask for what is missing."""
    return said(f"{texts(f'correction.missing_{missing.what}')}\n\n{texts('correction.example')}")


def which_direction(action: RequestCorrection, texts: Texts) -> Reply:
    """Ask whether the missing punch is one of coming or of going."""
    buttons = [
        Button(check_type(way, texts), action=action.model_copy(update={"direction": way})) for way in CheckType
    ]
    return said(texts("correction.missing_direction"), buttons)


def refused_by_rule(refusal: NotAllowed, texts: Texts) -> Reply:
    """Name the rule that refuses a request."""
    values = {name: _shown(value, texts) for name, value in refusal.values.items()}
    return said(texts(f"correction.rule_{refusal.code}", **values))


def to_decide(
    correction: Correction,
    asker: str,
    replaces: Punch | None,
    texts: Texts,
    external: ExternalTimes = _NOTHING_EXTERNAL,
    *,
    action: DecideCorrection | None = None,
) -> Reply:
    """Put a request before a lead. Without `action` the buttons say plain words, and nothing is decided by them.

    With `action` the lead sees what they are about to approve or to refuse; only these buttons decide.
    """
    reference = correction.reference
    lines = [f"{_what(correction, texts)} · {reference}", _so_far(correction, replaces, texts)]
    lines += [*_external(external, texts), *_reason(correction.reason, texts)]
    if action is None:
        title = texts("correction.to_decide", name=escape(asker))
        lines.append(texts("correction.until", until=texts.day_and_clock(correction.expires_at)))
        buttons = [
            Button(
                texts(f"correction.{verb}", reference=reference),
                texts(f"correction.says_{verb}", reference=reference),
            )
            for verb in _VERBS.values()
        ]
        return titled(title, lines, buttons)
    title = texts(f"correction.sure_{_VERBS[action.approve]}", name=escape(asker))
    lines += [*_answer(action.answer, texts), texts("correction.nothing_yet")]
    other = action.model_copy(update={"approve": not action.approve, "answer": None})
    buttons = [
        Button(texts(f"correction.confirm_{_VERBS[one.approve]}", reference=reference), action=one, sure=True)
        for one in (action, other)
    ]
    return titled(title, lines, buttons)


def sure_to_withdraw(action: DecideCorrection, correction: Correction, texts: Texts) -> Reply:
    """Ask whether one's own request is to be taken back."""
    lines = [_what(correction, texts), texts("correction.sure_withdraw")]
    withdraw = Button(texts("correction.withdraw"), action=action, sure=True)
    return titled(_title(correction, texts), lines, [withdraw])


def decided(
    outcome: str,
    correction: Correction | None,
    asker: str,
    by: str,
    texts: Texts,
    *,
    asker_hears: bool = True,
    there: Punch | None = None,
) -> Reply:
    """Return the result of a decision to the lead; `outcome` names the sentence.

    With `asker_hears` false the asker has left the company and gets no message. `there` is a punch made meanwhile
    that counts for as much: the request is over, or waits until that punch is settled.
    """
    if correction is None:
        return said(texts(f"correction.{outcome}"))
    if outcome == "closed":
        return Reply(correction.reference, _closed(correction, by, texts))
    alone = "_alone" if not asker_hears and outcome in _TOLD_BOTH else ""
    text = texts(
        f"correction.{outcome}{alone}",
        name=escape(asker),
        reference=correction.reference,
        what=_check(correction, texts),
        at="" if there is None else texts.day_and_clock(there.punched_at),
    )
    return said(text)


def closed_for_asker(correction: Correction, by: str, texts: Texts) -> Reply:
    """Tell the asker that their request was refused, is needed no more, or was not decided in time."""
    lines = [_what(correction, texts), _closed(correction, by, texts)]
    if correction.state is CorrectionState.REFUSED:
        lines += _answer(correction.answer, texts)
    if correction.state is not CorrectionState.OVERTAKEN:
        lines.append(texts("correction.what_now"))
    return Reply(_title(correction, texts), "\n\n".join(lines))


def outcome(correction: Correction, asker: str, punch: Punch, texts: Texts) -> Reply:
    """Tell the approver the result at each target."""
    title = texts("correction.outcome", name=escape(asker), reference=correction.reference)
    return Reply(title, f"{title}\n\n{_what(correction, texts)}\n\n{target_states(punch, texts)}")


def listed(requests: Sequence[tuple[Correction, str | None]], texts: Texts, *, page: int, is_known: bool) -> Reply:
    """Return a page of open requests, each with the asker's name, None for one's own.

    With `is_known` false the directory is not read, so requests of others may be missing.
    """
    at = page_of(len(requests), page, A_PAGE)
    shown = on_page(requests, at, A_PAGE)
    lines = [_line(one, name, texts) for one, name in shown]
    if not is_known:
        lines.append(texts("team.not_read"))
    for how, is_own in (("decide", False), ("own", True)):
        if first := next((one for one, name in shown if (name is None) is is_own), None):
            lines.append(texts(f"correction.open_how_{how}", reference=first.reference))
    lines += page_line(at, texts)
    buttons = turning(at, OpenRequests(page=at.number), texts)
    return titled(texts("correction.open_title", count=len(requests)), lines, buttons)


def _line(one: Correction, name: str | None, texts: Texts) -> str:
    asker = texts("correction.open_yours") if name is None else escape(name)
    until, what = texts.day_and_clock(one.expires_at), _check(one, texts)
    return texts("correction.open_line", reference=one.reference, name=asker, what=what, until=until)


def _title(correction: Correction, texts: Texts) -> str:
    return texts("correction.asked_title", reference=correction.reference)


def _so_far(correction: Correction, replaces: Punch | None, texts: Texts) -> str:
    if replaces is None:
        return texts("correction.none_so_far")
    counts = gains(correction.check_type, correction.punched_at, replaces.punched_at)
    key = "correction.so_far" if counts else "correction.in_vain"
    return texts(key, at=texts.day_and_clock(replaces.punched_at))


def _external(external: ExternalTimes, texts: Texts) -> list[str]:
    at = ", ".join(texts.day_and_clock(at) for at in external.moments[-_MOST_EXTERNAL:])
    lines = [texts("correction.external", at=at)] if at else []
    return lines if external.is_read else [*lines, texts("correction.external_unread")]


def _what(correction: Correction, texts: Texts) -> str:
    parts = [f"**{_check(correction, texts)}**"]
    parts.append(_verdict(correction.time_result, correction.late_minutes, texts))
    if correction.punched_at.astimezone(texts.zone).date() != correction.work_date:
        parts.append(for_work_date(correction.work_date, texts))
    return " · ".join(filter(None, parts))


def _verdict(result: TimeResult, minutes: int, texts: Texts) -> str:
    return "" if result is TimeResult.UNKNOWN else texts(f"time.{result}", minutes=minutes)


def _check(correction: Correction, texts: Texts) -> str:
    return _punch(correction.check_type, correction.punched_at, texts)


def _punch(kind: CheckType, at: datetime, texts: Texts) -> str:
    return texts("receipt.title", what=check_type(kind, texts), at=texts.day_and_clock(at))


def _reason(reason: str | None, texts: Texts) -> list[str]:
    return [texts("correction.reason", reason=escape(reason, most=_SHOWN_REASON))] if reason else []


def _answer(answer: str | None, texts: Texts) -> list[str]:
    return [texts("correction.answer", answer=escape(answer, most=_SHOWN_REASON))] if answer else []


def _closed(correction: Correction, by: str, texts: Texts) -> str:
    at = texts.day_and_clock(correction.decided_at or correction.expires_at)
    state = correction.state if correction.state is not CorrectionState.ASKED else CorrectionState.EXPIRED
    return texts(f"correction.was_{state}", reference=correction.reference, by=escape(by), at=at)


def _shown(value: object, texts: Texts) -> object:
    if isinstance(value, datetime):
        return texts.day_and_clock(value)
    return value.isoformat() if isinstance(value, date) else value
