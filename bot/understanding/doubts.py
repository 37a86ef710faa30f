"""What a message shows as a whole that keeps its words from being a punch: a claim, a record, a call to others."""

import re
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from bot.understanding.lookalikes import lookalikes
from bot.understanding.tokens import COMMANDS, Token, kinds_of

_OF_WORK = COMMANDS | {"word_on", "word_off"}
_GOING = frozenset({"say_off", "word_off", "cmd_wide_off"})
_STATES = frozenset({"正常", "准时", "成功", "normal", "on time", "ok", "迟到", "早退", "late"})
_UNITS = frozenset({"ghz", "mhz", "khz", "hz", "kg", "lb", "lbs", "pounds", "kilos", "fps", "mph", "km", "kph"})
_ALLOWING = ("批准", "同意", "允许", "点头", "放行", "批")
_SEEN = frozenset({"place", "spot", "site", "work_place"})  # what one looks at: "check out Emma's office"
_MOMENTS = frozenset({"time", "minutes", "number"})
_OPEN = (" at", " in", " the", " my", " a")  # how an appointment begins whose time follows
_ONWARD = ("to", "for", "into", "towards")
_CROWDS = ("team", "all", "everyone", "everybody", "guys", "folks")
_BARE = ("clock in", "clock out", "punch in", "punch out", "check in", "check out")
_AGREED = frozenset({"right", "correct", "yeah", "yes", "huh", "no"})
_DONE = ("已", "已经", "早就", "早已")
_STEPS = ("完", "后", "好", "就", "开始")  # 停好车打卡, 坐下就打卡: the punch is to come after a step
_OF_ITS_HOUR = re.compile(r"(?:[好真太很挺最又]|这么|有点)[早晚].?|[早晚][了啦].?")
_LONGEST_JUDGEMENT = 4  # characters of what that finds
_CARD = re.compile(r"[^打刷签记补]*卡")
_WEARY = frozenset("累困饿烦疲疼痛晕冷热电")  # 打卡累了, 打卡没电
_PROMISES = frozenset({"上班打", "下班打"})
_RESTS = re.compile(r"我?(?:今天|今日)我?(?:是|在|)(?:休息|轮休|公休|休)(?:日|天)?[了的]?")


def doubts(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> frozenset[str]:
    """Return the kinds that forbid a punch and that no word of a message has by itself; `present` are those."""
    kinds: set[str] = set()
    tokens = [token for clause in clauses for token in clause]
    commanding = [clause for clause in clauses if not kinds_of(clause).isdisjoint(COMMANDS)]
    if any(_claims(clause) for clause in commanding if len(clause) > 1):
        kinds.add("claimed")
    if "time" in present and any(
        "time" in one.kinds and other.words in _STATES for one, other in pairwise(tokens)
    ):
        kinds.add("reported")  # 上班打卡 09:00 正常
    somewhere = not present.isdisjoint({"spot", "place"})
    if somewhere and any(token.has("spot", "place") and token.words.split()[-1] in _UNITS for token in tokens):
        kinds.add("other_sense")  # "clocking in at 3 GHz"
    if len(clauses) > 1 and len(clauses[-1]) == 1 and clauses[-1][0].words in _AGREED:
        kinds.add("asked")  # "I clock in this morning, right"
    if any(clause[-1].words == "then" for clause in commanding) and any(token.of(_MOMENTS) for token in tokens):
        kinds.add("future")  # "bus leaves at 6, clock me out then"
    if any(map(_allowed, commanding)):
        kinds.add("reported")
    if (somewhere and _visits(tokens)) or any(map(_after_a_step, commanding)):
        kinds.add("asked")
    if "greeting" in present and (any(map(_calls, clauses)) or _calls_team(clauses)):
        kinds.add("asked")
    if not present.isdisjoint(_GOING) and (_goes_on(clauses) or any(map(_looks_at, clauses))):
        kinds.add("asked")
    if _of_something_else(clauses, present):
        kinds.add("asked")
    if any(map(_plans, clauses)):
        kinds.add("future")
    return frozenset(kinds) | _spoken_of(clauses, present) | lookalikes(clauses, present)


def _spoken_of(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> frozenset[str]:
    """Return the kinds that forbid a punch that is spoken of (how it was, whether it is to come), not made."""
    kinds: set[str] = set()
    if "feeling" in present and any(map(_groans, clauses)):
        kinds.add("asked")
    if present.isdisjoint({"past", "past_day"}) and not present.isdisjoint(_OF_WORK):
        kinds |= {kind for kind in map(_judged, clauses) if kind is not None}
    if any(map(_wonders, clauses)) or any(map(_rests, clauses)) or _promises(clauses):
        kinds.add("asked")
    return frozenset(kinds)


def _claims(clause: Sequence[Token]) -> bool:
    """Tell whether somebody says that it was done today: 今天打卡了, 早上打卡了."""
    before: list[Token] = []
    for token in clause:
        if token.of(COMMANDS):
            break
        before.append(token)
    said = "".join(token.words for token in clause)
    named = any(token.has("today", "day_part") or token.words.endswith(_DONE) for token in before)
    named |= said.startswith(("早上打卡", "已经", "早就"))
    if len(clause) > 1 and clause[-1].words in _DONE and clause[-2].of(COMMANDS):
        return True  # 打卡了已经
    return named and len(before) < len(clause) and said[-1] in "了啦"


def _visits(tokens: Sequence[Token]) -> bool:
    """Tell whether a shop that has just opened is what is visited: 打卡星巴克新店."""
    return any(
        one.has("cmd") and other.has("place", "spot") and other.words.replace(" ", "").endswith("新店")
        for one, other in pairwise(tokens)
    )


def _goes_on(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether who leaves goes to a customer or to a meal, and may be at work still: 走了，去吃饭."""
    tokens = [token for clause in clauses for token in clause]
    kinds = kinds_of(tokens)
    leaves = not kinds.isdisjoint({"say_off", "word_off"}) and kinds.isdisjoint(COMMANDS)
    return leaves and any(map(_goes_to, clauses))


def _goes_to(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says that one goes to a customer, a meal or a meeting: 去见客户, 吃饭去了, 跑客户."""
    if any(token.has("fieldwork") for token in clause):
        return True
    toward = any(token.words.startswith("去") or token.words.rstrip("了啦").endswith("去") for token in clause)
    said = "".join(token.words for token in clause)
    return toward and "回家" not in said and ("吃" in said or "开会" in said)


def _calls(clause: Sequence[Token]) -> bool:
    """Tell whether a greeting to many goes straight on into a bare command: "hey team clock in"."""
    return any(
        one.has("greeting") and one.words.endswith(_CROWDS) and other.words in _BARE
        for one, other in pairwise(clause)
    )


def _calls_team(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether a team is greeted before a bare command, which may be meant for it: "hi team, clock in"."""
    return any(
        one[-1].has("greeting") and one[-1].words.endswith(" team") and other[0].words in _BARE
        for one, other in pairwise(clauses)
    )


def _allowed(clause: Sequence[Token]) -> bool:
    """Tell whether somebody's leave to punch is told of, not yet used: 老板批准下班打卡."""
    allowing = next((index for index, token in enumerate(clause) if token.words.endswith(_ALLOWING)), None)
    return allowing is not None and any(token.of(COMMANDS) for token in clause[allowing + 1 :])


def _groans(clause: Sequence[Token]) -> bool:
    """Tell whether how it feels is said of punching itself (打卡好累, 打卡累了), not of the day."""
    return any(
        one.of(COMMANDS)
        and other.has("feeling")
        and one.end == other.start
        and (other.words[0] in "好真太很" or not _WEARY.isdisjoint(other.words))
        for one, other in pairwise(clause)
    )


def _judged(clause: Sequence[Token]) -> str | None:
    """Return what it makes of a clause to say of a punch how it was: 打卡迟到, 打卡早了.

    Of a mere day's work (上班好早) it is small talk.
    """
    for index, (one, other) in enumerate(pairwise(clause)):
        if one.end != other.start or not one.of(_OF_WORK):
            continue
        said = "".join(token.words for token in clause[index + 1 : index + 2 + _LONGEST_JUDGEMENT])
        if _OF_ITS_HOUR.fullmatch(said) or (one.of(COMMANDS) and other.words in {"迟到", "早退"}):
            return "asked" if one.of(COMMANDS) else "other_sense"
    return None


def _wonders(clause: Sequence[Token]) -> bool:
    """Tell whether a card is asked after, not a punch made: 下班卡呢, 上班卡嘛; a bare 打卡呢 is one."""
    *before, last = clause
    if not before or not before[-1].has("cmd_on", "cmd_off", "word_on", "word_off"):
        return False
    if last.words == "呢" and before[-1].has("cmd_on", "cmd_off"):
        return True
    card = _CARD.fullmatch(before[-1].words) is not None and last.has("particle", "suggest") and last.words != "了"
    return card and not any(token.has("for_me", "request", "want") for token in before)


def _promises(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether 下班打, which alone is a punch, tells when one will: 好，我下班打."""
    if not any(token.words in _PROMISES for clause in clauses for token in clause):
        return False
    return any(token.has("self", "confirm") for clause in clauses for token in clause)


def _rests(clause: Sequence[Token]) -> bool:
    """Tell whether one has the day off, beside whatever command: 今天休息，上班打卡."""
    opens = clause[0].words.startswith(("我", "今"))
    return opens and _RESTS.fullmatch("".join(token.words for token in clause)) is not None


def _of_something_else(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> bool:
    """Tell whether a place is said of how it is there, or a time behind the command of something to come."""
    if "at_work" in present and present.isdisjoint(COMMANDS) and any(map(_tells_of_a_place, clauses)):
        return True
    # "clock me out, dinner at 6": before the command it is why, behind it maybe when
    last = clauses[-1] if "departs" in present and len(clauses) > 1 else ()
    return any(token.has("departs") and token.words.endswith(_OPEN) for token in last)


def _tells_of_a_place(clause: Sequence[Token]) -> bool:
    """Tell whether it is said how it is at work: "raining at the site", "power's out at the office"."""
    return any(
        one.has("feeling", "trouble", "ended") and other.has("at_work") and other.words.isascii()
        for one, other in pairwise(clause)
    )


def _plans(clause: Sequence[Token]) -> bool:
    """Tell whether one says what one does in a part of the day, not that it is done: 我晚上打卡, 我下午到公司."""
    if clause[0].words != "我" or len(clause) < 3 or clause[-1].words[-1] in "了啦":
        return False
    return (
        clause[1].has("day_part")
        and not clause[1].has("greeting")
        and clause[2].of(COMMANDS | {"say_on", "say_off"})
    )


def _looks_at(clause: Sequence[Token]) -> bool:
    """Tell whether a place is looked at or gone to, not left: "check out Pudong office", "heading out to HQ"."""
    for one, other, third in zip_longest(clause, clause[1:], clause[2:]):
        if other is None:
            return False
        if one.has("cmd_wide_off") and one.words.startswith("check") and other.of(_SEEN):
            return True
        onward = one.has("say_off", "word_off") and one.words.isascii() and other.words in _ONWARD
        if onward and third is not None and third.of(_SEEN):
            return True
    return False


def _after_a_step(clause: Sequence[Token]) -> bool:
    """Tell whether a command stands behind what is to be done first and is not said to be done: 开完会打卡."""
    for index, (one, other) in enumerate(pairwise(clause)):
        if not other.of(COMMANDS) or one.has("greeting", "polite"):
            continue
        if one.words.endswith(_STEPS) or (one.has("ended") and any(step in one.words for step in "完好")):
            return not any(token.words[-1] in "了啦" for token in clause[: index + 1])
        if one.has("work_place") and index and clause[index - 1].words == "到了":
            return index == 1
    return False
