"""Answers to an ask: messages with only the missing slot."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.actions import ComeLater, MyShift, PunchAction, RequestCorrection
from bot.domain.action import Action
from bot.domain.quiet import DayPart
from bot.domain.sites import MOST_WORDS
from bot.domain.slots import Days, Slot
from bot.understanding.days import is_days
from bot.understanding.filling import fill_action
from bot.understanding.gate import read_punch
from bot.understanding.slots import read_slots
from bot.understanding.vocabulary import NameIndex, fold

_YES = frozenset({
    "是", "是的", "对", "对的", "好", "好的", "行", "可以", "嗯", "嗯嗯", "确认", "确定", "没错",
    "yes", "yeah", "yep", "y", "ok", "okay", "sure", "confirm",
})  # fmt: skip
_NO = frozenset({
    "不", "不用", "不用了", "不要", "不是", "算了", "取消", "没事", "没事了", "不打了", "别", "当我没说",
    "no", "nope", "n", "no thanks", "cancel", "never mind", "nevermind", "forget it", "stop",
})  # fmt: skip
_ENDS = " .。!！~～,，"
_PUNCHES = ("none", "clock_in", "clock_out")
# By slot: the most characters of an answer, and the router's intents of answers (none: any intent).
_ANSWERS: Mapping[Slot, tuple[int, tuple[str, ...]]] = {
    Slot.DIRECTION: (20, _PUNCHES),
    Slot.PLACE: (60, (*_PUNCHES, "where", "location")),
    Slot.TIME: (20, (*_PUNCHES, "correction", "remind_set")),
    Slot.DAYS: (40, ("none", "history", "summary_range")),
    Slot.PERSON: (40, ()),
    Slot.REASON: (MOST_WORDS, (*_PUNCHES, "correction", "leave")),
    Slot.HOURS: (40, (*_PUNCHES, "history", "leave", "my_shift", "remind_off", "remind_set")),
}


def is_yes(text: str) -> bool:
    """Return whether a text is only a yes."""
    return fold(text).strip(_ENDS) in _YES


def is_no(text: str) -> bool:
    """Return whether a text is only a no."""
    return fold(text).strip(_ENDS) in _NO


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
    longest, answers = _ANSWERS[slot]
    is_answer = not answers or intent in (*answers, action.intent)
    takes_days = slot is Slot.DAYS or isinstance(action, RequestCorrection)
    if not answer or len(answer) > longest or not (is_answer or (takes_days and is_days(answer))):
        return None
    punch = read_punch(answer, sites)
    changed: dict[str, object] | None = None
    match slot:
        case Slot.DIRECTION | Slot.TIME if isinstance(action, RequestCorrection):
            changed = _correction(action, answer, today)
        case Slot.TIME if isinstance(action, ComeLater):
            slots = read_slots(answer, today)
            if slots.times or slots.minutes is not None:
                changed = {"times": slots.times, "minutes": slots.minutes}
        case Slot.DIRECTION:
            changed = _direction(action, punch)
        case Slot.PLACE:
            changed = _place(action, read_punch(f"打卡 {answer}", sites) or punch)
        case Slot.DAYS:
            days = read_slots(answer, today, ahead=not _looks_back(action)).days
            changed = None if days is None else _days(action, days)
        case Slot.PERSON:
            person = names.person(answer)
            changed = {"person": person} if person else None
        case Slot.HOURS:
            slots = read_slots(answer, today)
            is_clear = slots.hours or slots.part in (DayPart.MORNING, DayPart.AFTERNOON)
            if is_clear and punch is None:
                changed = {"part": slots.part, "hours": slots.hours}
        case Slot.REASON:
            changed = {"reason": answer} if punch is None else None
    if changed is None or (
        slot in (Slot.DAYS, Slot.REASON) and is_new_request(action, answer, intent, today)
    ):
        return None
    return action.model_validate({**dict(action), **changed})


def is_new_request(action: Action, answer: str, intent: str, today: date) -> bool:
    """Return whether a text repeats the request with slots of its own: then it is no answer."""
    if intent != action.intent:
        return False
    request = fill_action(intent, read_slots(answer, today))
    return len(request.model_dump(exclude_defaults=True)) > 1


def _direction(action: Action, punch: PunchAction | None) -> dict[str, object] | None:
    """Return the direction in a message, None without one."""
    if punch is None or punch.direction is None:
        return None
    return {"check_type" if hasattr(action, "check_type") else "direction": punch.direction}


def _place(action: Action, punch: PunchAction | None) -> dict[str, object] | None:
    """Return the place in a message, None if the message names another direction: then it is a new
    request.
    """
    if punch is None or (punch.place is None and punch.position is None):
        return None
    wanted = getattr(action, "direction", None)
    direction = punch.direction
    if None not in (wanted, direction) and direction is not wanted:
        return None
    return {"direction": wanted or direction, "place": punch.place, "position": punch.position}


def _correction(action: RequestCorrection, answer: str, today: date) -> dict[str, object] | None:
    """Return the time or the direction in a message, with its day."""
    slots = read_slots(answer, today)
    changed: dict[str, object] = {}
    if slots.times:
        changed["times"] = slots.times
    if slots.days is not None and slots.days.is_one:
        changed["day"] = slots.days.first
    if action.direction is None and slots.direction is not None:
        changed["direction"] = slots.direction
    return changed or None


def _days(action: Action, days: Days) -> dict[str, object] | None:
    is_clear = {"unclear_days": False} if hasattr(action, "unclear_days") else {}
    if hasattr(action, "days"):
        return {"days": days, **is_clear}
    return {"day": days.first, **is_clear} if days.is_one else None


def _looks_back(action: Action) -> bool:
    """Return whether an action is about past days: a make-up punch, or a question except about
    shifts.
    """
    return not (action.changes or isinstance(action, MyShift)) or action.intent == "correction"
