"""The gate: a closed grammar, and the only code that may punch without a button. It knows each word
of a punch.

It splits a message at its signs into parts, and each part into words of words.txt. A character
outside all words closes the gate. The kinds of words must form an allowed shape, and all directions
must agree. Unknown words may stand only in a marked reason.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from bot.actions import PunchAction
from bot.domain.shifts import CheckType
from bot.domain.sites import TYPED_POSITION
from bot.domain.slots import TypedPosition
from bot.understanding.vocabulary import (
    LETTERS,
    POSITION,
    cut_into_words,
    fold,
    phrases,
    shape_pattern,
)

_LONGEST = 120  # characters of a plain punch
_EMOJI = re.compile(
    "[\U0001f300-\U0001f37f\U0001f380-\U0001f393\U0001f600-\U0001f640\u2600\u2615\u2665\u2764\u263a"
    "\U0001f4aa\U0001f44b\U0001f44d\U0001f64f\ufe0f\U0001f3fb-\U0001f3ff]"
)
# no colon, which ends a heading; no ~~, which strikes out
_SIGNS = re.compile(r"[,。!]+|\.(?= |$)|(?<!~)~(?!~)")
_REASON = re.compile(
    r"(?P<rest>.*?)[\s,;。]+(?:原因|备注|理由|事由|reason|note|remark) ?: ?(?P<reason>.{1,60})"
)
_FIELD_WORK = re.compile(r"(?P<rest>.*?(?:外勤|外出|出差|field work).*?) ?: ?(?P<reason>.{1,60})")
# Shapes: "-" is a space, "_" an optional space, [a b] a word of one of these kinds.
_BEFORE = "(?: [hello helloall bye byeall bot] - )*"
_AFTER = "(?: -[hello bye byeall bot] | _[polite please now today] )*"
_AT = "(?: [at label]?_place | [at label]_work | home | located )"
_DONE = "[le la]"
_STATEMENTS = (
    f"me?_(?:(?: [here leaving]{_DONE}? | [arrive go]{_DONE} | reach_(?:[place work]_)?{_DONE}"
    f" | came_(?:[place work]_)?{_DONE}? | reached_[place work] )_){{1,2}}"
)
_PUNCH = "outside?_[punch punchin punchout askin askout]_[la particle]?"
# A circumstance does not punch by itself.
_CIRCUMSTANCE = shape_pattern(f"me?_{_AT} | [arrive go] | [ready finished][le la]?")
_COURTESY = shape_pattern("(?: [hello helloall bye byeall bot polite please]_ )+")
_STATEMENT = shape_pattern(f"{_BEFORE}{_STATEMENTS}{_AFTER}")
_COMMAND = shape_pattern(
    f"{_BEFORE}(?:{_STATEMENTS}-)?now?_[me want]?_now?_[forme polite please]?_"
    f"(?:{_AT}_)?{_PUNCH}(?:_{_PUNCH})?(?: -{_AT} | _at?_place | _at_work | -{_STATEMENTS} )?{_AFTER}"
)
_IN = shape_pattern("[punchin askin here arrive reach reached came ready]")
_OUT = shape_pattern("[punchout askout leaving go finished bye byeall]")
_PLACE = shape_pattern("[place work located]")
# With one of these only the sender can be meant.
_FIRST_PERSON = shape_pattern("[askin askout here arrive go reach reached came forme me want]")
_APPEAL = shape_pattern("please_[punchin punchout]")  # "please clock in" is said to others


def read_punch(text: str, sites: Sequence[str] = ()) -> PunchAction | None:
    """Return the punch that a message plainly states, or None.

    Its place is one of `sites`, names and aliases.
    """
    if len(text) > _LONGEST or POSITION in text:  # nobody types the mark of a position
        return None
    folded, reason = _take_reason(fold(_EMOJI.sub("", text)))
    folded, position = take_position(folded)
    if reason is not None and not _is_harmless(reason):
        return None
    names = _sites_by_fold(tuple(sites))
    shapes: list[str] = []
    place: str | None = None
    for part in filter(None, map(str.strip, _SIGNS.split(folded))):
        words = cut_into_words(part, names)
        if words is None:
            return None
        shapes.append("".join(map(attrgetter("kind"), words)))
        for word in words:
            place = place or names.get(word.text)
    if not _is_one_punch(shapes):
        return None
    shape = " ".join(shapes)
    return PunchAction(
        direction=_direction(shape),
        place=place,
        position=position,
        by_location=LETTERS["located"] in shape,
        outside=LETTERS["outside"] in shape,
        reason=reason and re.split("[:：]", text)[-1].strip(),  # a reason has no colon
    )


def _is_one_punch(shapes: Sequence[str]) -> bool:
    """Return whether the parts together are one punch of the sender."""
    acts = [shape for shape in shapes if _COMMAND.fullmatch(shape) or _STATEMENT.fullmatch(shape)]
    sides = [
        shape for shape in shapes if _CIRCUMSTANCE.fullmatch(shape) or _COURTESY.fullmatch(shape)
    ]
    whole = " ".join(shapes)
    return (
        1 <= len(acts) <= 3
        and len(acts) + len(sides) == len(shapes)
        and len(_PLACE.findall(whole)) <= 1
        and not (_IN.search(whole) and _OUT.search(whole))
        and not _APPEAL.search(whole)
        # "all, clock in" is said to others too
        and (LETTERS["helloall"] not in whole or _FIRST_PERSON.search(whole) is not None)
    )


def _direction(shape: str) -> CheckType | None:
    if _IN.search(shape):
        return CheckType.ON_DUTY
    return CheckType.OFF_DUTY if _OUT.search(shape) else None


def _take_reason(folded: str) -> tuple[str, str | None]:
    """Split a folded text into the part before a marked reason, and the reason."""
    if (match := _REASON.fullmatch(folded)) is not None:
        return match["rest"], match["reason"]
    field_work = _FIELD_WORK.fullmatch(folded)
    if field_work is None or not field_work["reason"].startswith(tuple(phrases("activity"))):
        return folded, None
    return field_work["rest"], field_work["reason"]


def _is_harmless(reason: str) -> bool:
    """Return whether no word of a reason may cancel the punch, delay it, or give it to somebody
    else.
    """
    vetoes = phrases("veto")
    if not vetoes.isdisjoint(re.findall("[a-z']+", reason)):
        return False
    signs = {word for word in vetoes if not word[0].isascii()} | {":", "?"}
    return not any(sign in reason for sign in signs)


def take_position(folded: str) -> tuple[str, TypedPosition | None]:
    """Replace a position by its mark.

    Numbers that may be times or dates stay, and close the gate.
    """
    match = TYPED_POSITION.search(folded)
    if match is None:
        return folded, None
    latitude = float(match[1])
    longitude = float(match[2])
    is_exact = len(match[1].partition(".")[2]) > 2
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    if not is_on_earth or not (is_exact or abs(longitude) >= 25):
        return folded, None
    position = TypedPosition(latitude=latitude, longitude=longitude)
    return folded[: match.start()] + POSITION + folded[match.end() :], position


@lru_cache(maxsize=8)
def _sites_by_fold(sites: tuple[str, ...]) -> dict[str, str]:
    return {fold(site): site for site in sites}
