"""The people and departments in a text, written exactly as in the directory."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.understanding.vocabulary import fold

_SUFFIX = re.compile("(?:部门|部|组| team| department)$")


class Named(NamedTuple):
    """The people of a text: user ids, department ids, and names that several people share."""

    users: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    shared_names: tuple[str, ...] = ()


class NameIndex:
    """The names of an organisation, indexed for finding them in texts."""

    def __init__(self, people: Mapping[str, Sequence[str]], departments: Mapping[str, str] | None = None) -> None:
        """`people` are the user ids of each name, `departments` the id of each.

        研发 and engineering are enough for 研发部 Engineering.
        """
        self._entries: dict[str, Named] = {}
        for name, department in (departments or {}).items():
            for form in _forms(fold(name)):
                known = self._entries.get(form, Named()).departments
                self._entries[form] = Named(departments=(*known, department))
        for name, users in people.items():
            self._entries[fold(name)] = (
                Named(users=(users[0],)) if len(users) == 1 else Named(shared_names=(name,))
            )
            self._entries.update((fold(user), Named(users=(user,))) for user in users)
        self._lengths: dict[str, list[int]] = {}  # of the names that begin with a character, the longest first
        for first, length in sorted({(form[0], len(form)) for form in self._entries if form}, reverse=True):
            self._lengths.setdefault(first, []).append(length)

    def read(self, text: str) -> Named:
        """Return the people named in a text; the longest name wins. A Latin name is a word of its own."""
        said = fold(text)
        found = list(dict.fromkeys(self._entries[said[start:end]] for start, end in self._find(said)))
        return Named(
            tuple(user for named in found for user in named.users),
            tuple(department for named in found for department in named.departments),
            tuple(name for named in found for name in named.shared_names),
        )

    def without_names(self, text: str, mark: str = "") -> str:
        """Return a folded text with a mark in place of each name in it."""
        return self._with(mark, text, people_only=False)

    def with_one_name(self, name: str, text: str) -> str:
        """Return a folded text with `name` in place of each person's name."""
        return self._with(name, text, people_only=True)

    def _with(self, name: str, text: str, *, people_only: bool) -> str:
        said, at, rest = fold(text), 0, ""
        for start, end in self._find(said):
            if people_only and self._entries[said[start:end]].departments:
                continue
            rest, at = rest + said[at:start] + name, end
        return rest + said[at:]

    def exact(self, text: str) -> Named:
        """Return the people with the whole text as name or user id."""
        return self._entries.get(fold(text), Named())

    def _find(self, said: str) -> Iterator[tuple[int, int]]:
        at = 0
        while at < len(said):
            ends = (at + length for length in self._lengths.get(said[at], ()))
            end = next((end for end in ends if said[at:end] in self._entries and _is_whole(said, at, end)), None)
            if end is not None:
                yield at, end
            at = end or at + 1


def _forms(name: str) -> set[str]:
    """Return the short forms of a folded department name: whole, Chinese or Latin part, without 部."""
    parts = {name, *(part.strip() for part in re.findall("[\u4e00-\u9fff]+|[a-z][a-z0-9 &-]+", name))}
    return {form for part in parts for form in (part, _SUFFIX.sub("", part)) if len(form) > 1}


def _is_whole(said: str, start: int, end: int) -> bool:
    """Tell whether no Latin word or number is cut at either end."""
    return not any(re.fullmatch("[a-z0-9]{2}", said[at - 1 : at + 1]) for at in (start, end) if 0 < at < len(said))
