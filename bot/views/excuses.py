"""Excused days as the lead and the person read them."""

from collections.abc import Sequence
from datetime import date

from bot.domain.excuses import Excuse, ExcuseState
from bot.domain.people import Employee
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.reply import Button, Reply

MOST_BUTTONS = 10
_SHOWN_REASON = 200
_SAYS = {ExcuseState.EXCUSED: "excuse.says", ExcuseState.TAKEN_BACK: "excuse.says_take_back"}
_TOLD = {ExcuseState.EXCUSED: "excuse.told", ExcuseState.TAKEN_BACK: "excuse.told_taken_back"}


def answer(
    outcome: str, people: Sequence[Employee], said: Excuse | None, by: str, texts: Texts, *, day: date
) -> Reply:
    """Return what a lead is told who excused `people` on `day` or took that back; `outcome` names the sentence.

    `said` is the last word on that day and `by` the name of who said it. What excuses can be taken back by a tap.
    """
    values: dict[str, object] = {"name": escape(people[0].name or people[0].user_id)} if people else {}
    values |= {"day": day.isoformat(), "by": escape(by), "reason": _reason(said, texts) if said else ""}
    text = texts(f"excuse.{outcome}", **values)
    holds = said is not None and said.state is ExcuseState.EXCUSED
    back = (
        Button(texts("button.unexcuse"), _says(ExcuseState.TAKEN_BACK, people[0], day, texts)) if holds else None
    )
    return Reply(text[:40], text, (back,) if back else ())


def which(people: Sequence[Employee], state: ExcuseState, day: date, reason: str, texts: Texts) -> Reply:
    """Ask which of several people of one name a lead means: each is a tap that says all the rest again."""
    text = texts("excuse.which", name=escape(people[0].name or people[0].user_id))
    why = f": {reason}" if reason else ""
    taps = (
        Button(f"{one.name} ({one.user_id})", _says(state, one, day, texts) + why) for one in people[:MOST_BUTTONS]
    )
    return Reply(text[:40], text, tuple(taps))


def whole_day(named: str, state: ExcuseState, day: date, reason: str, texts: Texts) -> Reply:
    """Say that a part of a day is not excused by itself, nor taken back: a tap says it of the whole day.

    `named` is whom the lead means, as they said it.
    """
    text = texts("excuse.whole_day", name=escape(named), day=day.isoformat())
    says = texts(_SAYS[state], name=named, day=day.isoformat())
    return Reply(text[:40], text, (Button(texts("button.whole_day"), f"{says}: {reason}" if reason else says),))


def for_person(said: Excuse, by: str, texts: Texts) -> Reply:
    """Tell somebody by whom a day of theirs was excused, or that taken back, and what that does not change."""
    values = {"day": said.work_date.isoformat(), "by": escape(by), "reason": _reason(said, texts)}
    text = texts(_TOLD[said.state], **values)
    return Reply(text[:40], text)


def _says(state: ExcuseState, one: Employee, day: date, texts: Texts) -> str:
    return texts(_SAYS[state], name=one.user_id, day=day.isoformat())


def _reason(said: Excuse, texts: Texts) -> str:
    return texts("excuse.reason", reason=escape(said.reason, most=_SHOWN_REASON)) if said.reason else ""
