"""Who and which department go by a name, among those whom the asker may see at all."""

import re
import unicodedata
from collections.abc import Sequence

from bot.domain.people import Department, Employee

# What a name ends with that says itself that it is a department's, longer ones first.
_DEPARTMENT_ENDS = ("事业部", "项目组", "部门", "团队", "中心", "小组", "部", "组", "科", "处")
_DEPARTMENT_WORDS = re.compile(r" (?:team|department|dept|group|division|unit)$")


def folded(name: str) -> str:
    """Return a name as it is compared: case, width and spacing do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def people_called(named: str, people: Sequence[Employee]) -> tuple[Employee, ...]:
    """Return the people with the user id `named`; without one, the people with that full name."""
    by_id = tuple(one for one in people if one.user_id == named)
    wanted = folded(named)
    return by_id or tuple(one for one in people if wanted and folded(one.name) == wanted)


def departments_called(named: str, departments: Sequence[Department]) -> tuple[Department, ...]:
    """Return the departments of one name: a whole name before one without its ending (研发 for 研发部)."""
    wanted = folded(named)
    whole = tuple(one for one in departments if folded(one.name) == wanted)
    found = whole or tuple(one for one in departments if stem(folded(one.name)) == stem(wanted))
    return found if len({one.name for one in found}) == 1 else ()


def stem(name: str) -> str:
    """Return a folded department name without its suffix, such as 部 or "department"."""
    ending = next((end for end in _DEPARTMENT_ENDS if name.endswith(end) and len(name) > len(end) + 1), "")
    return name.removesuffix(ending) if ending else _DEPARTMENT_WORDS.sub("", name)
