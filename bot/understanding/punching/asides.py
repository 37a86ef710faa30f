"""What may be told beside a punch in a clause of its own: how the way was, what is over, where one goes."""

from collections.abc import Sequence, Set
from itertools import pairwise
from typing import NamedTuple

from bot.understanding.punching.clauses import (
    is_known_telling,
    locks_up,
    may_be_elsewhere,
    misleads,
    on_the_way,
    switched,
)
from bot.understanding.words.grammar import grammar
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import Token, kinds_of
from bot.understanding.words.vocabulary import vocabulary

Clauses = Sequence[Sequence[Token]]
MEANWHILE = ("while", "while i", "before")  # how it begins what one is about: "while I grab coffee"
DOING = ("clocking ", "punching ")  # how a command begins that is under way: "clocking out"
_UNKNOWN_BESIDE = 3  # unknown words that may stand in a clause of its own beside a clear command
_CLEAR = frozenset({"cmd_on", "cmd_off"})
_OTHERS = frozenset({"other", "third"})
_PEOPLE = _OTHERS | {"team"}
_COURTESY = frozenset({"polite", "greeting", "particle", "feeling", "soft"})
_COMING_IN = ("clocking in", "punching in")
_GOING = frozenset({"say_off", "word_off"})
_STATES = _GOING | {"say_on", "arrive"}
_TO_COME = frozenset({"future", "future_day", "going"})
# all that may be told aside
_EXCUSED = _PEOPLE | _TO_COME | {"condition", "delay", "elsewhere", "code_talk", "person", "proxy", "past"}
_LEFT = ("left", "gone", "gone home", "has left", "have left", "is gone")
_OF_WORK = "班岗工退"
_ONESELF = ("我", "俺", "i'", "i ")
_NAMED = frozenset({"person", "proxy"})
_AHEAD = frozenset({"time", "minutes", "number", "future", "departs"})
_DONE = frozenset({"see", "approve"})  # 床位都查了
_RECORDS = frozenset({"record", "summary", "schedule_word", "document", "help", "question_policy"})
_COMPLETED = "完成束定好"  # what is done, not who goes: 报价单做完了
_FINISHED = tuple("了啦")
_ENDED = (*_FINISHED, "完", "完毕", "结束")
_SHORTEST_FINISHED = 3  # tokens, or one of them is a name: 小王走了


class Beside(NamedTuple):
    """What the punch is that a clause stands beside.

    `command`: one with or without direction · `clear`: with one · `off`: going · `sure`: said to the bot for
    oneself ("clock me out") · `there`: a clause of its own says that one is there, or goes (我到了，打卡) ·
    `settled`: it does, or the command itself ("clocking out") · `afield`: made where one is sent (外勤打卡) ·
    `stated`: no command, but a clause that says no more than that one is there or goes; `leaves`: that one goes.
    """

    command: bool
    clear: bool
    off: bool
    sure: bool
    asked: bool
    firm: bool
    there: bool
    settled: bool
    afield: bool
    stated: bool
    leaves: bool


def beside(clauses: Clauses, present: frozenset[str]) -> Beside:
    """Return what a punch of these kinds is to the clauses beside it."""
    command = not present.isdisjoint(grammar().cores["command"])
    said = frozenset().union(*map(_own_state, clauses))
    own = said if command else frozenset()
    off = "cmd_off" in present or ("cmd_on" not in present and not own.isdisjoint(_GOING))
    return Beside(
        command=command or "noted" in present,
        clear=not present.isdisjoint(_CLEAR) or bool(own),
        off=off,
        sure="for_me" in present and (off or not present.isdisjoint({"say_on", "arrive"})),
        asked="for_me" in present,
        firm="for_me" in present or any(_is_firm(token) for clause in clauses for token in clause),
        there=bool(own - {"doing"}),
        settled=bool(own),
        afield="afield" in present,
        stated=bool(said) and not command,
        leaves=not said.isdisjoint(_GOING),
    )


def _is_firm(token: Token) -> bool:
    """Tell whether a command can only be one's own, for work: not 签到, nor "clock in", which may tell others."""
    if not token.of(_CLEAR):
        return False
    return token.words.startswith(DOING) or any(sign in _OF_WORK for sign in token.words)


def _own_state(clause: Sequence[Token]) -> frozenset[str]:
    """Return what a clause says of the speaker, if that is all it says: that one is there, or goes."""
    if clause[0].words.startswith(DOING) and clause[0].of(_CLEAR):
        return frozenset({"doing"})
    said = kinds_of(clause) & _STATES | ({"say_on"} if any(map(_came, clause)) else set())
    if said == {"arrive"} and not any(token.has("work_place", "site") for token in clause):
        return frozenset()  # "at" alone is no arrival
    if not said or any(token.has("hint", "comer") for token in clause):
        return frozenset()
    allowed = grammar().allowed["statement"]
    return said if all(allows(token, allowed) or _came(token) for token in clause) else frozenset()


def _came(token: Token) -> bool:
    """Tell whether a word says when one came: 到公司的 in 8:50到公司的."""
    return token.has("left_or_came") and token.words.startswith(("到", "来"))


def may_stand(clause: Sequence[Token], punch: Beside) -> bool:
    """Tell whether a clause may stand beside a punch.

    One in the closed frames of `clauses.py` may, and one with unknown words only where another says that one is
    there or goes: no list of words that quote, order or lead elsewhere could be whole. Beside a clock-in only what
    is over counts, since who is still about something may not have come yet (我在买咖啡，上班打卡).
    """
    kinds = kinds_of(clause)
    if not kinds.isdisjoint(grammar().cores["command"]):
        return False
    if "city" in kinds and all(token.has("city") for token in clause):
        return punch.clear or punch.afield  # "clock in - Pudong"; 打卡，北京 may tell of a trip
    if _somebody_left(clause):
        return True  # or the others in it forbid the punch
    if punch.stated and is_known_telling(clause, off=punch.leaves):
        return True  # 碗洗完了，下班了
    if not punch.command and not kinds.isdisjoint({"context", "reason"}) and kinds.isdisjoint(grammar().done):
        return all(token.has("shift_name") for token in clause)  # 夜班，到岗
    allowed = grammar().allowed["side"]
    appointed = clause[0].has("time") and "errand" in kinds  # 5点看牙，下班打卡
    if punch.off and (_until(clause) or "departs" in kinds or appointed):
        allowed |= _AHEAD  # 加班到九点, "bus leaves in 5 minutes"
    strange = [token for token in clause if not allows(token, allowed)]
    if punch.command and not punch.there and not (punch.off and punch.firm) and may_be_elsewhere(clause):
        return False
    if punch.command and not punch.off and _in_a_spot(clause):
        return False
    if punch.command and not punch.off and not punch.there and "word_off" not in kinds and locks_up(clause):
        return False  # 门锁了，上班打卡: the door at home?
    if punch.firm and is_known_telling(clause, off=punch.off):
        return True
    return not strange or (_is_told(clause, strange, punch) and _may_tell(clause, strange, punch))


def _in_a_spot(clause: Sequence[Token]) -> bool:
    """Tell whether one says to be in what is no known place of work: "I'm in Rome", but "I'm at Tencent"."""
    kinds = kinds_of(clause)
    return clause[0].words.endswith("m in") and "spot" in kinds and kinds.isdisjoint({"work_place", "site"})


def _is_told(clause: Sequence[Token], strange: Sequence[Token], punch: Beside) -> bool:
    """Tell whether nothing in a clause quotes, calls for something else, or says who else or when."""
    if misleads(clause) or (not punch.off and not punch.there and on_the_way(clause)):
        return False
    if any(_of_another_day(token) for token in clause) or _is_announced(clause):
        return False
    elsewhere = punch.afield and not clause[-1].words.endswith(_FINISHED)
    if _somebody_else(clause, strange) and not elsewhere and not (punch.firm and switched(clause)):
        return False
    finished = punch.off and (_finished(clause) or _goes_to(clause))
    foreign = grammar().foreign - (_DONE if finished else frozenset())
    return not any(token.kinds & foreign for token in strange)


def _is_announced(clause: Sequence[Token]) -> bool:
    """Tell whether a colon stands behind a word that nobody knows, as behind who speaks: "Bob: lights on"."""
    return any(other.has("colon") and not one.kinds for one, other in pairwise(clause))


def _may_tell(clause: Sequence[Token], strange: Sequence[Token], punch: Beside) -> bool:
    """Tell whether a clause with strange words tells something, as far as the command beside it is clear."""
    unknown = sum(not token.has("function") for token in strange)
    if unknown > _UNKNOWN_BESIDE:
        return False
    kinds = kinds_of(clause)
    if punch.afield or "fieldwork" in kinds:  # 外勤打卡，去客户那边做调试
        goes = clause[-1].words.endswith(_FINISHED) and _surnamed(clause[0], 2)  # 张三去了
        return not goes and not any(token.kinds & _RECORDS for token in strange)
    known = all(token.kinds for token in clause)
    if not known and not punch.there and "handed_to" not in kinds:
        return False
    if known and punch.clear and punch.sure:
        return True
    tells = not kinds.isdisjoint(grammar().telling if punch.off else grammar().over)
    tells |= punch.off and (not unknown or _finished(clause) or _goes_to(clause))
    if not tells and (not punch.settled or not any(token.kinds for token in clause) or _surnamed(clause[0], 2)):
        return False
    return punch.clear and not any(_may_name(token, first=token is clause[0]) for token in strange)


def excused(clauses: Clauses, present: frozenset[str]) -> frozenset[str]:
    """Return what need not forbid a punch: a way that is over (堵车迟到了), and what is only told beside it."""
    if present.isdisjoint(_EXCUSED):
        return frozenset()
    came = present & grammar().came or any(_came_at(clause) for clause in clauses)
    came = came or any(token.words.startswith(_COMING_IN) for clause in clauses for token in clause)
    found = frozenset({"delay"}) if came else frozenset()
    off = "cmd_off" in present
    if off and all(token.has("spot") for clause in clauses for token in clause if token.has("elsewhere")):
        found |= {"elsewhere"}  # "at the lift, clock me out"
    told = grammar().over | {"context"}
    if (off or "word_off" in present) and told_aside(clauses, {"code_talk"}, told | {"particle"}):
        found |= {"code_talk"}  # 代码提交了，下班打卡
    ahead = [token for clause in clauses for token in clause if token.of(_TO_COME)]
    if off and all(token.has("minutes") for token in ahead) and told_aside(clauses, {"future"}, within="departs"):
        found |= {"future"}  # 5分钟后班车就开，下班打卡
    if off and all(token.has("early_tomorrow") for token in ahead) and told_aside(clauses, _TO_COME):
        found |= _TO_COME  # 明天还要早起，下班打卡
    doing = any(clause[0].words.startswith(DOING) for clause in clauses)
    mine = doing or "for_me" in present
    if "for_me" in present and any(map(_own_state, clauses)) and _meanwhile(clauses):
        found |= {"future", "condition"}  # "I'm at my desk, clock me in while I grab coffee"
    if "for_me" in present and told_aside(clauses, _NAMED, within="covering"):
        found |= _NAMED  # "covering for Bob, clock me in"
    past = [token for clause in clauses for token in clause if token.has("past")]
    was = all(token.has("function") for token in past)  # "finally here, traffic was hell, clock me in"
    if came and was and (mine or any(map(_own_state, clauses))) and told_aside(clauses, {"past"}):
        found |= {"past"}
    return found | _others_excused(clauses, present, mine=mine)


def _others_excused(clauses: Clauses, present: frozenset[str], *, mine: bool) -> frozenset[str]:
    """Return which of those who are told of beside one's own punch (`mine`: said to be) do not forbid it."""
    found: frozenset[str] = frozenset()
    off = "cmd_off" in present
    if off and _handed_over(clauses):
        found |= _NAMED | _PEOPLE  # 交接给小赵了，打下班卡
    others = [token for clause in clauses for token in clause if token.of(_PEOPLE)]
    if (off or "word_off" in present or "say_off" in present) and _others_left(clauses):
        found |= _PEOPLE
    about = all(token.has("served", "around") for token in others)
    if mine and about and told_aside(clauses, _PEOPLE):
        found |= _PEOPLE  # "kids need me, clock me out"
    if off and all(token.has("worked_on") for token in others if token.words != "all"):
        if told_aside(clauses, _OTHERS, grammar().over | {"context"}):
            found |= _OTHERS  # 快递都派完了，下班打卡
        if told_aside(clauses, {"team"}, within="ended") and all(
            token.words == "all" for token in others if token.has("team")
        ):
            found |= {"team"}  # "patients all seen, clocking out"
    return found


def _meanwhile(clauses: Clauses) -> bool:
    """Tell whether all that is to come, or a condition, is what one is about meanwhile, in a clause of its own."""
    return all(
        token is clause[0] and token.words in MEANWHILE
        for clause in clauses
        for token in clause
        if token.has("future", "condition")
    )


def _handed_over(clauses: Clauses) -> bool:
    """Tell whether all who are named took over: 交接给小赵了, "handed the keys to Maria"."""
    for clause in clauses:
        for before, token, after in zip((None, *clause), clause, (*clause[1:], None), strict=False):
            handed = token.has("handed_to") or (before is not None and before.has("handed_to"))
            if before is not None and after is not None:  # 跟小李交接完了
                handed |= before.has("handed_with") and after.has("handed_over")
            if token.of(_NAMED | _PEOPLE) and not handed:
                return False
    return told_aside(clauses, _NAMED | _PEOPLE)


def _came_at(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says when one came: "in at 9:10"."""
    return clause[0].has("word_on", "say_on") and clause[-1].has("time")


def _others_left(clauses: Clauses) -> bool:
    """Tell whether all that is said of others is that they have gone, before a command of one's own.

    Before one's own "I go too" (大家都走了，我也下班了) it may be anybody, before a command alone a lead.
    """
    rest = [clause for clause in clauses if not _somebody_left(clause)]
    own = [clause for clause in rest if not all(token.of(_COURTESY) for token in clause)]
    if len(rest) == len(clauses) or not own or _somebody_left(clauses[-1]):
        return False
    if not kinds_of(token for clause in rest for token in clause).isdisjoint(_PEOPLE):
        return False
    if any(clause[0].words.startswith(_ONESELF) and clause[-1].has("word_off", "say_off") for clause in own):
        return True  # 领导走了，我也走了，打卡
    told = [clause for clause in clauses if _somebody_left(clause)]
    last = own[-1]
    if last[0].words.startswith(_ONESELF):
        return last[-1].has("cmd_off", "word_off", "say_off", "particle")
    clear = has_han(last[-1].words) or any(token.has("for_me") for token in last)
    leads = all(clause[0].has("lead") for clause in told)
    return leads and clear and last[0].has("cmd_off", "for_me", "do") and kinds_of(last).isdisjoint({"suggest"})


def _somebody_left(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says no more than that somebody has gone: 领导走了, 同事都走了."""
    *between, last = clause[1:] or clause
    return (
        clause[0].has("lead", *_PEOPLE)
        and all(token.has("now", "do", "context") for token in between)
        and (last.has("say_off", "word_off", "gone") or last.words in _LEFT)
        and last.words.endswith((*_FINISHED, "刚走", *_LEFT))
    )


def told_aside(
    clauses: Clauses, kinds: Set[str], ends: Set[str] | None = None, *, within: str | None = None
) -> bool:
    """Tell whether `kinds` stand only in clauses without a core.

    The last word of each must be of `ends`, and a word in it of the kind `within`, where these are given.
    """
    for clause in clauses:
        said = kinds_of(clause)
        if said.isdisjoint(kinds):
            continue
        said_over = ends is None or clause[-1].of(ends) or clause[0].has("handed_on")  # "pushed the commit"
        if said & grammar().every_core - {"errand"} or not said_over:
            return False
        if within is not None and within not in said:
            return False
    return True


def allows(token: Token, allowed: frozenset[str]) -> bool:
    """Tell whether a token may stand here; a time of day only where times may, whatever else it says."""
    return not token.kinds.isdisjoint(allowed) and token.kinds & {"time", "minutes"} <= allowed


def _of_another_day(token: Token) -> bool:
    return token.has("dated") and not token.has("today")


def _somebody_else(clause: Sequence[Token], strange: Sequence[Token]) -> bool:
    """Tell whether one whom nobody taught us may be who comes or goes: 新来的到了, "my shift buddy left"."""
    if clause[0].has("self", "lead", "around", "left_or_came", *grammar().every_core) and clause[0].words != "my":
        return False
    if clause[0].words in {"it's", "that's"}:
        return False  # "it's chilly in here"
    if any(token.has("left_or_came", "gone") for token in strange):
        return True
    moves = any(token.of(grammar().every_core) and not set(_COMPLETED) & set(token.words) for token in clause)
    return moves and any(not token.kinds for token in strange)


def _until(clause: Sequence[Token]) -> bool:
    return any(one.has("went_on") and other.has("time") for one, other in pairwise(clause))


def _finished(clause: Sequence[Token]) -> bool:
    """Tell whether a Chinese clause says that something is done: 护士服换好了."""
    last = clause[-1].words
    return has_han(last) and last.endswith(_ENDED) and len(clause) >= _SHORTEST_FINISHED


def _goes_to(clause: Sequence[Token]) -> bool:
    """Tell whether a Chinese clause says where one goes: 去打疫苗, 聚餐去."""
    return len(clause) > 1 and (
        "去" in {clause[0].words, clause[-1].words}
        or clause[0].words in {"先去", "还得去"}
        or (clause[0].has("errand") and clause[0].words[0] == "去")
    )


def _may_name(token: Token, *, first: bool) -> bool:
    """Tell whether an unknown word may be somebody who is spoken of, or to: "Bob, clock out", 张三合同签完了."""
    if token.kinds:
        return False
    if token.words.isascii():
        return first
    return _surnamed(token, 3)


def _surnamed(token: Token, shortest: int) -> bool:
    if token.kinds or len(token.words) < shortest:
        return False
    return token.words[0] in vocabulary().names.surnames or token.words[0] in "小老阿"
