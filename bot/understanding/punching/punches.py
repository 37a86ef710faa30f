"""Whether a message is a punch: closed world, every word has to be accounted for."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple

from bot.domain.shifts import CheckType
from bot.understanding.intents import Evidence, NoneReason, PartOfDay
from bot.understanding.punching.asides import Clauses, allows, beside, excused, may_stand, told_aside
from bot.understanding.punching.asked_ahead import asked_ahead
from bot.understanding.punching.clauses import names_a_shift, only_names, switched, told_of_it
from bot.understanding.punching.doubts import doubts
from bot.understanding.punching.moments import moment_after, with_moments, without_told_moment
from bot.understanding.punching.strange import Stretch, strange_words, without
from bot.understanding.punching.told_parts import part_told_aside
from bot.understanding.words.cues import cue
from bot.understanding.words.grammar import grammar
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import COMMANDS, EVERY_COMMAND, PLACES, Token, kinds_of

_OVER = frozenset({"came_late", "delay", "ended"})
_TOLD_BEFORE = frozenset({"ended", "errand", "delay", "came_late"})
_ASKED_ABOUT = frozenset({"claimed", "asked", "elsewhere", "ticked"})  # 我打卡了, "please clock in"
_ONLY_PLACE = frozenset({"position", "place", "spot", "work_place", "coordinate", "place_intro", "sep", "colon",
                         "paren", "attendance", "schedule_word"})  # fmt: skip
_BESIDE_DAYS = ("dated", "polite", "particle", "place_intro", "sep")
_PAST = frozenset({"past", "past_day"})
_OF_ONESELF = ("我", "已", "人已", "刚", "i ", "i'")  # how a statement of oneself begins: 已到岗
_TELLS_OF_ONESELF = ("i ", "i'", "my ", "reached", "arrived", "just ", "at my", "leaving", "heading", "going")
_EVERYBODY = frozenset({"everyone", "everybody", "guys", "folks", "各位", "大家"})
_COMING = ("say_on", "arrive", "word_on", "word_off")
_BARE = ("clock in", "clock out", "punch in", "punch out")
_MOST_CLAUSES = 60  # with more a message is no punch, nor worth the time
_NOT_NOW = frozenset({"on_the_way", "elsewhere", "question", "question_mark", "future"})
_LATER = frozenset({NoneReason.FUTURE, NoneReason.CONDITIONAL})  # and then which punch is to be made
_BESIDE_A_PART = frozenset({"polite", "particle", "today", "do", "self", "soft"})
_EVENING = cue("evening")
_UNSURE_WORDS = 4  # with more unknown pieces than this a message is about something else, and nobody is asked


class Judgement(NamedTuple):
    """Punch or not. `reason` is None for a punch; `unsure` asks the person."""

    punch: bool
    direction: CheckType | None = None
    half: PartOfDay | None = None
    reason: NoneReason | None = None
    unsure: bool = False
    stray: Stretch | None = None  # the words nobody knows in a command that is clear without them
    why: tuple[Evidence, ...] = ()


def judge(clauses: Clauses, present: frozenset[str]) -> Judgement:
    """Return whether the clauses of a message are a punch, its direction, and why (not)."""
    if len(clauses) > _MOST_CLAUSES:
        return Judgement(False)
    if present.isdisjoint({"work_place", "site", "place"}):
        present -= {"arrive"}  # "at" alone is no arrival
    if present.isdisjoint(grammar().every_core):
        return _without_core(clauses, present)
    if any(map(_of_oneself, clauses)):
        clauses, present = _to_the_bot(clauses, present)
        if any(map(_of_oneself, clauses)):
            present -= {"asked"}  # 我已到岗，请打卡
    tokens = [token for clause in clauses for token in clause]
    present = present - excused(clauses, present) | doubts(clauses, present)
    if _asks_others(tokens, present) or _calls_a_shift(clauses, present):
        present |= {"asked"}
    every_core = grammar().every_core
    cores = [token for token in tokens if token.of(every_core)]
    if "for_me" in present and _tagged(clauses):
        present -= grammar().polite_lifts
    veto = _veto(tokens, present)
    if veto is not None:
        asks = not present.isdisjoint(_ASKED_ABOUT) or _past_aside(clauses, present, veto[0])
        if veto[0] is NoneReason.PROXY and "proxy" in present:
            asks = False  # "please clock in for Alice": a tap would punch who says it
        if _came_slowly(present, veto[0]) or _came_after_all(clauses, present, veto[0]):
            return Judgement(False, _direction(clauses, present)[0], reason=veto[0], unsure=True, why=(veto[1],))
        named = veto[0] is NoneReason.ABSENT if asks else veto[0] in _LATER
        meant = _direction(clauses, present)[0] if named else None
        return Judgement(False, meant, reason=veto[0], unsure=asks, why=(veto[1],))
    clauses = without_told_moment(clauses)
    direction, agreed = _direction(clauses, present)
    if agreed and _accounted_for(clauses, present):
        said = tuple(
            Evidence(f"punch: {'|'.join(sorted(token.kinds & every_core))}", token.words) for token in cores
        )
        if all(token.has("hint") for token in cores):
            return Judgement(False, direction, reason=NoneReason.NOT_ABOUT_US, unsure=True, why=said)
        aside = None if direction is CheckType.OFF_DUTY else part_told_aside(clauses)
        return Judgement(True, direction, _half(clauses) or aside, why=said)
    strange = tuple(Evidence("not accounted for", token.words) for token in tokens if not token.kinds)
    asks = len(strange) <= _UNSURE_WORDS and (not _only_arrival(present) or _behind_a_site(clauses))
    stray = _stray(clauses, present) if agreed and asks else None
    return Judgement(False, direction, reason=_why_not(present), unsure=asks, stray=stray, why=strange)


def _stray(clauses: Clauses, present: frozenset[str]) -> Stretch | None:
    """Return the words that nobody knows in a message that is a command and clear without them: clock in Alice."""
    stretch = strange_words(clauses)
    if stretch is None:
        return None
    rest = without(stretch, clauses)
    commands = grammar().cores["command"]
    if any(not kinds_of(clause).isdisjoint(commands) for clause in rest) and _accounted_for(rest, present):
        return stretch
    return None


def _why_not(present: frozenset[str]) -> NoneReason:
    if "time" in present:
        return NoneReason.OTHER_TIME
    return NoneReason.FUTURE if "minutes" in present else NoneReason.NOT_ABOUT_US


def _past_aside(clauses: Clauses, present: frozenset[str], reason: NoneReason) -> bool:
    """Tell whether what is over is told beside a command, not of it: 昨晚没睡好，现在打卡. That is asked about."""
    told = reason is NoneReason.ALREADY_DONE and present.isdisjoint({"done_already", "claimed", "ticked"})
    return told and not present.isdisjoint(grammar().cores["command"]) and told_aside(clauses, _PAST)


def _came_slowly(present: frozenset[str], reason: NoneReason) -> bool:
    """Tell whether a command stands beside why one is late, and nothing says that one is there: 堵车，打卡."""
    told = "delay" in present and present.isdisjoint(_NOT_NOW)
    return told and reason is NoneReason.ABSENT and not present.isdisjoint(grammar().cores["command"])


def _came_after_all(clauses: Clauses, present: frozenset[str], reason: NoneReason) -> bool:
    """Tell whether a command stands beside that one is there by now, though also where one was held up.

    "Stuck in traffic but here now, clock in": not 还在路上，到了打卡.
    """
    if reason is not NoneReason.ABSENT or not present.isdisjoint(_NOT_NOW - {"on_the_way"} | {"third"}):
        return False
    here = any(
        token.has("say_on")
        and (token.words.startswith("but ") or "now" in token.words or "now" in kinds_of(clause))
        for clause in clauses
        for token in clause
    )
    return here and not present.isdisjoint(grammar().cores["command"])


def _half(clauses: Clauses) -> PartOfDay | None:
    """Return the part of the day that a punch is told of, but by a greeting: "clock in this morning".

    It stands beside the punch, or alone in a clause of its own: "tonight, clock me out".
    """
    for clause in clauses:
        kinds = kinds_of(clause)
        alone = all(_is_part(token) or token.of(_BESIDE_A_PART) for token in clause)
        if kinds.isdisjoint(grammar().every_core) and "half_named" not in kinds and not alone:
            continue
        for token in clause:
            if "day_part" in token.values and not token.has("greeting"):
                if not token.values["day_part"]:
                    return "am"
                late = _EVENING.search(token.words) is not None and not token.has("half_named")
                return "evening" if late else "pm"
    return None


def _is_part(token: Token) -> bool:
    """Tell whether a word names a part of the day: 晚上, but not 晚, which by itself is "late"."""
    return "day_part" in token.values and len(token.words) > 1


def _to_the_bot(clauses: Clauses, present: frozenset[str]) -> tuple[Clauses, frozenset[str]]:
    """Return a message that tells of the speaker without whom it speaks to: 各位，我先下班了."""
    rules = grammar()
    rest = [
        clause[:-1] if clause[-1].words in _EVERYBODY and not clause[-2].of(EVERY_COMMAND) else clause
        for clause in clauses
        if not all(token.of(rules.spoken_to) or token.words in _EVERYBODY for token in clause)
    ]
    return rest, present - (rules.spoken_to - kinds_of(token for clause in rest for token in clause))


def _of_oneself(clause: Sequence[Token]) -> bool:
    first = clause[0]
    begins = first.words.startswith(_OF_ONESELF) or "self" in first.kinds
    if not begins and not (first.words.startswith("先") and "say_off" in first.kinds):
        return False
    return not kinds_of(clause).isdisjoint(grammar().every_core)


def _asks_others(tokens: Sequence[Token], present: frozenset[str]) -> bool:
    """Tell whether "please clock in" may be told to others; alone it is told to the bot."""
    for before, token in pairwise(tokens):
        if before.words not in {"please", "kindly"}:
            continue
        if token.words.removeprefix("do ").startswith(_BARE) and not token.has("for_me"):
            of_self = not present.isdisjoint({"self", "for_me"}) or any(
                other.words.startswith(_TELLS_OF_ONESELF) and other.of(grammar().every_core) for other in tokens
            )
            return not of_self and any(not other.has("polite") for other in tokens if other is not token)
    return False


def _calls_a_shift(clauses: Clauses, present: frozenset[str]) -> bool:
    """Tell whether a shift may be called to clock in or out: "night shift, clock out please"."""
    return "polite" in present and "for_me" not in present and any(map(names_a_shift, clauses))


def _tagged(clauses: Clauses) -> bool:
    """Tell whether all that a message asks is whether its request is agreed to: "clock me in, ok?"."""
    said = list(clauses)
    while len(said) > 1 and all(token.has("polite", "greeting", "particle") for token in said[-1]):
        said.pop()  # 帮我打卡可以吗，谢谢
    *before, last = [token for clause in said for token in clause]
    apart = has_han(last.words) or len(said[-1]) == 1
    return apart and last.has("tag") and kinds_of(before).isdisjoint({"question", "may_i"})


def _without_core(clauses: Clauses, present: frozenset[str]) -> Judgement:
    """Explain a message without a word that punches; one that is only a position is worth a question."""
    if present and present <= _ONLY_PLACE:
        asks = not present.isdisjoint({"position", "attendance"})  # 打卡地点：科技园
        return Judgement(False, reason=NoneReason.NOT_ABOUT_US, unsure=asks)
    if "dated" in present and all(token.has(*_BESIDE_DAYS) for clause in clauses for token in clause):
        return Judgement(False, reason=NoneReason.ONLY_DAYS)
    if _only_hints(clauses, present):
        return Judgement(False, reason=NoneReason.NOT_ABOUT_US, unsure=True)
    speaks = not present.isdisjoint(grammar().about_us)
    veto = _veto([token for clause in clauses for token in clause], present) if speaks else None
    if veto is None:
        return Judgement(False)
    return Judgement(False, reason=veto[0], unsure=not present.isdisjoint(_ASKED_ABOUT), why=(veto[1],))


def _only_hints(clauses: Clauses, present: frozenset[str]) -> bool:
    """Tell whether all that is said is a hint at a punch, with courtesies: "done", "WFH today"."""
    side = grammar().allowed["side"]
    known = all(allows(token, side) for clause in clauses for token in clause)
    return "hint" in present and known and _veto([], present) is None


def _veto(tokens: Sequence[Token], present: frozenset[str]) -> tuple[NoneReason, Evidence] | None:
    rules = grammar()
    if present.isdisjoint(rules.vetoing):
        return None
    lifts = {"request", "for_me"} <= present
    for reason, every in rules.vetoes:
        kinds = every - rules.polite_lifts if lifts else every
        if not present.isdisjoint(kinds):
            token = next((token for token in tokens if not token.kinds.isdisjoint(kinds)), None)
            found = "|".join(sorted(present & kinds))
            return reason, Evidence(f"against a punch: {found}", token.words if token else "")
    return None


def _direction(clauses: Clauses, present: frozenset[str]) -> tuple[CheckType | None, bool]:
    """Return the direction that the words name, and whether they agree on it.

    What a command names counts before what is merely told beside it.
    """
    rules = grammar()
    for kinds in (rules.cores["command"] | rules.cores["wide"], rules.every_core - {"arrive"}, rules.every_core):
        said = present & kinds
        on, off = bool(said & rules.on), bool(said & rules.off)
        if (on and off) or (on and "parting" in present):
            return None, False  # 上班打卡，明天见
        if on or off:
            clash = kinds is not rules.every_core and _clashes(clauses, on)
            return (CheckType.ON_DUTY if on else CheckType.OFF_DUTY), not clash
    if "parting" in present:
        return CheckType.OFF_DUTY, True  # 明天见，打卡
    # 去健身，打卡: going home, or a check-in at the gym
    return None, "errand" not in present or "afield" in present


def _clashes(clauses: Clauses, on: bool) -> bool:
    """Tell whether anything said contradicts a direction: "I'm here, clock me out"."""
    contrary = (grammar().off if on else grammar().on) - {"arrive", "word_on"}
    for clause in clauses:
        said = kinds_of(clause)
        over = not said.isdisjoint(_OVER)  # 孩子发烧来晚了, "school run done": nothing to go to any more
        over |= "leave" in said and on  # 上午请假，下午到岗，打卡
        if switched(clause):
            continue  # "lights off, clock me in"
        rest = contrary - {"errand"} if over else contrary
        if not said.isdisjoint(rest) and any(token.of(rest) and not token.has("at_work") for token in clause):
            return True
    return False


def _accounted_for(clauses: Clauses, present: frozenset[str]) -> bool:
    """Tell whether every clause is a punch, tells of the person's day, or is a courtesy."""
    punch = beside(clauses, present)
    if any("trouble" in token.kinds and "reason" in token.kinds for clause in clauses for token in clause):
        return False  # 打卡原因：忘带手机
    core_seen = commanded = False
    for clause in with_moments(clauses):
        if commanded and told_of_it(clause, off=punch.off):
            return False
        commanded = any(token.of(COMMANDS) for token in clause)
        if not commanded and only_names(clause):
            return False
        kinds = kinds_of(clause)
        if asked_ahead(clause) or _somebody_came(clause):
            return False
        if any(_core_clause(clause, kinds, strength) for strength in grammar().cores):
            core_seen = True
        elif not may_stand(clause, punch):
            return False
    return core_seen


def _core_clause(clause: Sequence[Token], kinds: frozenset[str], strength: str) -> bool:
    if kinds.isdisjoint(grammar().cores[strength]):
        return False
    allowed = grammar().allowed[strength]
    if _only_names_it(clause):
        return False
    if {"post", "arrive"} <= kinds:
        return False  # 到图书馆了
    if strength == "wide":
        clause = _without_articles(clause)
    if strength == "command" and not kinds.isdisjoint(_TOLD_BEFORE):
        clause = _from_core(clause)  # 会开完了下班打卡, 去接孩子下班打卡
    if clause[-1].has("colon", "slash") and len(clause) > 1:
        return False  # 打卡：
    if clause[-1].has("place_intro") and not clause[-1].of(grammar().every_core):
        return False  # a place was announced and never named: 打卡地点
    if strength == "arrival" and (kinds.isdisjoint({"work_place", "site"}) or _is_between_places(clause)):
        return False
    if strength == "word" and "today" in kinds and any(token.words in {"out", "off"} for token in clause):
        return False  # "I'm off today" is a day off
    if "colon" in kinds and not kinds.isdisjoint({"cmd_on", "cmd_off"}):
        allowed |= {"city"}  # 签到：漕河泾
    if strength in {"word", "command"} and moment_after(clause):
        allowed |= {"time", "place_intro"}
    return all(allows(token, allowed) for token in clause)


def _without_articles(clause: Sequence[Token]) -> Sequence[Token]:
    """Return the clause without an article before a place of work: "checking in from the Bangkok office"."""
    return [
        token
        for token, after in zip_longest(clause, clause[1:])
        if not (token.words == "the" and after is not None and after.has("work_place"))
    ]


def _only_names_it(clause: Sequence[Token]) -> bool:
    """Tell whether a slash stands between two commands (打卡/签到), or 的 makes one a mere topic (早班的签到)."""
    commands = grammar().cores["command"]
    return any(
        after.has(*commands) and (token.words == "的" or (token.has("slash") and before.has(*commands)))
        for before, token, after in zip(clause, clause[1:], clause[2:], strict=False)
    )


def _somebody_came(clause: Sequence[Token]) -> bool:
    """Tell whether it is not the speaker who arrives: 客户到了."""
    return any("comer" in token.kinds and after.has(*_COMING) for token, after in pairwise(clause))


def _is_between_places(clause: Sequence[Token]) -> bool:
    """Tell whether a place or what one does stands before where one is: "I work at HQ", 公司到总部."""
    arrives = next(index for index, token in enumerate(clause) if token.has("arrive"))
    return any(token.of(PLACES) for token in clause[:arrives])


def _from_core(clause: Sequence[Token]) -> Sequence[Token]:
    """Return the clause without the telling words in front of its first core."""
    side = grammar().allowed["side"]
    for index, token in enumerate(clause):
        if token.of(grammar().cores["command"]) or not allows(token, side):
            return clause[index:]
    return clause


def _only_arrival(present: frozenset[str]) -> bool:
    return present.isdisjoint(grammar().every_core - {"arrive", "word_on", "word_off"})


def _behind_a_site(clauses: Clauses) -> bool:
    """Tell whether what nobody knows stands behind a site that one may have come to: "at HQ waiting"."""
    return any(one.has("site") and not other.kinds for clause in clauses for one, other in pairwise(clause))


def quoted(tokens: Sequence[Token]) -> bool:
    """Tell whether a pair of quotes stands around a word that would punch."""
    marks = [index for index, token in enumerate(tokens) if token.has("quote")]
    return any(
        token.has("attendance", *grammar().every_core)
        for first, last in pairwise(marks)
        for token in tokens[first:last]
    )
