"""What reads like a punch and is none: somebody else's, on the way to work, at a counter, only for a while."""

from collections.abc import Sequence
from itertools import pairwise

from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.grammar import grammar
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import COMMANDS, EVERY_COMMAND, Token

_WIDE = frozenset({"cmd_wide", "cmd_wide_off"})
_GOING = frozenset({"say_off", "word_off"})
_COMING = frozenset({"arrive", "say_on"})
_PLACES = frozenset({"work_place", "place", "spot", "hint"})
_LEADING = frozenset({"do", "self"})  # what 先, 我先, 又 and 我又 are
_LEAVING = frozenset({
    "say_off", "word_off", "say_on", "word_on", "arrive", "errand", "home", "polite", "greeting", "particle",
    "feeling",
})  # fmt: skip
_WHOSE = words_of("whose")
_FOR = cue("on_behalf")
_TO_WORK = cue("to_work")
_COUNTERS = words_of("counter")
_AT = words_of("at_a_place")
_OF_ONES_OWN = words_of("of_ones_own")
_FINISHED = cue("finished")
_FOR_A_WHILE = cue("for_a_while")
_FIRST = words_of("first")
_GOES_THERE = cue("going_there")
_COMES_HERE = cue("coming_here")
_STEP_OVER = cue("step_over")
_OVER = cue("over_by_now")
_YET_AGAIN = cue("yet_again")
_AGAIN = words_of("again")
_LATE = cue("late")
_NOT_AT_WORK = words_of("not_at_work")
_FOR_ONESELF = cue("come_to_for_oneself")
_HOME = words_of("at_ones_home")
_HERE = words_of("says_here")
_EARLY = words_of("early")
_PUNCTUAL = words_of("punctual")
_TODAY_OR_TONIGHT = words_of("today_or_tonight")
_TODAY = words_of("today")
_IS_TODAY = cue("today")  # also within a longer turn of phrase: 今天不加班
_WORKS = words_of("workday")
_PLANNED = cue("planned_going")
_ON_TIME = cue("going_on_time")
_COMES_LATER = words_of("coming_later")
_IN_TIME, _MAY_BE_A_TOY = words_of("coming_in_time"), words_of("going_or_a_toy")
_BY_NOW = cue("made_by_now")
_NOT_OF_A_CLOCK = cue("not_of_a_clock")
_NO_PLACE = words_of("no_place_to_punch")
_OF_WORK = frozenset({
    "work_place", "site", "place", "say_on", "say_off", "word_on", "word_off", "arrive", "ended", "shift_name",
    "came_late",
})  # fmt: skip
_TOLD = frozenset({"feeling", "context", "trouble", "delay", "errand", "departs"})
_OF_A_WORKDAY = cue("of_a_workday")
_OF_TODAY = frozenset({"today_word", "part_day", "modal"})
_NOON = 12  # as `values` tell the part of a day


def lookalikes(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> frozenset[str]:
    """Return the kinds that forbid what only reads like a punch; `present` are those of its words."""
    kinds: set[str] = set()
    if not present.isdisjoint(COMMANDS):
        if "greeting" in present and any(map(_for_somebody, clauses)):
            kinds.add("proxy")
        led = not present.isdisjoint(_LEADING)
        if led and any(_first_something_else(clause) or _once_more(clause) for clause in clauses):
            kinds.add("asked")
        if "came_late" in present and any(map(_remarks_on_it, clauses)):
            kinds.add("asked")
        if "today" in present and any(map(_is_off_today, clauses)):
            kinds.add("asked")
        if _means_no_clock(clauses) or _nowhere(clauses) or any(map(_will_on_time, clauses)):
            kinds.add("asked")
    elif not present.isdisjoint(_GOING) and any(_pauses(clause) or _announces(clause) for clause in clauses):
        kinds.add("asked")
    if present.isdisjoint(COMMANDS) and _may_be_no_news(clauses, present):
        kinds.add("asked")
    if not present.isdisjoint(_GOING) and any(map(_leaves_for_work, clauses)):
        kinds.add("asked")
    bare = present.isdisjoint(EVERY_COMMAND | {"noted"} | grammar().vetoing) and not present.isdisjoint(_COMING)
    if bare and any(map(_comes_for_oneself, clauses)):
        kinds.add("asked")
    if not present.isdisjoint(_WIDE) and any(map(_is_served, clauses)):
        kinds.add("asked")
    return frozenset(kinds)


def _may_be_no_news(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> bool:
    """Tell whether a message without a command may not say that one is there, or goes, by now."""
    if any(map(_is_told_to_come, clauses)) or _may_be_a_toy(clauses):
        return True
    if "today" in present and any(map(_works_today, clauses)):
        return True
    return _tells_of_today(clauses, present) and any(map(_plans, clauses))


def _means_no_clock(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether a command may be of no clock, by what is told beside it: "check me out, I am so hot"."""
    commands = [token for clause in clauses for token in clause if token.of(COMMANDS)]
    if not all(token.has("for_me") and _NOT_OF_A_CLOCK.opens(token.words) for token in commands):
        return False
    beside = [token for clause in clauses if not any(map(commands.__contains__, clause)) for token in clause]
    of_work = any(
        token.of(_OF_WORK) or _OF_A_WORKDAY.within(token.words)
        for clause in clauses
        for token in clause
        if token not in commands
    )
    return not of_work and any(token.of(_TOLD) and not token.has("greeting", "polite") for token in beside)


def _nowhere(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether what is named as the place of a command is none: "clock me in from nine"."""
    return any(token.has("spot") and token.words in _NO_PLACE for clause in clauses for token in clause)


def _for_somebody(clause: Sequence[Token]) -> bool:
    """Tell whether a command is for one who is else only greeted: "clock in for my mate", "clock out my buddy"."""
    commanded = False
    for one, other in pairwise(clause):
        commanded |= one.of(COMMANDS)
        served = one.words in _FOR.words or one.words in _WHOSE
        if commanded and served and other.has("greeting") and "day_part" not in other.values:
            return True
    return False


def _first_something_else(clause: Sequence[Token]) -> bool:
    """Tell whether a clause beside a command says what one does first, not that one goes: 我先吃饭，下班打卡."""
    rest = clause[1:]
    if clause[0].words not in _FIRST or not rest or _GOES_THERE.opens(rest[0].words):
        return False
    if _OVER.ends(clause[-1].words) or any(token.of(COMMANDS) for token in rest):
        return False
    return not all(token.of(_LEAVING) and not _STEP_OVER.ends(token.words) for token in rest)


def _once_more(clause: Sequence[Token]) -> bool:
    """Tell whether it is sighed that one has to punch again: 又打卡了, 又迟到打卡; not 我又来打卡了."""
    told = [token for token in clause if not token.has("came_late")]
    return any(
        _YET_AGAIN.ends(one.words) and other.of(COMMANDS) and not _COMES_HERE.opens(other.words)
        for one, other in pairwise(told)
    )


def _remarks_on_it(clause: Sequence[Token]) -> bool:
    """Tell whether it is remarked how late a punch is: "clock in late lol", "clock out late again"."""
    return any(
        one.of(COMMANDS) and _LATE.ends(late.words) and (after.has("particle") or after.words in _AGAIN)
        for one, late, after in zip(clause, clause[1:], clause[2:], strict=False)
    )


def _is_off_today(clause: Sequence[Token]) -> bool:
    """Tell whether one has the day off: "I'm off today", beside whatever command."""
    return any(one.words in _NOT_AT_WORK and other.has("today") for one, other in pairwise(clause))


def _works_today(clause: Sequence[Token]) -> bool:
    """Tell whether it is said that today is a day of work, not that one is there: 今天上班, 今天我上班啊."""
    said = [token.words for token in clause if not token.has("particle", "self", "today")]
    stated = any(token.has("particle") and _OVER.opens(token.words) for token in clause)
    return len(said) == 1 and said[0] in _WORKS and not stated and any(token.has("today") for token in clause)


def _pauses(clause: Sequence[Token]) -> bool:
    """Tell whether one goes for a while only, or may: "done for now"."""
    return _FOR_A_WHILE.ends(clause[-1].words) and any(token.of(_GOING) for token in clause)


def _announces(clause: Sequence[Token]) -> bool:
    """Tell whether it is told how today will be, not that one goes now: "leaving early today"."""
    going = next((token for token in clause if token.of(_GOING)), None)
    if going is None or has_han(going.words) or _FINISHED.opens(going.words):
        return False
    said = {word for token in clause for word in (token.words, *token.words.split())}
    return not said.isdisjoint(_EARLY) and not said.isdisjoint(_TODAY)


def _will_on_time(clause: Sequence[Token]) -> bool:
    """Tell whether it is told that one will go in time today, not that one goes: "clocking out on time today"."""
    told = [token.words for token in clause]
    progressive = clause[0].of(COMMANDS) and clause[0].words.split()[0].endswith("ing")
    return progressive and not _PUNCTUAL.isdisjoint(told) and not _TODAY_OR_TONIGHT.isdisjoint(told)


def _tells_of_today(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> bool:
    if not present.isdisjoint(grammar().vetoing):
        return False
    return not present.isdisjoint(_OF_TODAY) or any(
        _IS_TODAY.opens(one.words) for clause in clauses for one in clause
    )


def _plans(clause: Sequence[Token]) -> bool:
    """Tell whether it is told when one will go or come: 今天提前走, 今天准时到岗, 下午到公司; not 今天提前走了."""
    for place, token in enumerate(clause):
        before = clause[:place]
        today = any(one.kinds & _OF_TODAY for one in before) or _ON_TIME.opens(token.words)
        going = token.of(_GOING | _COMING) and today and _PLANNED.opens(token.words)
        later = token.words in _COMES_LATER and any(one.values.get("day_part", 0) >= _NOON for one in before)
        if going or (later and token.of(_COMING)):
            return not any(_BY_NOW.ends(one.words) for one in clause[place:])
    return False


def _is_told_to_come(clause: Sequence[Token]) -> bool:
    """Tell whether it may be said to others, or of oneself for later, to come in time: 准时到公司, not with 了."""
    said = "".join(token.words for token in clause if not token.has("self", "today", "polite", "greeting"))
    return said.removeprefix("我") in _IN_TIME


def _may_be_a_toy(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether nothing says that one goes but what is a toy, too: 溜溜球."""
    going = [token.words for clause in clauses for token in clause if token.of(_GOING)]
    return bool(going) and _MAY_BE_A_TOY.issuperset(going)


def _leaves_for_work(clause: Sequence[Token]) -> bool:
    """Tell whether one leaves home for work, not work: "just left for work", "off for my shift"."""
    return any(
        one.of(_GOING) and one.words.isascii() and _FOR.opens(other.words) and _TO_WORK.ends(other.words)
        for one, other in pairwise(clause)
    )


def _comes_for_oneself(clause: Sequence[Token]) -> bool:
    """Tell whether one has come where one may be for oneself: 到派出所了, "arrived at home"."""
    came = next((index for index, token in enumerate(clause) if token.of(_COMING)), len(clause) - 1)
    if not clause[came].has("arrive") and clause[came].words not in _HERE:
        return False  # 急诊到岗
    return any(
        (token.has("home") and token.words in _HOME)
        or (token.of(_PLACES) and not token.has("site") and _FOR_ONESELF.ends(_joined(token)))
        for token in (*clause[came + 1 :], *(clause[:1] if came == 1 else ()))  # 派出所到了
    )


def _joined(token: Token) -> str:
    """Return the words of a token as they are written: 饭 店 is 饭店."""
    return token.words.replace(" ", "") if has_han(token.words) else token.words


def _is_served(clause: Sequence[Token]) -> bool:
    """Tell whether one who checks in may be a guest or a patient there: "checking in at the clinic"."""
    said = [word for token in clause for word in token.words.split()]
    at = next((place for place, word in enumerate(said) if word in _AT), None)
    if at is None or not _OF_ONES_OWN.isdisjoint(said) or any(token.has("site") for token in clause):
        return False
    return any(token.of(_WIDE) for token in clause) and not _COUNTERS.isdisjoint(said[at:])
