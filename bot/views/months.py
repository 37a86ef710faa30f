"""Months in words: figures, answers, locks, adjustments."""

from collections import Counter
from collections.abc import Callable, Sequence

from bot.domain.closing import MonthAnswer, PersonMonth, code_of
from bot.domain.months import Month
from bot.views.i18n import Texts
from bot.views.sentences import (
    MOST_NAMES,
    Button,
    Names,
    Reply,
    escape,
    list_names,
    reply_with_title,
    reply_without_title,
)
from bot.views.team import totals_in_words

_SHOWN_REASON = 200
_GROUPS: dict[str, Callable[[PersonMonth], bool]] = {  # what needs attention first
    "closing.of_objected": lambda one: one.answer is MonthAnswer.OBJECTED,
    "closing.of_changed": lambda one: one.answer is MonthAnswer.CHANGED,
    "closing.of_open": lambda one: one.answer is MonthAnswer.OPEN,
    "closing.of_unknown": lambda one: one.has_unknown,
    "closing.of_confirmed": lambda one: one.answer is MonthAnswer.CONFIRMED,
    "closing.of_approved": lambda one: one.is_approved,
    "closing.of_locked": lambda one: one.locked is not None,
    "closing.of_adjusted": lambda one: one.is_adjusted,
}


def to_confirm(
    mine: PersonMonth, texts: Texts, *, have_changed: bool = False, reason: str = ""
) -> Reply:
    """Show a person's month, with buttons whose words name these figures."""
    lines = [texts("closing.moved")] if have_changed else []
    lines.append(totals_in_words(mine.figures.totals, texts))
    if mine.has_unknown:
        lines.append(texts("closing.you_unknown"))
    lines.append(_answer(mine, texts))
    month = mine.figures.month
    said = {"month": name_of(month, texts), "code": code_of(mine.figures)}
    why = texts("closing.says_reason", reason=reason) if reason else ""
    buttons = [
        Button(texts("closing.confirm"), texts("closing.says_confirm", **said)),
        Button(texts("closing.object"), texts("closing.says_object", **said) + why),
    ]
    return reply_with_title(texts("closing.title", month=month), lines, buttons)


def name_of(month: Month, texts: Texts) -> str:
    """Return a month as people write it to the bot."""
    return texts("closing.name", year=month.year, number=month.number)


def own_answer(mine: PersonMonth, texts: Texts) -> Reply:
    """Say what holds after a person's answer."""
    if mine.state.locked is not None:
        return own_lock(mine, texts)
    month = str(mine.figures.month)
    lines = [_answer(mine, texts), totals_in_words(mine.figures.totals, texts)]
    return reply_with_title(texts("closing.title", month=month), lines)


def own_lock(mine: PersonMonth, texts: Texts) -> Reply:
    """Say that a person's month is locked, and what was adjusted since."""
    month = str(mine.figures.month)
    locked = mine.locked
    assert locked is not None, "the month is locked"
    lines = [texts("closing.is_locked", figures=totals_in_words(locked.totals, texts))]
    if mine.is_adjusted:
        lines.append(texts("closing.now", figures=totals_in_words(mine.figures.totals, texts)))
    return reply_with_title(texts("closing.title", month=month), lines)


def adjustment_note(found: PersonMonth, name: str, texts: Texts) -> Reply | None:
    """Tell that a change of a locked month is an adjustment, None if nothing differs.

    `name` is empty for the person.
    """
    if found.locked is None or not found.is_adjusted:
        return None
    key = "closing.adjusted_of" if name else "closing.adjusted"
    lines = [
        texts(key, month=str(found.figures.month), name=escape(name)),
        texts("closing.was", figures=totals_in_words(found.locked.totals, texts)),
        texts("closing.now", figures=totals_in_words(found.figures.totals, texts)),
    ]
    return reply_without_title("\n\n".join(lines))


def objection_note(found: PersonMonth, reason: str, name: str, texts: Texts) -> Reply:
    """Tell a lead or HR about an objection."""
    title = texts("closing.objected_of", name=escape(name), month=str(found.figures.month))
    why = texts("correction.reason", reason=escape(reason, most=_SHOWN_REASON))
    lines = [why, totals_in_words(found.figures.totals, texts)]
    return reply_with_title(title, lines)


def status(month: Month, months: Sequence[PersonMonth], names: Names, texts: Texts) -> Reply:
    """Show who has answered, and what was adjusted after a lock."""
    lines = _groups(months, names, texts)
    for one in [one for one in months if one.is_adjusted][:MOST_NAMES]:
        assert one.locked is not None, "only a locked month is adjusted"
        before = totals_in_words(one.locked.totals, texts)
        after = totals_in_words(one.figures.totals, texts)
        lines.append(
            texts("closing.adjusted_line", name=names(one.user_id), before=before, after=after)
        )
    return reply_with_title(texts("closing.title", month=month), lines)


def to_decide(
    month: Month,
    months: Sequence[PersonMonth],
    names: Names,
    button: Button,
    texts: Texts,
    *,
    have_changed: bool,
) -> Reply:
    """Show the people of a decision about all, those who need a look first."""
    lines = [texts("closing.moved")] if have_changed else []
    lines += [*_groups(months, names, texts), texts("correction.nothing_yet")]
    return reply_with_title(texts("closing.title", month=month), lines, [button])


def label(key: str, month: Month, months: Sequence[PersonMonth], texts: Texts) -> str:
    """Return the label of a button about these months: one that locks says what is not settled."""
    answers = Counter(person.answer for person in months)
    return texts(
        key,
        month=month,
        count=len(months),
        unconfirmed=answers[MonthAnswer.OPEN],
        changed=answers[MonthAnswer.CHANGED],
        objected=answers[MonthAnswer.OBJECTED],
        unknown=sum(person.has_unknown for person in months),
    )


def _groups(months: Sequence[PersonMonth], names: Names, texts: Texts) -> list[str]:
    lines = []
    for key, belongs in _GROUPS.items():
        group = [one for one in months if belongs(one)]
        if group:
            called = [names.plain(one.user_id) for one in group]
            shown = list_names(called, texts)
            lines.append(texts("team.names", what=texts(key), count=len(group), names=shown))
    return lines


def _answer(mine: PersonMonth, texts: Texts) -> str:
    match mine.answer:
        case MonthAnswer.OBJECTED:
            objection = mine.state.objected
            reason = objection.reason if objection is not None else ""
            return texts("closing.you_objected", reason=escape(reason, most=_SHOWN_REASON))
        case MonthAnswer.CONFIRMED:
            return texts("closing.you_confirmed")
        case MonthAnswer.CHANGED:
            return texts("closing.you_changed")
        case MonthAnswer.OPEN:
            return texts("closing.you_open")
