"""Who and which department go by a name, among those whom the asker may see at all."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from bot.domain.people import Department, Employee

T = TypeVar("T")

NEAR = 0.5  # of 1, for letters in the same order: one of two characters of a Chinese name
NEAR_LATIN = 0.7
MOST_NEAR = 3
MOST_COMPARED = 2_000  # people; of more only exact names are found
# What a name ends with that says itself that it is a department's, longer ones first.
DEPARTMENT_ENDS = ("事业部", "项目组", "部门", "团队", "中心", "小组", "班组", "部", "组", "科", "处")
_JOINS = re.compile(r"\s*(?:[、,，;；/&+]|以及|还有|和|与|跟|及)\s*|,?\s+and\s+", re.I)
DEPARTMENT_WORDS = frozenset({"team", "department", "dept", "group", "division", "unit", "crew"})


def folded(name: str) -> str:
    """Return a name as it is compared: case, width and spacing do not count, look-alike letters do."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def names_joined(written: str) -> tuple[str, ...]:
    """Return the names that are written as one: 李娜和赵磊, "Hana and Tom"; a single one as it is."""
    return tuple(name for name in (part.strip() for part in _JOINS.split(written)) if name)


def joined_in(said: str, names: Sequence[str]) -> str | None:
    """Return the part of a message that names all of `names`, joined by nothing but an "and"; None without one."""
    places = sorted((said.casefold().find(name.casefold()), len(name)) for name in names)
    if places[0][0] < 0 or len(said.casefold()) != len(said):
        return None
    ends = [begin + length for begin, length in places]
    between = [said[end:begin] for end, (begin, _) in zip(ends, places[1:], strict=False)]
    joined = all(_JOINS.fullmatch(one) for one in between)
    return said[places[0][0] : ends[-1]] if joined else None


def people_called(named: str, people: Sequence[Employee], said: str = "") -> tuple[Employee, ...]:
    """Return those of `people` who go by `named`: a user id goes first, a whole name before words of it.

    `said` is the message it was read from: where that holds a longer name around it, that one is meant.
    """
    wanted = folded(named)
    by_id = tuple(one for one in people if one.user_id == named)
    if by_id or not wanted:
        return by_id
    longer = _longest(wanted, folded(said), ((one.name, one) for one in people))
    if longer:
        return longer
    by_name = tuple(one for one in people if folded(one.name) == wanted)
    if by_name:
        return by_name
    return tuple(one for one in people if _is_part(wanted, folded(one.name)) or wanted == folded(one.user_id))


def departments_called(named: str, departments: Sequence[Department], said: str = "") -> tuple[Department, ...]:
    """Return the departments that go by `named`, several only of one name: whole names before parts of them.

    研发 and 研发部 are the same where only one of them exists, as are "engineering" and "Engineering Team".
    """
    wanted = folded(named)
    if not wanted:
        return ()
    longer = _longest(wanted, folded(said), ((one.name, one) for one in departments))
    by_name = [one for one in departments if folded(one.name) == wanted]
    by_stem = [
        one for one in departments if wanted == _stem(folded(one.name)) or _stem(wanted) == folded(one.name)
    ]
    by_word = [one for one in departments if _is_part(wanted, folded(one.name))]
    found = longer or by_name or by_stem or by_word
    return tuple(found) if len({one.name for one in found}) == 1 else ()


def people_near(named: str, people: Sequence[Employee]) -> tuple[Employee, ...]:
    """Return the few whose name is nearest to what was written, the nearest first; none of a crowd."""
    wanted = folded(named)
    if not wanted or len(people) > MOST_COMPARED:
        return ()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    close = NEAR_LATIN if wanted.isascii() else NEAR
    found: list[tuple[float, str, Employee]] = []
    for one in people:
        name = folded(one.name)
        ratios = [0.0]
        for form in {name, *name.split()}:
            matcher.set_seq1(form)
            if matcher.real_quick_ratio() >= close:
                ratios.append(matcher.ratio())
        if max(ratios) >= close:
            found.append((-max(ratios), one.user_id, one))
    return tuple(one for _, _, one in sorted(found, key=lambda entry: entry[:2])[:MOST_NEAR])


def _is_part(wanted: str, name: str) -> bool:
    """Tell whether a name holds `wanted` as whole words, side by side."""
    return f" {wanted} " in f" {name} "


def _longest(wanted: str, said: str, named: Iterable[tuple[str, T]]) -> tuple[T, ...]:
    """Return those with the longest name that holds `wanted` and more, and that was `said` as a whole."""
    if not said:
        return ()
    inside = [(name, one) for full, one in named if wanted in (name := folded(full)) and _stands_in(name, said)]
    most = max((len(name) for name, _ in inside), default=0)
    return tuple(one for name, one in inside if len(name) == most) if most > len(wanted) else ()


def _stands_in(name: str, said: str) -> bool:
    """Tell whether a name was said; of one in Latin letters no letter may go on before or behind it."""
    at = said.find(name)
    while at >= 0:
        before, after = said[at - 1 : at], said[at + len(name) : at + len(name) + 1]
        if not (_joins(before, name[0]) or _joins(name[-1], after)):
            return True
        at = said.find(name, at + 1)
    return False


def _joins(one: str, other: str) -> bool:
    return one.isascii() and other.isascii() and one.isalnum() and other.isalnum()


def _stem(name: str) -> str:
    """Return a department's name without the word that says that it is one."""
    words = name.split()
    if len(words) > 1 and words[-1] in DEPARTMENT_WORDS:
        return " ".join(words[:-1])
    return next((name.removesuffix(end) for end in DEPARTMENT_ENDS if name.endswith(end) and name != end), name)
