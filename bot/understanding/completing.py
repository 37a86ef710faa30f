"""Answers to an ask: messages with only the missing slot."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.actions import PunchAction, RequestCorrection
from bot.domain.quiet import DayPart
from bot.domain.sites import MOST_CHARACTERS
from bot.domain.slots import Action, Slot
from bot.understanding.days import is_days
from bot.understanding.filling import ABOUT_DAYS_AHEAD, fill_action, slots_for
from bot.understanding.gate import read_punch
from bot.understanding.slots import read_slots
from bot.understanding.vocabulary import NameIndex, fold, phrases

_ENDS = " .。!！~～,，"
_PUNCHES = ("none", "clock_in", "clock_out")
_TIMES = (*_PUNCHES, "correction", "late", "remind_set")
_FOR_DAYS = ("none", "history", "late", "summary_range")
_OF_A_DAY = frozenset({"part", "hours"})
# By slot: the most characters of an answer, the router's intents of answers (none: any intent), and
# the fields that an answer fills by their names.
_ANSWERS: Mapping[Slot, tuple[int, tuple[str, ...], frozenset[str]]] = {
    Slot.DIRECTION: (20, _PUNCHES, frozenset({"day", "direction", "times"})),
    Slot.PLACE: (60, (*_PUNCHES, "where"), frozenset()),
    Slot.TIME: (20, _TIMES, frozenset({"day", "direction", "minutes", "times"})),
    Slot.DAYS: (40, _FOR_DAYS, frozenset({"day", "days"}) | _OF_A_DAY),
    Slot.PERSON: (40, (), frozenset()),
    Slot.REASON: (MOST_CHARACTERS, (*_TIMES, "leave"), frozenset({"reason", "times"})),
    Slot.HOURS: (40, (*_TIMES, "history", "leave", "my_shift", "remind_off"), _OF_A_DAY),
}


def is_only(kind: str, text: str) -> bool:
    """Return whether a text is only a phrase of this kind, "yes" or "no"."""
    return fold(text).strip(_ENDS) in phrases(kind)


def complete(
    action: Action,
    slot: Slot,
    text: str,
    *,
    intent: str,
    today: date,
    sites: Sequence[str],
    names: NameIndex,
) -> Action | None:
    """Return the action completed by `text`, None if the text is no answer.

    `intent` is the router's intent of the text: an answer asks for nothing else. A bare name and
    bare days are an answer with any intent.
    """
    answer = text.strip(_ENDS)
    longest, answers, fields = _ANSWERS[slot]
    is_answer = not answers or intent in (*answers, action.intent)
    takes_days = slot is Slot.DAYS or isinstance(action, RequestCorrection)
    if not answer or len(answer) > longest or not (is_answer or (takes_days and is_days(answer))):
        return None
    punch = read_punch(answer, sites)
    read = read_slots(answer, today, ahead=action.intent in ABOUT_DAYS_AHEAD)
    changed: dict[str, object]
    match slot:
        case Slot.PLACE:
            changed = _place(action, read_punch(f"打卡 {answer}", sites) or punch)
        case Slot.DIRECTION if isinstance(action, PunchAction):
            changed = {"direction": punch and punch.direction}
        case Slot.PERSON:
            changed = {"person": names.person(answer)}
        case Slot.REASON if punch or read.reason is None:
            changed = {"reason": None if punch else answer}
        case Slot.HOURS if punch or read.part is DayPart.OPEN:
            changed = {}
        case _:
            is_known = getattr(action, "direction", None) is not None
            values = slots_for(type(action), read)
            filled = values.keys() & fields - ({"direction"} if is_known else set())
            changed = {name: values[name] for name in filled}
    if not any(changed.values()) or (
        slot in (Slot.DAYS, Slot.REASON) and _is_new_request(action, answer, intent, today)
    ):
        return None
    if slot is not Slot.HOURS:  # what the answer does not name stays
        changed = {name: value for name, value in changed.items() if value}
    if slot is Slot.DAYS and hasattr(action, "unclear_days"):
        changed["unclear_days"] = False
    return action.model_validate({**dict(action), **changed})


def _is_new_request(action: Action, answer: str, intent: str, today: date) -> bool:
    """Return whether a text repeats the request with slots of its own: then it is no answer."""
    if intent != action.intent:
        return False
    request = fill_action(intent, read_slots(answer, today))
    return len(request.model_dump(exclude_defaults=True)) > 1


def _place(action: Action, punch: PunchAction | None) -> dict[str, object]:
    """Return the place in a message. A message with another direction is a new request."""
    if punch is None or (punch.place is None and punch.position is None):
        return {}
    wanted = getattr(action, "direction", None)
    direction = punch.direction
    if None not in (wanted, direction) and direction is not wanted:
        return {}
    return {"direction": wanted or direction, "place": punch.place, "position": punch.position}
