"""What a message says beside its intent: days, times, positions, places, people, reasons."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

from bot.domain.bracketed import Bracketed, place
from bot.domain.sites import Site
from bot.understanding.arguments.calendar_days import resolve
from bot.understanding.arguments.choices import with_choices
from bot.understanding.arguments.dates import Day, Span, number, read_span
from bot.understanding.arguments.joined_days import Said, day_before, gathered
from bot.understanding.arguments.named import with_names
from bot.understanding.arguments.names import (
    may_name,
    place_is_announced,
    read_department,
    read_person,
    without_department_word,
)
from bot.understanding.arguments.places import ANNOUNCING, may_be_named, read_place, read_reason
from bot.understanding.arguments.positions import read_coordinates
from bot.understanding.arguments.times import HALVES, Moment, read_length, read_moment
from bot.understanding.arguments.values import Arguments
from bot.understanding.words.marks import find_name_in_gang, find_page, find_references
from bot.understanding.words.normalise import Text, has_han
from bot.understanding.words.tokens import FIGURES, Token, in_a_site_name, kinds_of, tokenise
from bot.understanding.words.vocabulary import table

MOST_TOKENS = 600  # of a message that is read; nobody says more to a bot, and each takes its time
_NOW, _STRUCK = frozenset({"now"}), frozenset({"now", "struck"})  # struck: a full or half hour said to be now
_HALF_HOUR = 30  # minutes: 六点半了 before a punch is said loosely, 18:02了 is not
_CORES = ("cmd", "cmd_on", "cmd_off", "say_on", "say_off", "word_on", "word_off")
_GOES_ON = frozenset({"to", "ordinal"})  # 9.1-9.15, "1st"
_OF_A_NUMBER = HALVES | {"日", "号"}
_IT_IS = frozenset({"it's", "it is"})
_COMMANDING = frozenset({
    "cmd", "cmd_on", "cmd_off", "say_on", "say_off", "word_on", "word_off", "self", "for_me", "polite", "particle",
    "do", "now", "want", "greeting", "at_sign", "place_intro", "sep", "colon", "paren",
})  # fmt: skip
_LONE_DEGREES = re.compile(r"\d{2,3}\.\d{1,12}|\d\.\d{3,12}")
_DOTTED_TIME = re.compile(r"([01]?\d|2[0-3])\.([0-5]\d)")


def read(
    text: Text, sites: Sequence[Site], today: date, named: Bracketed | None = None
) -> tuple[list[Token], Arguments]:
    """Return the tokens of a message, arguments merged into one token each, and the arguments' values.

    `named` is whom or what it names in brackets, which are empty in `text`.
    """
    found = Arguments()
    if named is not None and named.kind == "department":
        found.department = named.name
    elif named is not None:
        found.person = named.name
    tokens = _with_marks(text, sites, found, named)
    if len(tokens) > MOST_TOKENS:
        return tokens, found
    tokens = _with_times(tokens, found, today)
    tokens = _with_names(tokens, text, found)
    tokens = _with_joined_names(tokens, text, found)
    tokens = _with_places(tokens, text, found)
    if sites or text.folded.count("@") > 1:
        tokens, found.places = with_choices(tokens, text)
    if "." in text.folded:
        tokens = _with_lone_number(tokens, found)
    _note_unreadable(tokens, found)
    return tokens, found


def _note_unreadable(tokens: Sequence[Token], found: Arguments) -> None:
    """Note coordinates that were announced and cannot be read; 坐标 before a name in Chinese is only a place."""
    if found.position is not None or has_han(found.place_name or ""):
        return
    if "axis" in kinds_of(tokens):
        found.unreadable, found.place_name = True, None


def _with_lone_number(tokens: list[Token], found: Arguments) -> list[Token]:
    """Return the tokens with a number with a point behind a command, the last word, as what it is: a time of day
    where it may be one (8.30), else half of some coordinates (39.9).

    With a point no time is exact, since 8.30 may also be a day: it is never one to punch at.
    """
    said = [index for index, token in enumerate(tokens) if not token.has("sep")]
    behind = [tokens[index] for index in said[:-1]]
    is_at = bool(behind) and behind[-1].words == "at"
    command = behind[-2 if is_at else -1 :][:1]
    if found.position is not None or not command or not command[0].has("cmd", "cmd_on", "cmd_off", "word_off"):
        return tokens
    last = tokens[said[-1]]
    dotted = _DOTTED_TIME.fullmatch(last.words) if last.has("number") else None
    if dotted is not None and found.moment is None:
        part = 0 if last.words.startswith("0") else None
        found.moment = Moment(int(dotted[1]), int(dotted[2]), part, 1)
        tokens[said[-1]] = last._replace(kinds=frozenset({"time"}))
    elif last.has("number") and not is_at and _LONE_DEGREES.fullmatch(last.words):
        found.unreadable = True
        tokens[said[-1]] = last._replace(kinds=frozenset({"position"}))
    return tokens


def _with_marks(text: Text, sites: Sequence[Site], found: Arguments, named: Bracketed | None) -> list[Token]:
    """Return the tokens of a text; what is no words (coordinates, references, a page) becomes one token each."""
    marks: list[tuple[int, int, str]] = []
    brackets = place(text.folded) if named is not None else None
    if named is not None and brackets is not None:
        marks.append((*brackets, named.kind))
    read = read_coordinates(text.folded, _is_command)
    found.position, found.unread, found.amounts = read.found, bool(read.unread), bool(read.amounts)
    if read.found is not None:
        marks.append((read.found.start, read.found.end, "position"))
    marks += [(start, end, "position") for start, end in read.unread]
    # in a reason two amounts are one piece: what stands between them ends no clause
    marks += [(start, end, "amount") for start, end in read.in_reason]
    if read.accuracy and not (read.found and read.found.start <= read.accuracy[0] < read.found.end):
        marks.append((*read.accuracy, "position"))
    references = find_references(text.folded)
    found.references = tuple(mark.value for mark in references)
    marks += [(mark.start, mark.end, "reference") for mark in references]
    page = find_page(text.folded)
    if page is not None:
        found.page = int(page.value)
        marks.append((page.start, page.end, "page"))
    name = find_name_in_gang(text.folded)
    if name is not None and named is None and not in_a_site_name(name.start, text.folded, sites):
        found.person = text.shown[name.start : name.end]
        marks.append((name.start, name.end, "person"))
    tokens: list[Token] = []
    at = 0
    for start, end, kind in sorted(marks):
        if start >= at:
            others = ("team",) if kind == "department" else ()
            tokens += [*tokenise(text.folded[:start], sites, at), merged(kind, start, end, text, *others)]
            at = end
    return tokens + tokenise(text.folded, sites, at)


def _is_command(folded: str) -> bool:
    """Tell whether a text is a command with courtesies, and nothing else."""
    return all(not token.kinds.isdisjoint(_COMMANDING) for token in tokenise(folded))


def merged(kind: str, start: int, end: int, text: Text, *others: str) -> Token:
    """Return one argument token for a stretch of the text."""
    return Token(text.folded[start:end], start, end, frozenset({kind, *others}), {})


def _join(tokens: Sequence[Token], kinds: frozenset[str]) -> Token:
    """Return one token for several; what a part of the day says of the hour stays with it."""
    values = {"day_part": part} if (part := _day_part(tokens)) is not None else {}
    words = "".join(token.words if token.words.isascii() is False else f" {token.words} " for token in tokens)
    return Token(" ".join(words.split()), tokens[0].start, tokens[-1].end, kinds, values)


def _day_part(tokens: Sequence[Token]) -> int | None:
    return next((token.values["day_part"] for token in tokens if "day_part" in token.values), None)


def _with_times(tokens: Sequence[Token], found: Arguments, today: date) -> list[Token]:
    if kinds_of(tokens).isdisjoint(_timed()):
        return list(tokens)
    result: list[Token] = []
    said: list[Said] = []
    index = 0
    while index < len(tokens):
        token, taken = tokens[index], 1
        told = (token.values and "count_unit" not in token.kinds) or not token.kinds.isdisjoint(FIGURES)
        before = day_before(tokens, index, result, said) if told else None
        if told and (before is not None or not _is_bare_number(tokens, index)):
            span = read_span(tokens, index, before)
            token, taken = _time_at(tokens, index, span, found, today)
            if span is not None:
                said.append(Said(span, token.start))
        result.append(token)
        index += taken
    found.said = tuple(said)
    found.days = gathered(result, said)
    if found.days is not None and "compares" in kinds_of(result):
        found.days = found.days.of_one()  # what it is set beside is no more of the same
    return result


@cache
def _timed() -> frozenset[str]:
    """Return the kinds without any of which a message names no day, time or length."""
    return FIGURES | {"site"} | frozenset(table("dates")) - {"count_unit"}


def _is_bare_number(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether nothing beside a number makes it a part of a day, a time or a length."""
    token = tokens[index]
    if "number" not in token.kinds or token.values:
        return False
    follows = tokens[index + 1] if index + 1 < len(tokens) else None
    if follows is None or not follows.kinds:
        return True
    counts = follows.values or follows.of(_GOES_ON) or follows.words in _OF_A_NUMBER
    return not (counts or (index and tokens[index - 1].words in _IT_IS))


def _time_at(
    tokens: Sequence[Token], index: int, span: Span | None, found: Arguments, today: date
) -> tuple[Token, int]:
    """Return the token of the day (`span`), time or length at `index`, and how many tokens it took."""
    token = tokens[index]
    moment = read_moment(tokens, index)
    if span is not None and (moment is None or span.taken >= moment.taken):
        spoken = tokens[index : index + span.taken]
        kinds = token.kinds | (kinds_of(spoken) & {"past"}) | _day_kinds(span, today)  # 三*天前* is over
        return _join(spoken, kinds), span.taken
    if moment is not None:
        said_now = index > 0 and tokens[index - 1].words in _IT_IS
        if said_now or _next_word(tokens, index + moment.taken) == "了":  # 六点了, it's 6pm: that is now
            exact = _is_exact(tokens, index, moment)
            if exact:
                found.told_now = found.told_now or moment
            return _join(tokens[index : index + moment.taken], _NOW if exact else _STRUCK), moment.taken
        found.moment = found.moment or moment
        kinds = _day_kinds(span, today) if span is not None else frozenset()
        kept = kinds_of(tokens[index : index + moment.taken]) & {"future", "automatic", "past", "today_word"}
        return _join(tokens[index : index + moment.taken], kinds | kept | {"time"}), moment.taken
    length = read_length(tokens, index)
    if length is not None:
        found.minutes = length.minutes if found.minutes is None else found.minutes
        spoken = tokens[index : index + length.taken]
        to_come = spoken[-1].words.endswith("后") or spoken[0].words.startswith("in ")  # 10分钟后, "in an hour"
        ahead = frozenset({"future"}) if to_come else frozenset()
        return _join(spoken, ahead | {"minutes"}), length.taken
    if _is_hour_now(tokens, index):
        return token._replace(kinds=_STRUCK), 1
    return token, 1


def _is_hour_now(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether a bare number is the hour that it is, said loosely: "it's 6, I'm off"."""
    if index == 0 or tokens[index - 1].words not in _IT_IS:
        return False
    hour = number(tokens[index])
    ends = index + 1 < len(tokens) and (tokens[index + 1].has("sep") or tokens[index + 1].words in {"and", "so"})
    return ends and hour is not None and hour in range(1, 13)


def _is_exact(tokens: Sequence[Token], index: int, moment: Moment) -> bool:
    """Tell whether a time said to be now is to be held against the clock: 18:02了, 下班6点了; not 六点了，下班."""
    spoken = tokens[index : index + moment.taken]
    told = moment.minute % _HALF_HOUR != 0 or any(token.has("clock") for token in spoken)
    return told or (index > 0 and tokens[index - 1].has(*_CORES))


def _next_word(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].words if index < len(tokens) else ""


def _day_kinds(span: Span, today: date) -> frozenset[str]:
    days = resolve(span, today, forward=False)
    if days is None:
        return frozenset({"dated", "past_day"})  # a day that does not exist, 2月30日: certainly not today
    kinds = {"dated"}
    if (
        days.first != days.last
        or span.last is not None
        or span.first.unit in {"month", "month_period", "week", "quarter_period"}
    ):
        kinds.add("several_days")
    elif span.first == Day("day", 0):
        kinds.add("today")
    if days.first < today:
        kinds.add("past_day")
    if days.last > today:
        kinds.add("future_day")
    return frozenset(kinds)


def _with_names(tokens: Sequence[Token], text: Text, found: Arguments) -> list[Token]:
    result: list[Token] = []
    index = 0
    announces = any("place_intro" in token.kinds for token in tokens)
    while index < len(tokens):
        if not may_name(tokens[index]) or (announces and place_is_announced(tokens, index)):
            result.append(tokens[index])
            index += 1
            continue
        department = read_department(tokens, index)
        if department is not None:
            name, taken = department
            start, end = name.start, name.end
            _note_department(text.shown[start:end], found)
            result.append(_join(tokens[index : index + taken], frozenset({"team", "department"})))
            index += taken
            continue
        capital = text.shown[tokens[index].start].isupper()
        person, taken = read_person(tokens, index, capital=capital)
        if person is not None:
            if not person.has("served"):
                _note_person(text.shown[person.start : person.end], found)
            found.person = found.person or text.shown[person.start : person.end]
            result.append(person)
            index += taken
            continue
        result.append(tokens[index])
        index += 1
    return result


def _with_joined_names(tokens: list[Token], text: Text, found: Arguments) -> list[Token]:
    """Join user ids and Latin names of a question about days."""
    joined = with_names(tokens, text)
    if joined is tokens:
        return joined
    as_before = {id(token) for token in tokens}
    for token in joined:
        if id(token) in as_before:
            continue
        shown = text.shown[token.start : token.end]
        if not token.has("department"):
            _note_person(shown, found)
            continue
        name = without_department_word(shown)
        if found.department is not None and found.department in name:
            found.department = None  # only the end of it was read
        _note_department(name, found)
    return joined


def _note_person(shown: str, found: Arguments) -> None:
    if found.person is None and found.department is None:
        found.person = shown
    elif shown != found.person:
        found.others = (*found.others, shown)


def _note_department(shown: str, found: Arguments) -> None:
    if found.department is None and found.person is None:
        found.department = shown
    elif shown != found.department:
        found.others = (*found.others, shown)


def _with_places(tokens: list[Token], text: Text, found: Arguments) -> list[Token]:
    kinds = kinds_of(tokens)
    named = may_be_named(kinds, text.folded)
    if not named and kinds.isdisjoint(ANNOUNCING):
        return tokens
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        if not named and tokens[index].kinds.isdisjoint(ANNOUNCING):
            result.append(tokens[index])
            index += 1
            continue
        reason = read_reason(tokens, index)
        if reason is not None:
            found.reason = found.reason or text.shown[reason.token.start : reason.token.end].strip(" :,，：")
            result.append(reason.token)
            index += reason.taken
            continue
        place = read_place(tokens, index, named=named)
        if place is not None:
            if place.token.has("place", "spot", "site"):
                found.place_name = found.place_name or text.shown[place.token.start : place.token.end].strip()
            result += [*tokens[index : place.begins], place.token]
            index += place.taken
            continue
        result.append(tokens[index])
        index += 1
    return result
