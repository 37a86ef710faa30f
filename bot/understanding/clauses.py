"""Whether a clause not all of whose words are known says how things are, or may name somebody or something.

"Kettle on" tells of the day; "big Bob" speaks to somebody, and 老板留言 announces somebody else's words.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Literal

from bot.understanding.normalise import has_han
from bot.understanding.tokens import Token
from bot.understanding.vocabulary import table, vocabulary

Shape = Literal["oneself", "things"]
_FORMS = ("ing", "ed")  # of a verb
_AGAINST = ("cites", "hedges", "company")
_ONESELF = "我俺"
_FOR = "帮替代给"
_DOUBLED = 4  # characters of 昏昏沉沉
_SHORTEST = 3  # characters of a Chinese clause that tells what is done


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(table("clauses")[kind]["en"])


@cache
def _signs(kind: str) -> tuple[str, ...]:
    return tuple(table("clauses")[kind]["zh"])


@cache
def _endings(kind: str) -> tuple[str, ...]:
    longest_first = sorted(table("clauses")[kind]["en"], key=lambda words: (-len(words), words))
    return tuple(words if words.startswith("s ") else f" {words}" for words in longest_first)  # "s up": of several


def says(clause: Sequence[Token], *, off: bool, there: bool, asked: bool) -> Shape | None:
    """Return of what a clause tells: of oneself, or of how things are; None where it may name or quote.

    `off`: beside a clock-out · `there`: another clause says that one is there, or goes · `asked`: beside
    帮我打上班卡. Else what is told beside a clock-in is over, and it is never of the way to work.
    """
    said = _said(clause)
    if misleads(clause) or (not off and not there and on_the_way(clause)):
        return None
    if has_han(said):
        return _says_chinese(said, under_way=off or asked)
    words = said.split()
    if not asked and words[-1] in _words("of_others"):
        return None  # "prices up, clocking in"
    return _says_english(words, off=off)


def misleads(clause: Sequence[Token]) -> bool:
    """Tell whether a clause quotes, is not meant so, or brings others in: "the caption", 老周那份."""
    said = _said(clause)
    soon = said.startswith("快") and not said.startswith("快递")  # 快擦完了
    return soon or _for_somebody(said) or any(_holds(said, kind) for kind in _AGAINST)


def _for_somebody(said: str) -> bool:
    """Tell whether something is done for somebody who is named: 帮李四咖啡买好了."""
    names = vocabulary().names
    return said[0] in _FOR and (said[1:2] in names.surnames or said[1:2] in names.before)


def on_the_way(clause: Sequence[Token]) -> bool:
    """Tell whether a clause may tell of the way to work, or of home: 刚洗完脸."""
    return _holds(_said(clause), "moving")


def told_of_it(clause: Sequence[Token], *, off: bool) -> bool:
    """Tell whether a clause behind a command tells how it went, or of the function: 上班打卡，修好了."""
    return _said(clause) in _signs("of_off" if off else "of_it")


def _holds(said: str, kind: str) -> bool:
    if has_han(said):
        return any(sign in said for sign in _signs(kind))
    return not _words(kind).isdisjoint(said.split())


def switched(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says of a thing nobody taught us that it is on or off: "helmet off"."""
    return not clause[0].kinds and clause[-1].words in _words("switched")


def only_names(clause: Sequence[Token]) -> bool:
    """Tell whether a clause heads a list, names people by what they do, or calls them: 今日任务, 夜班的, 快来."""
    said = _said(clause)
    if any(token.has("time") for token in clause):
        return False  # 八点五十到公司的
    if not said.endswith(_signs("names")):
        return said.startswith(_signs("calls"))
    how = said.startswith(_signs("not_names")) or (said.endswith("来的") and len(said) > _SHORTEST)
    return not (said.endswith("的") and how)  # 挺忙的, 坐地铁来的


def names_somebody(said: str) -> bool:
    """Tell whether a Chinese clause may end in who is spoken to, or where something is written: 送餐员, 便签上."""
    return said.endswith(_signs("people"))


def _said(clause: Sequence[Token]) -> str:
    between = "" if any(has_han(token.words) for token in clause) else " "
    return between.join([token.words for token in clause])


def _says_english(words: list[str], *, off: bool) -> Shape | None:
    told = words
    words = _without_trailing(words)
    if not words or words[-1] in _words("open_end"):
        return None
    first = words[0]
    if len(words) == 1:
        return "things" if off and first in _words("alone") else None
    if _of_oneself(words, off=off):
        return "oneself"
    if first in _words("i_am"):
        return None  # "I'm Anna" tells who speaks
    return "things" if _tells_of_things(words, told, off=off) else None


def _tells_of_things(words: list[str], told: list[str], *, off: bool) -> bool:
    """Tell whether words say how things are; `told` are those with what may stand behind any clause."""
    if f" {' '.join(words)}".endswith(_endings("states")):
        return True
    if words[-1] in _words("span") and not _words("rated").isdisjoint(words[:-1]):
        return True  # "long day"
    if not _words("copula").isdisjoint(words[1:-1]) or (words[0] in _words("it_is") and _tells_how(told[1:])):
        return True
    if off and (words[-1] in _words("spent") or not _words("needs").isdisjoint(words[1:-1])):
        return True
    is_short = (other for one, other in pairwise(words) if one.endswith("'s"))
    return any(other in _words("where") or other.endswith("ing") for other in is_short)


def _tells_how(words: list[str]) -> bool:
    """Tell whether it is said how it is, not who: "it's raining", "it's chilly"."""
    how = _words("rated") | _words("alone")
    return not how.isdisjoint(words) or any(word.endswith(_FORMS) for word in words)


def _without_trailing(words: list[str]) -> list[str]:
    line = f" {' '.join(words)}"
    for _ in range(2):
        end = next((end for end in _endings("trailing") if line.endswith(end)), None)
        if end is None or line == end:
            break
        line = line[: -len(end)]
    return line.split()


def _of_oneself(words: list[str], *, off: bool) -> bool:
    first, second = words[0], words[1]
    acts = _words("deeds") | _words("under_way") if off else _words("deeds")
    if any(one in _words("joins") and other in _words("i") for one, other in pairwise(words)):
        return True  # "snow day but I made it"
    if first in _words("i_am"):
        if not off and second in _words("absent"):
            return False
        moves = second.endswith(_FORMS) if off else second.endswith("ed")
        how = _words("how_one_is") | _words("alone")
        return moves or second in how or f" {second}" in _endings("states")
    if any(word.endswith("'s") for word in words[1:]) and first in acts:
        return False  # "got Dave's phone"
    if first in _words("begins"):
        return first not in _words("just") or second in acts
    return first in acts or f"{first} {second}" in acts


def _says_chinese(said: str, *, under_way: bool) -> Shape | None:
    if said.endswith("呢") and not under_way:
        return None
    if said.startswith(_signs("begins")):
        return "oneself"
    doubled = len(said) == _DOUBLED and said[0] == said[1] and said[2] == said[3]  # 昏昏沉沉
    if doubled or (said.endswith(_signs("ended")) and len(said) >= _SHORTEST):
        return "things"
    if names_somebody(said) or len(said) < _SHORTEST:
        return None
    acts = said[0] in _ONESELF or any(verb in said for verb in _signs("verbs"))
    told = under_way or said.startswith(_signs("today")) or any(sign in said for sign in _signs("done"))
    rated = any(said.find(sign, 1) > 0 for sign in _signs("degree"))
    return "things" if (acts and told) or rated else None
