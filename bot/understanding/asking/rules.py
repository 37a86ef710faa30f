"""The rules of `lexicon/rules.yaml`, held against the kinds of words that a message is made of."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from bot.understanding.intents import Evidence, IntentName, NoneReason
from bot.understanding.words.tokens import Token, kinds_of
from bot.understanding.words.vocabulary import table

# rules of these do not fit beside a command of its own: 周报写完了，下班打卡 asks for no weekly report
_QUERIES = frozenset({
    IntentName.STATUS, IntentName.HISTORY, IntentName.SUMMARY_TODAY, IntentName.SUMMARY_RANGE, IntentName.EXPORT,
})  # fmt: skip
_YIELDS = {
    IntentName.LEAVE: frozenset({"ordered"}),
    **dict.fromkeys(_QUERIES, frozenset({"ordered", "commanded"})),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table; see its head for what each part means."""

    intent: IntentName
    needs: tuple[frozenset[str], ...]
    unless: frozenset[str]
    only: frozenset[str] | None
    near: tuple[str, str, int] | None
    by_clause: bool
    reason: NoneReason | None


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules in order."""
    return tuple(_rule(row) for row in table("rules"))


def _rule(row: dict[str, object]) -> Rule:
    near = row.get("near")
    only = _words(row, "only")
    reason = row.get("reason")
    intent = IntentName(str(row["intent"]))
    return Rule(
        intent=intent,
        needs=tuple(frozenset(line.split("|")) for line in _words(row, "needs")),
        unless=frozenset(kind for line in _words(row, "not") for kind in line.split("|"))
        | _YIELDS.get(intent, frozenset()),
        only=frozenset(only) | {"sep"} if only else None,
        near=(str(near[0]), str(near[1]), int(near[2])) if isinstance(near, list) else None,
        by_clause=row.get("clause") == "true",
        reason=NoneReason(str(reason)) if reason else None,
    )


def _words(row: dict[str, object], key: str) -> tuple[str, ...]:
    value = row.get(key, ())
    return tuple(str(word) for word in value) if isinstance(value, Iterable) else ()


def first_rule(
    tokens: Sequence[Token], present: frozenset[str], clauses: Sequence[Sequence[Token]]
) -> Rule | None:
    """Return the first rule that fits a message whose tokens have the kinds `present`, or None."""
    every, waiting = rules(), _waiting()
    apart: list[tuple[Sequence[Token], frozenset[str]]] = []  # each clause with its kinds
    for number in sorted({number for kind in waiting.keys() & present for number in waiting[kind]}):
        rule = every[number]
        if rule.by_clause:
            apart = apart or [(clause, kinds_of(clause) | present & {"ordered"}) for clause in clauses]
            if any(_fits(rule, clause, kinds) for clause, kinds in apart):
                return rule
        elif _fits(rule, tokens, present) and _near(rule, clauses):
            return rule
    return None


@cache
def _waiting() -> dict[str, list[int]]:
    """Return which rules a kind may set off: those whose narrowest need it meets."""
    waiting: dict[str, list[int]] = {}
    for number, rule in enumerate(rules()):
        for kind in min(rule.needs, key=len):
            waiting.setdefault(kind, []).append(number)
    return waiting


def _fits(rule: Rule, tokens: Sequence[Token], present: frozenset[str]) -> bool:
    for need in rule.needs:
        if present.isdisjoint(need):
            return False
    if not present.isdisjoint(rule.unless):
        return False
    return rule.only is None or not any(token.kinds.isdisjoint(rule.only) for token in tokens)


def _near(rule: Rule, clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether two kinds that a rule wants near each other are, inside one clause."""
    if rule.near is None:
        return True
    one, other, most = rule.near
    for clause in clauses:
        at, at_other = -math.inf, math.inf
        for index, token in enumerate(clause):
            at = index if one in token.kinds else at
            at_other = index if other in token.kinds else at_other
            if abs(at - at_other) <= most:
                return True
    return False


def evidence(rule: Rule, tokens: Sequence[Token]) -> tuple[Evidence, ...]:
    """Return which words met each need of `rule`."""
    met = []
    for need in rule.needs:
        token = next((token for token in tokens if not token.kinds.isdisjoint(need)), None)
        if token is not None:
            met.append(Evidence(f"{rule.intent}: {'|'.join(sorted(token.kinds & need))}", token.words))
    return tuple(met)
