"""Whether a clause beside a command says that a known thing is ready, or may name somebody or something.

"Kettle on" tells of the day; "Mark sent" may be a name, "slide two ready" a list, 老板发了 somebody else's words.
"""

import re
from collections.abc import Sequence
from functools import cache

from bot.understanding.words.cues import Cue
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import Token
from bot.understanding.words.vocabulary import table, vocabulary

_AGAINST = ("cites", "hedges", "company")
_LONGEST = 16  # characters of a Chinese clause that tells of things
_SHORTEST = 3  # characters of a Chinese clause that tells what is done


@cache
def _cue(kind: str) -> Cue:
    listed = table("clauses")[kind].values()
    return Cue(word for words in listed for word in words)


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(table("clauses")[kind]["en"])


@cache
def _signs(kind: str) -> tuple[str, ...]:
    return tuple(table("clauses")[kind]["zh"])


@cache
def _endings(kind: str) -> tuple[str, ...]:
    return tuple(f" {words}" for words in table("clauses")[kind]["en"])


def is_known_telling(clause: Sequence[Token], *, off: bool) -> bool:
    """Tell whether a clause says that a known thing is ready or dealt with, or how the day is, in known words.

    "kettle on", "just parked", 电脑开了 · "busy morning", 外面好冷. `off`: beside a clock-out.
    """
    said = _said(clause)
    if not off and _cue("closing").within(said):
        return False  # the door that is locked may be the one at home
    things = ("things", "work") if off else ("things",)
    if has_han(said):
        frames = (_chinese_frame(things), _chinese_degree())
        return len(said) <= _LONGEST and any(frame.fullmatch(said) for frame in frames)
    words = [word for word in said.split() if word not in _words("fillers")]
    if len(words) > 1 and words[-1] in _words("spans") and _words("rated").issuperset(words[:-1]):
        return True
    if off and words and _words("going").issuperset(words) and words[-1] not in _words("open"):
        return True
    tail = f" {' '.join(words)}"
    state = next((end for end in _endings("states") if tail.endswith(end)), None)
    if state is not None and _are_things(tail[: -len(state)].split(), things):
        return True
    deed = next((deed for deed in table("clauses")["deeds"]["en"] if f"{tail} ".startswith(f" {deed} ")), None)
    if deed is None:
        return False
    rest = words[len(deed.split()) :]
    return _are_things(rest, things) or (not rest and deed in _words("alone") and _cue("starts").opens(said))


def _are_things(words: Sequence[str], kinds: Sequence[str]) -> bool:
    return bool(words) and all(any(word.removesuffix("'s") in _words(kind) for kind in kinds) for word in words)


@cache
def _chinese_frame(kinds: Sequence[str]) -> re.Pattern[str]:
    thing = "|".join(sign for kind in kinds for sign in _signs(kind))
    deed = _either("deeds")
    starts, between, over, now_so = map(_either, ("starts", "between", "over", "now_so"))
    dealt_with = f"(?:{thing}){{1,2}}{between}?{deed}(?:{over}{now_so}?|{now_so})"
    dealing = f"{deed}{over}(?:{now_so}(?:{thing})|(?:{thing}){now_so})"
    return re.compile(f"{starts}{{0,2}}(?:{dealt_with}|{dealing})")


def _either(kind: str) -> str:
    return f"(?:{'|'.join(_signs(kind))})"


@cache
def _chinese_degree() -> re.Pattern[str]:
    when, rated, degree, how, end = map(_either, ("rated_when", "spans", "degrees", "rated_so", "rated_end"))
    return re.compile(f"{when}?{rated}{{1,2}}{degree}{how}{end}?")


def misleads(clause: Sequence[Token]) -> bool:
    """Tell whether a clause quotes, is not meant so, or brings others in: "the caption", 老周那份."""
    said = _said(clause)
    soon = _cue("soon").opens(said) and not _cue("not_soon").opens(said)  # 快擦完了
    return soon or _for_somebody(said) or any(_cue(kind).within(said) for kind in _AGAINST)


def _for_somebody(said: str) -> bool:
    """Tell whether something is done for somebody who is named: 帮李四咖啡买好了."""
    names = vocabulary().names
    return _cue("on_behalf").opens(said) and (said[1:2] in names.surnames or said[1:2] in names.before)


def may_be_elsewhere(clause: Sequence[Token]) -> bool:
    """Tell whether a clause of known words may tell that one is not at work, or speak to others."""
    said = _said(clause)
    return said in _cue("doubtful") or _cue("absent").within(said)


def locks_up(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says of a door, a window or the lights that they are shut: 门锁了, "door locked"."""
    said = _said_apart(clause)
    return _cue("behind_one").within(said) and _cue("closing").within(said)


def on_the_way(clause: Sequence[Token]) -> bool:
    """Tell whether a clause may tell of the way to work, or of home: 刚洗完脸."""
    return _cue("moving").within(_said(clause))


def told_of_it(clause: Sequence[Token], *, off: bool) -> bool:
    """Tell whether a clause behind a command tells how it went, or of the function: 上班打卡，修好了."""
    return _said(clause) in _cue("of_off" if off else "of_it")


def switched(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says of a thing nobody taught us that it is on or off: "helmet off"."""
    return not clause[0].kinds and clause[-1].words in _words("switched")


def only_names(clause: Sequence[Token]) -> bool:
    """Tell whether a clause heads a list, names people by what they do, or calls them: 今日任务, 夜班的, 快来."""
    said = _said(clause)
    if any(token.has("time") for token in clause):
        return False  # 八点五十到公司的
    if not _cue("names").ends(said):
        return _cue("calls").opens(said)
    how = _cue("named_not").opens(said) or (said.endswith("来的") and len(said) > _SHORTEST)
    return not (said.endswith("的") and how)  # 挺忙的, 坐地铁来的


def names_a_shift(clause: Sequence[Token]) -> bool:
    """Tell whether an English clause is the name of a shift, which "clock out please" may call: "night shift"."""
    words = _said(clause).split()
    return len(words) == 2 and words[1] == "shift" and words[0] not in _words("rated")


def _said_apart(clause: Sequence[Token]) -> str:
    """Return what a clause says with the words of its tokens apart: "door locked"."""
    return " ".join(token.words for token in clause)


def _said(clause: Sequence[Token]) -> str:
    between = "" if any(has_han(token.words) for token in clause) else " "
    return between.join([token.words if between else token.words.replace(" ", "") for token in clause])
