"""Whether a message is a punch: closed world, every word has to be accounted for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from bot.domain.shifts import CheckType
from bot.understanding.intents import Evidence, NoneReason
from bot.understanding.tokens import Token, kinds_of
from bot.understanding.vocabulary import table, vocabulary

Clauses = Sequence[Sequence[Token]]
_CLEAR = frozenset({"cmd_on", "cmd_off"})
_UNKNOWN_BESIDE = 3  # unknown words that may stand in a clause of its own beside a clear command
_TOLD = frozenset({"in", "out", "clocking in", "clocking out", "time in", "time out"})
_ASKED_ABOUT = frozenset({"claimed", "asked"})  # vetoes that leave a doubt: 我打卡了, "please clock in"
_UNSURE_WORDS = 4  # with more unknown pieces than this a message is about something else, and nobody is asked


@dataclass(frozen=True, slots=True)
class Grammar:
    """The table of `lexicon/grammar.yaml`."""

    on: frozenset[str]
    off: frozenset[str]
    cores: Mapping[str, frozenset[str]]
    every_core: frozenset[str]
    allowed: Mapping[str, frozenset[str]]
    done: frozenset[str]
    over: frozenset[str]
    harmless: frozenset[str]
    telling: frozenset[str]
    vetoes: tuple[tuple[NoneReason, frozenset[str]], ...]
    polite_lifts: frozenset[str]
    about_us: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Punch or not. `reason` is None for a punch; `unsure` asks the person."""

    punch: bool
    direction: CheckType | None = None
    reason: NoneReason | None = None
    unsure: bool = False
    why: tuple[Evidence, ...] = ()


@cache
def grammar() -> Grammar:
    """Return the grammar of a punch."""
    rows = table("grammar")
    cores = {name: frozenset(kinds) for name, kinds in rows["cores"].items()}
    return Grammar(
        on=frozenset(rows["directions"]["on"]),
        off=frozenset(rows["directions"]["off"]),
        cores=cores,
        every_core=frozenset().union(*cores.values()),
        allowed={name: frozenset(kinds) for name, kinds in rows["allowed"].items()},
        done=frozenset(rows["done"]),
        over=frozenset(rows["over"]),
        harmless=frozenset(rows["harmless"]),
        telling=frozenset(rows["telling"]),
        vetoes=tuple((NoneReason(row["reason"]), frozenset(row["kinds"])) for row in rows["vetoes"]),
        polite_lifts=frozenset(rows["polite_lifts"]),
        about_us=frozenset(rows["about_us"]),
    )


def judge(clauses: Clauses, present: frozenset[str]) -> Verdict:
    """Return whether the clauses of a message are a punch, its direction, and why (not)."""
    if present.isdisjoint({"work_place", "site", "place"}):
        present -= {"arrive"}  # "at" alone is no arrival
    if present.isdisjoint(grammar().every_core):
        return _without_core(clauses, present)
    tokens = [token for clause in clauses for token in clause]
    present -= _excused(clauses, present)
    cores = [token for token in tokens if token.has(*grammar().every_core)]
    veto = _veto(tokens, present)
    if veto is not None:
        return Verdict(False, reason=veto[0], unsure=not present.isdisjoint(_ASKED_ABOUT), why=(veto[1],))
    direction, agreed = _direction(clauses, present)
    if agreed and _accounted_for(clauses, present):
        said = tuple(
            Evidence(f"punch: {'|'.join(sorted(t.kinds & grammar().every_core))}", t.words) for t in cores
        )
        return Verdict(True, direction, why=said)
    strange = tuple(Evidence("not accounted for", token.words) for token in tokens if not token.kinds)
    asks = len(strange) <= _UNSURE_WORDS and not _only_arrival(present)
    reason = NoneReason.NOT_ABOUT_US if present.isdisjoint({"time", "minutes"}) else NoneReason.FUTURE
    return Verdict(False, direction, reason, unsure=asks, why=strange)


def _excused(clauses: Clauses, present: frozenset[str]) -> frozenset[str]:
    """Return what need not forbid a clear command: it stands in another clause, and is over (a bug fixed)."""
    if "cmd_off" not in present:
        return frozenset()
    excused = frozenset({"code_talk"})
    for clause in clauses:
        kinds = kinds_of(clause)
        told = clause[-1].has("particle", *grammar().over) and kinds.isdisjoint(grammar().every_core)
        if "code_talk" in kinds and not told:
            return frozenset()
    return excused


def _without_core(clauses: Clauses, present: frozenset[str]) -> Verdict:
    """Explain a message without a word that punches; one that is only a position is worth a question."""
    if present and present <= {"position", "place", "coordinate", "place_intro", "sep", "colon", "paren"}:
        return Verdict(False, reason=NoneReason.NOT_ABOUT_US, unsure="position" in present)
    speaks = not present.isdisjoint(grammar().about_us)
    veto = _veto([token for clause in clauses for token in clause], present) if speaks else None
    if veto is None:
        return Verdict(False)
    return Verdict(False, reason=veto[0], unsure=not present.isdisjoint(_ASKED_ABOUT), why=(veto[1],))


def _veto(tokens: Sequence[Token], present: frozenset[str]) -> tuple[NoneReason, Evidence] | None:
    lifted = grammar().polite_lifts if {"request", "for_me"} <= present else frozenset()
    for reason, every in grammar().vetoes:
        kinds = every - lifted
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
        if on and off:
            return None, False
        if on or off:
            clash = kinds is not rules.every_core and _clashes(clauses, on)
            return (CheckType.ON_DUTY if on else CheckType.OFF_DUTY), not clash
    return None, True


def _clashes(clauses: Clauses, on: bool) -> bool:
    """Tell whether anything said contradicts a direction: "I'm here, clock me out"."""
    contrary = (grammar().off if on else grammar().on) - {"arrive", "word_on"}
    return any(token.has(*contrary) and not token.has("at_work") for clause in clauses for token in clause)


def _accounted_for(clauses: Clauses, present: frozenset[str]) -> bool:
    """Tell whether every clause is a punch, tells of the person's day, or is a courtesy."""
    command = not present.isdisjoint(grammar().cores["command"])
    clear = not present.isdisjoint(_CLEAR)
    unknown = _UNKNOWN_BESIDE if clear else 0
    telling = "for_me" not in present
    core_seen = False
    for clause in clauses:
        kinds = kinds_of(clause)
        if any(_core_clause(clause, kinds, strength) for strength in grammar().cores):
            core_seen = True
        elif not _side_clause(clause, kinds, command=command, unknown=unknown, telling=telling):
            return False
    return core_seen


def _core_clause(clause: Sequence[Token], kinds: frozenset[str], strength: str) -> bool:
    if kinds.isdisjoint(grammar().cores[strength]):
        return False
    allowed = grammar().allowed[strength]
    if strength == "command" and "ended" in kinds and not kinds.isdisjoint(_CLEAR):
        clause = _from_core(clause)  # 会开完了下班打卡
    if clause[-1].has("place_intro") and not clause[-1].has(*grammar().every_core):
        return False  # a place was announced and never named: 打卡地点
    if strength == "arrival" and kinds.isdisjoint({"work_place", "site"}):
        return False
    if strength == "word" and "today" in kinds and any(token.words in {"out", "off"} for token in clause):
        return False  # "I'm off today" is a day off
    if strength in {"word", "command"} and _moment_after(clause):
        allowed |= {"time", "place_intro"}
    return all(_allowed(token, allowed) for token in clause)


def _from_core(clause: Sequence[Token]) -> Sequence[Token]:
    """Return the clause without the telling words in front of its first core."""
    side = grammar().allowed["side"]
    for index, token in enumerate(clause):
        if token.has(*grammar().cores["command"]) or not _allowed(token, side):
            return clause[index:]
    return clause


def _allowed(token: Token, allowed: frozenset[str]) -> bool:
    """Tell whether a token may stand here; a time of day only where times may, whatever else it says."""
    return not token.kinds.isdisjoint(allowed) and ("time" not in token.kinds or "time" in allowed)


def _moment_after(clause: Sequence[Token]) -> bool:
    """Tell whether the clause is told to the minute: "in at 8:58", "out 18:05", "/punch out @ 19:00"."""
    said = [token for token in clause if not token.has("self", "now", "particle", "slash", "polite", "reason")]
    if len(said) < 2:
        return False
    core, *between, last = said
    if not (last.has("time") and ":" in last.words) or core.has("for_me"):
        return False
    if core.words in _TOLD:
        return all(token.words == "at" or token.has("at_sign") for token in between)
    return core.has("cmd_on", "cmd_off") and len(between) == 1 and between[0].has("at_sign")


def _side_clause(
    clause: Sequence[Token], kinds: frozenset[str], *, command: bool, unknown: int, telling: bool
) -> bool:
    """Tell whether a clause beside the punch may stand there.

    Beside a clear command (上班打卡) some `unknown` words may too. With `telling` the clause has to tell of the
    person's day as well; beside a command that says for whom (clock me out) it need not.
    """
    if not kinds.isdisjoint(grammar().cores["command"]):
        return False
    if not command and not kinds.isdisjoint({"context", "reason"}) and kinds.isdisjoint(grammar().done):
        return False
    if all(_allowed(token, grammar().allowed["side"]) for token in clause):
        return True
    if telling and kinds.isdisjoint(grammar().telling):
        return False
    strange = [token for token in clause if not _allowed(token, grammar().allowed["side"])]
    if telling and any(_may_name(token, first=token is clause[0]) for token in strange):
        return False
    return len(strange) <= unknown and all(token.kinds <= grammar().harmless for token in strange)


def _may_name(token: Token, *, first: bool) -> bool:
    """Tell whether an unknown word may be somebody who is spoken of, or to: "Bob, clock out", 张三合同签完了."""
    if token.kinds:
        return False
    if token.words.isascii():
        return first
    return len(token.words) >= 3 and (token.words[0] in vocabulary().names.surnames or token.words[0] in "小老阿")


def _only_arrival(present: frozenset[str]) -> bool:
    return present.isdisjoint(grammar().every_core - {"arrive", "word_on", "word_off"})


def quoted(tokens: Sequence[Token]) -> bool:
    """Tell whether a pair of quotes stands around a word that would punch."""
    marks = [index for index, token in enumerate(tokens) if token.has("quote")]
    return any(
        token.has("attendance", *grammar().every_core)
        for first, last in pairwise(marks)
        for token in tokens[first:last]
    )
