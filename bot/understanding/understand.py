"""The stages in order: normalise, tokenise, read the arguments, hold them against the rules, then the grammar."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Literal

from bot.domain.shifts import CheckType
from bot.domain.sites import Site
from bot.understanding.arguments import Arguments, read
from bot.understanding.dates import resolve
from bot.understanding.intents import Intent, IntentName, NoneReason
from bot.understanding.mentions import without_mention
from bot.understanding.normalise import LIMIT, has_han, normalise
from bot.understanding.punches import Verdict, judge, quoted
from bot.understanding.rules import Rule, evidence, first_rule
from bot.understanding.times import as_time
from bot.understanding.tokens import Token, kinds_of

_FORWARD = frozenset({IntentName.LEAVE, IntentName.REMIND_SET, IntentName.REMIND_OFF})
_MANY = 2  # unknown pieces from which a message is about more than we know
_Language = Literal["zh", "en"]


def understand(text: str, *, today: date, sites: Sequence[Site] = ()) -> Intent:
    """Return what a message means. Pure and deterministic; `today` is the person's local date.

    Text beyond 2,000 characters is not read. Names of `sites` are recognised as places; others are returned
    as written.
    """
    language: _Language = "zh" if has_han(text[:LIMIT]) else "en"
    whole = normalise(text) if len(text) <= LIMIT else None
    if whole is None or len(whole.shown) == 2 * LIMIT:  # signs that stand for several filled it: its end is cut
        return Intent(IntentName.NONE, language, none_reason=NoneReason.TOO_LONG)
    folded = without_mention(whole, sites)
    tokens, found = read(folded, sites, today)
    clauses = _clauses(tokens)
    content = [token for token in tokens if not token.kinds >= {"sep"} or token.has("question_mark")]
    present = kinds_of(tokens) | _observed(tokens)
    rule = first_rule([token for token in content if not token.has("sep")], present, clauses)
    if rule is not None:
        return _by_rule(rule, language, content, found, today)
    return _by_grammar(judge(clauses, present), language, present, found, today)


def _clauses(tokens: Sequence[Token]) -> list[list[Token]]:
    clauses: list[list[Token]] = [[]]
    for token in tokens:
        if token.has("sep"):
            clauses.append([])
        else:
            clauses[-1].append(token)
    return [clause for clause in clauses if clause]


def _observed(tokens: Sequence[Token]) -> frozenset[str]:
    """Return what the message shows as a whole, as kinds that no single word has."""
    kinds: set[str] = set()
    unknown = sum(not token.kinds for token in tokens)
    if unknown:
        kinds.add("unknown")
    if unknown >= _MANY:
        kinds.add("unknown_many")
    if any(token.has("quote") for token in tokens) and quoted(tokens):
        kinds.add("quoted")
    if len(tokens) > 2 and tokens[1].has("colon") and tokens[0].has("remind", "urge", "you", "bot_text"):
        kinds.add("heading")
    words = [token for token in tokens if token.has("self", "self_q")]
    if words and not any(token.has("who", "team", "department") for token in tokens):
        kinds.add("self_only")
    if any(token.has("for_me") for token in tokens) and any(token.has("cmd_on", "cmd_off") for token in tokens):
        kinds.add("ordered")
    if any(one.words + other.words == "()" for one, other in pairwise(tokens)):
        kinds.add("code_sign")
    if _claimed(tokens):
        kinds.add("claimed")
    last = [token for token in tokens if not token.has("sep")][-1:]
    if len(tokens) > 1 and last and last[0].words in {"没", "没有", "不", "否", "未"}:
        kinds.add("question")
    return frozenset(kinds)


def _claimed(tokens: Sequence[Token]) -> bool:
    """Tell whether somebody says 我打卡了: done already, or meant as a command; only they know."""
    for index, token in enumerate(tokens):
        if token.words == "我":
            after = [other for other in tokens[index + 1 :] if not other.has("dated", "now")][:2]
            if (
                after
                and after[0].has("cmd", "cmd_on", "cmd_off")
                and "".join(t.words for t in after)[-1] in "了啦"
            ):
                return True
    return False


def _by_rule(rule: Rule, language: _Language, tokens: Sequence[Token], found: Arguments, today: date) -> Intent:
    name = rule.intent
    return _with_arguments(
        Intent(name, language, none_reason=rule.reason, why=evidence(rule, tokens)),
        found,
        today,
        direction=_told_direction(tokens) if name in _DIRECTED else None,
        late_hours=_told_direction(tokens) is CheckType.OFF_DUTY or any(token.words == "走" for token in tokens),
    )


_DIRECTED = frozenset({IntentName.CORRECTION, IntentName.REMIND_SET, IntentName.REMIND_OFF, IntentName.MISSING,
                       IntentName.STATUS, IntentName.UNDO})  # fmt: skip


def _told_direction(tokens: Sequence[Token]) -> CheckType | None:
    words = " ".join(token.words for token in tokens)
    on = any(
        word in words
        for word in ("上班", "clock in", "punch in", "check in", "clock-in", "签到", "arrived", "到的")
    )
    off = any(
        word in words
        for word in ("下班", "clock out", "punch out", "check out", "clock-out", "签退", "left", "走的")
    )
    if on == off:
        return None
    return CheckType.ON_DUTY if on else CheckType.OFF_DUTY


def _by_grammar(
    verdict: Verdict, language: _Language, present: frozenset[str], found: Arguments, today: date
) -> Intent:
    if verdict.punch:
        name = IntentName.CLOCK_OUT if verdict.direction is CheckType.OFF_DUTY else IntentName.CLOCK_IN
        intent = Intent(name, language, why=verdict.why)
    else:
        reason = verdict.reason or (
            NoneReason.SMALL_TALK if "small_talk" in present or not present else NoneReason.NOT_ABOUT_US
        )
        intent = Intent(IntentName.NONE, language, none_reason=reason, unsure=verdict.unsure, why=verdict.why)
    return _with_arguments(intent, found, today, direction=verdict.direction, late_hours=False)


def _with_arguments(
    intent: Intent, found: Arguments, today: date, *, direction: CheckType | None, late_hours: bool
) -> Intent:
    forward = intent.name in _FORWARD
    position = found.position
    return Intent(
        name=intent.name,
        language=intent.language,
        direction=direction,
        place_name=found.place_name,
        position=position.position if position else None,
        position_error="unreadable" if found.unreadable else position.error if position else None,
        dates=resolve(found.span, today, forward=forward) if found.span else None,
        at=as_time(found.moment, late_hours=late_hours) if found.moment else None,
        minutes=found.minutes,
        person=found.person,
        department=found.department,
        reason=found.reason,
        none_reason=intent.none_reason,
        unsure=intent.unsure,
        why=intent.why,
    )
