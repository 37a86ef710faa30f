"""Questions known by the whole of their wording: of somebody's lateness, of leave, for a next page. Pure."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from bot.understanding.words.cues import cue, phrases_of, words_of
from bot.understanding.words.marks import find_page
from bot.understanding.words.normalise import has_han, normalise
from bot.understanding.words.shapes import read_shape
from bot.understanding.words.tokens import Token, tokenise_as

_WHY = ("asks_why", "counted_late", "asked_day", "no_name", "name_begins")
_HOW_LATE = ("asks_how_late", "been_late", "late_by", "asked_day", "no_name", "name_begins")
_WHY_ABSENT = ("asks_why", "asks_why_not", "not_there", "there_now", "asked_day", "no_name", "name_begins")
_LEAVE = ("asks_openly", "way_to", "leave_request", "leave_word", "requesting", "asks_along")
_REQUESTS = (
    "shows", "own_open", "all_of_them", "make_up", "made_up", "requested", "in_a_list", "my_or_all", "of_ones_own",
    "still_open", "page_sign", "page_end",
)  # fmt: skip
_ASKS_WHY, _ASKS_HOW_LATE, _LATE_BY = cue("asks_why"), cue("asks_how_late"), cue("late_by")
_ABSENT = (cue("not_there"), cue("asks_why_not"))
_LATE_OR_OFTEN, _MAKE_UP, _REQUESTED = cue("late_or_often"), cue("make_up"), cue("requested")
_Turn = Literal["next", "before", "last"]
_TURNS: tuple[tuple[_Turn, frozenset[str]], ...] = (
    ("next", words_of("next_page")), ("before", words_of("page_before")), ("last", words_of("last_page")),
)  # fmt: skip
_GOES_TO = words_of("goes_to_page")
_LAST_SIGNS = " \n?.!。"
_LONGEST = 150  # characters of a message that is nothing but such a question
_MOST_FIGURES = 3  # of the number of a page


class AskedOf(NamedTuple):
    """A question about somebody else: `why` or how `late`, or why not `in`; `whose` is the name with the days."""

    what: Literal["why", "late", "in"]
    whose: str


def asked_of_somebody(text: str) -> AskedOf | None:
    """Return the question about somebody's lateness or absence that is all a message says, else None."""
    if len(text) > _LONGEST:
        return None
    lowered = " ".join(text.lower().split())
    if any(absent.may_stand_in(lowered) for absent in _ABSENT):
        found = _read(text, _WHY_ABSENT, "why_absent")
        return None if found is None else AskedOf("in", _whose(text, found))
    if not _LATE_OR_OFTEN.may_stand_in(lowered):
        return None
    if _ASKS_WHY.may_stand_in(lowered) and (found := _read(text, _WHY, "why_late")) is not None:
        return AskedOf("why", _whose(text, found))
    asks_how = _ASKS_HOW_LATE.may_stand_in(lowered) or _LATE_BY.may_stand_in(lowered)
    if asks_how and (found := _read(text, _HOW_LATE, "how_late")) is not None:
        return AskedOf("late", _whose(text, found))
    return None


def asks_how_to_take_leave(text: str) -> bool:
    """Tell whether a message asks how or where leave is requested, and nothing else."""
    return len(text) <= _LONGEST and _read(text, _LEAVE, "asks_for_leave") is not None


def page_asked(text: str) -> int | _Turn | None:
    """Return which page a message asks for, not saying of what: "next page", 上一页, "page 2"; else None.

    `last` may be the final one or the one before.
    """
    if len(text) > _LONGEST:
        return None
    said = normalise(text).folded.strip(_LAST_SIGNS)
    page = find_page(said)
    if page is None:
        return next((turn for turn, words in _TURNS if said in words), None)
    before, behind = said[: page.start].strip(), said[page.end :].strip()
    return int(page.value) if not behind and (not before or before in _GOES_TO) else None


def page_of_requests(text: str) -> int | None:
    """Return which page of the open make-up requests a message asks for, None for any other message."""
    if len(text) > _LONGEST:
        return None
    lowered = text.lower()
    if not (_REQUESTED.may_stand_in(lowered) or _MAKE_UP.may_stand_in(lowered)):
        return None
    found = _read(text, _REQUESTS, "open_requests")
    if found is None:
        return None
    number = next((token.words for token in found["number"]), "")
    if not number:
        return None if found["page_sign"] else 1
    is_page = number.isdecimal() and len(number) <= _MOST_FIGURES and found["page_sign"]
    return max(1, int(number)) if is_page else None


def _read(text: str, cues: Sequence[str], shape: str) -> Mapping[str, Sequence[Token]] | None:
    """Return what stands for the parts of the shape that the whole of a text has, None where it has another."""
    folded = normalise(text).folded.rstrip(_LAST_SIGNS)
    return read_shape(tokenise_as(folded, phrases_of(*cues)), shape)


def _whose(text: str, found: Mapping[str, Sequence[Token]]) -> str:
    shown = normalise(text).shown
    name, days = (found[part] for part in ("name", "asked_day"))
    day = shown[days[0].start : days[-1].end] if days else ("今天" if has_han(text) else "today")
    return f"{shown[name[0].start : name[-1].end]} {day}"
