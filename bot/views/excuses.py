"""Excused days as the lead and the person read them."""

from collections.abc import Sequence
from datetime import date

from bot.actions import Excuse as ExcuseAction
from bot.domain.excuses import Excuse, ExcuseState
from bot.domain.people import Employee
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.reply import Button, Reply

MOST_BUTTONS = 5
_SHOWN_REASON = 200
_TOLD = {ExcuseState.EXCUSED: "excuse.told", ExcuseState.TAKEN_BACK: "excuse.told_taken_back"}


def answer(
    outcome: str, people: Sequence[Employee], said: Excuse | None, by: str, texts: Texts, *, day: date
) -> Reply:
    """Return what a lead is told who excused `people` on `day` or took that back; `outcome` names the sentence.

    `said` is the last word on that day, `by` the name of its author. An excuse can be taken back by a button.
    """
    values: dict[str, object] = {"name": escape(people[0].name or people[0].user_id)} if people else {}
    values |= {"day": day.isoformat(), "by": escape(by), "reason": _reason(said, texts) if said else ""}
    text = texts(f"excuse.{outcome}", **values)
    holds = said is not None and said.state is ExcuseState.EXCUSED
    back = ExcuseAction(excused=False, person=people[0].user_id, day=day) if holds else None
    return Reply(text[:40], text, (Button(texts("button.unexcuse"), action=back),) if back else ())


def shown(action: ExcuseAction, who: Employee, texts: Texts) -> Reply:
    """Show whom and which day is meant before it counts."""
    assert action.day is not None, "the handler names the day"
    why = texts("excuse.reason", reason=escape(action.reason, most=_SHOWN_REASON)) if action.reason else ""
    key = "excuse.shown" if action.excused else "excuse.shown_take_back"
    text = texts(key, name=escape(who.name or who.user_id), day=action.day.isoformat(), reason=why)
    exact = action.model_copy(update={"person": who.user_id})
    return Reply(text[:40], text, (Button(texts("button.confirm"), action=exact, sure=True),))


def which(action: ExcuseAction, people: Sequence[Employee], texts: Texts) -> Reply:
    """Ask which of several people of one name a lead means."""
    text = texts("excuse.which", name=escape(people[0].name or people[0].user_id))
    buttons = (
        Button(f"{one.name} ({one.user_id})", action=action.model_copy(update={"person": one.user_id}))
        for one in people[:MOST_BUTTONS]
    )
    return Reply(text[:40], text, tuple(buttons))


def for_person(said: Excuse, by: str, texts: Texts) -> Reply:
    """Tell somebody by whom a day of theirs was excused, or that taken back, and what that does not change."""
    values = {"day": said.work_date.isoformat(), "by": escape(by), "reason": _reason(said, texts)}
    text = texts(_TOLD[said.state], **values)
    return Reply(text[:40], text)


def _reason(said: Excuse, texts: Texts) -> str:
    return texts("excuse.reason", reason=escape(said.reason, most=_SHOWN_REASON)) if said.reason else ""
