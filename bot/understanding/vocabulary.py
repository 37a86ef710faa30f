"""One spelling for texts and numbers, the words of the gate, and names."""

import re
import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import product
from pathlib import Path
from string import ascii_letters
from typing import NamedTuple

from opencc import OpenCC

LONGEST = 300  # characters; the rest of a message is ignored
POSITION = "\0"  # replaces coordinates in a text; it counts as a place
_KINDS = (
    "hello helloall bye byeall bot polite please forme me want now today particle la le at "
    "label work place home located punch outside punchin punchout askin askout here came "
    "arrive reach reached leaving go ready finished"
)
# one letter for each kind of words
LETTERS = dict(zip(_KINDS.split(), ascii_letters, strict=False))
# kinds of words that no punch has
_OTHERS = frozenset({"activity", "veto", "yes", "no", "noname"})
# `\b` also ends an English word before a Chinese character
word_pattern: Callable[[str], re.Pattern[str]] = partial(re.compile, flags=re.ASCII)
_SPACES = re.compile(r"\s+")
_APOSTROPHES = str.maketrans("’‘`´", "''''")
_PART = re.compile(r"\(([^)]*)\)\??|([^(?])\?|([^(?]+?(?=\(|[^(]\?|$))")


@lru_cache(maxsize=256)  # one message is folded some ten times
def fold(text: str) -> str:
    """Return the beginning of a text in simplified characters and one spelling.

    Line breaks become commas.
    """
    one_line = text[:LONGEST].strip().replace("\n", ",")
    plain = unicodedata.normalize("NFKC", one_line)[:LONGEST].casefold()
    if not plain.isascii():
        plain = _simplifier().convert(plain).translate(_APOSTROPHES)
    return _SPACES.sub(" ", plain).strip()


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


class Word(NamedTuple):
    """A word with the letter of its kind.

    A word that stands for several words has several letters.
    """

    kind: str
    text: str


def shape_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of kinds: "-" is a space, "_" an optional space."""
    letters = re.sub("[a-z]{2,}", lambda kind: LETTERS[kind[0]], pattern)
    return re.compile(letters.replace(" ", "").replace("-", " ").replace("_", " ?"))


def cut_into_words(part: str, places: Container[str]) -> list[Word] | None:
    """Cut a folded text into the longest known words. Return None if a part is unknown."""
    kinds = _kinds()
    words = list[Word]()
    at = 0
    while at < len(part):
        for end in range(len(part), at, -1):
            text = part[at:end]
            kind = LETTERS["place"] if text in places or text == POSITION else kinds.get(text)
            if kind is not None and not _is_inside_word(part, end):
                break
        else:
            return None
        words.append(Word(kind, text))
        at = end
    return words


def phrases(kind: str) -> frozenset[str]:
    """Return the phrases of a kind."""
    return _vocabulary()[kind]


@cache
def _kinds() -> dict[str, str]:
    """Return the letters of each phrase that may stand in a punch."""
    letters = {" ": " "}
    for kinds in _vocabulary().keys() - _OTHERS:
        letters |= dict.fromkeys(phrases(kinds), "".join(map(LETTERS.__getitem__, kinds.split())))
    return letters


@cache
def _vocabulary() -> dict[str, frozenset[str]]:
    vocabulary: dict[str, frozenset[str]] = {}
    for line in (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kinds, listed = line.split(": ", 1)
            spellings = map(_spellings, listed.split(", "))
            vocabulary[kinds] = vocabulary.get(kinds, frozenset()).union(*spellings)
    return vocabulary


def _spellings(phrase: str) -> Iterator[str]:
    """Expand the choices and optional parts of a phrase."""
    parts = (
        (part[1] or part[2] or part[3]).split("|") + [""] * part[0].endswith("?")
        for part in _PART.finditer(phrase)
    )
    return map("".join, product(*parts))


_SIGNS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_VALUES = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "forty-five": 45, "fifty": 50,
}  # fmt: skip
_CHINESE = "[零〇一二两三四五六七八九十]+"
_COUNTED = re.compile(
    rf"(?<![周期拜零〇一二两三四五六七八九十]){_CHINESE}(?=个?[年月日号天周点时刻分小钟季星礼]|$|[^\u4e00-\u9fff])"
    rf"|(?<=[点月年差过提前去]){_CHINESE}"
)
_ENGLISH = "|".join(sorted(_VALUES, key=len, reverse=True))
_UNIT = r"(?= (?:more )?(?:days?|weeks?|months?|minutes?|mins?|hours?|o'clock|past|to)\b)"
_SPELLED = word_pattern(
    rf"(?<!half )(?<!of )\b(?:{_ENGLISH})\b{_UNIT}|(?:(?<=past )|(?<=quarter to )|(?<=at ))"
    rf"(?!an?\b)(?:{_ENGLISH})\b"
)


def with_digits(folded: str) -> str:
    """Return a folded text with counted numbers as digits: "三天" as "3天", "two days" as "2 days"."""
    text = folded.replace("个半小时", ".5小时").replace("点半", "点30分")
    text = _COUNTED.sub(lambda number: str(_read(number[0])), text)
    text = text.replace("1刻", "15分").replace("3刻", "45分")
    return _SPELLED.sub(lambda number: str(_VALUES[number[0]]), text)


def _read(numeral: str) -> int:
    if "十" not in numeral:
        return int("".join(str(_SIGNS[sign]) for sign in numeral))
    tens, _, ones = numeral.partition("十")
    return (_SIGNS.get(tens, 1) * 10) + _SIGNS.get(ones, 0)


_SUFFIX = re.compile("(?:部门|部|组| team| department)$")


class Named(NamedTuple):
    """The user ids, department ids and shared names that a text names."""

    users: tuple[str, ...] = ()
    departments: tuple[int, ...] = ()
    shared_names: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        return (*self.users, *self.shared_names)


class NameIndex:
    """Finds the names of an organisation in texts."""

    def __init__(
        self, people: Mapping[str, Sequence[str]], departments: Mapping[int, str] | None = None
    ) -> None:
        """`people` has the user ids of each name, `departments` has the name of each id.

        A part of a department's name is enough: 研发 or engineering for 研发部 Engineering.
        """
        self._entries: dict[str, Named] = {}
        for department_id, department in (departments or {}).items():
            for form in _forms(fold(department)):
                known = self._entries.get(form, Named()).departments
                self._entries[form] = Named(departments=(*known, department_id))
        for name, users in people.items():
            by_id = {fold(user): Named(users=(user,)) for user in users}
            shared = Named(shared_names=(name,))
            self._entries[fold(name)] = shared if len(users) > 1 else next(iter(by_id.values()))
            self._entries.update(by_id)
        self._lengths: dict[str, list[int]] = {}  # by first character, the longest first
        lengths = {(form[0], len(form)) for form in self._entries if form}
        for first, length in sorted(lengths, reverse=True):
            self._lengths.setdefault(first, []).append(length)

    def read(self, text: str) -> Named:
        """Return the people and departments in a text.

        The longest name wins. A Latin name is a whole word.
        """
        folded = fold(text)
        names = (folded[start:end] for start, end in self._find(folded))
        entries = dict.fromkeys(map(self._entries.__getitem__, names))
        return Named(
            tuple(user for named in entries for user in named.users),
            tuple(department for named in entries for department in named.departments),
            tuple(name for named in entries for name in named.shared_names),
        )

    def with_mark(
        self,
        text: str,
        mark: str = "",
        *,
        people_only: bool = False,
        keeps: Callable[[str], bool] | None = None,
    ) -> str:
        """Return a folded text with `mark` in place of each name in it, except that it `keeps`."""
        folded = fold(text)
        at = 0
        rest = ""
        for start, end in self._find(folded):
            name = folded[start:end]
            is_department = bool(self._entries[name].departments)
            if not (people_only and is_department) and not (keeps and keeps(name)):
                rest = rest + folded[at:start] + mark
                at = end
        return rest + folded[at:]

    def person(self, text: str) -> str | None:
        """Return the user id for a full name or user id. Return a first name as it is."""
        folded = fold(text)
        named = self._entries.get(folded, Named())
        is_first_name = any(form.startswith(f"{folded} ") for form in self._entries)
        return next(iter(named.people), text if is_first_name else None)

    def _find(self, folded: str) -> Iterator[tuple[int, int]]:
        at = 0
        while at < len(folded):
            end = at + 1
            for length in self._lengths.get(folded[at], ()):
                is_name = folded[at : at + length] in self._entries
                cuts = (at, at + length)
                if is_name and not any(_is_inside_word(folded, cut) for cut in cuts):
                    end = at + length
                    yield cuts
                    break
            at = end


def _forms(name: str) -> set[str]:
    """Return a folded department name, its Chinese and its Latin part, each also without 部."""
    parts = {name, *map(str.strip, re.findall("[\u4e00-\u9fff]+|[a-z][a-z0-9 &-]+", name))}
    return {form for part in parts for form in (part, _SUFFIX.sub("", part)) if len(form) > 1}


def _is_inside_word(text: str, at: int) -> bool:
    """Return whether a cut at this place splits a Latin word or a number."""
    return at > 0 and re.fullmatch("[a-z0-9]{2}", text[at - 1 : at + 1]) is not None
