"""What is read of one message, once, before anything is decided."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from bot.domain.bracketed import take
from bot.domain.sites import Site
from bot.understanding.arguments.places import with_places_asked
from bot.understanding.arguments.read import MOST_TOKENS, read
from bot.understanding.arguments.values import Arguments
from bot.understanding.asking.rules import Rule, first_rule
from bot.understanding.intents import Intent, IntentName, NoneReason
from bot.understanding.punching.observed import observed
from bot.understanding.punching.parting import clauses_of
from bot.understanding.punching.taps import answered_tap
from bot.understanding.wishing.leads import LeadsWord, decided, excused
from bot.understanding.words.code import code_signs
from bot.understanding.words.mentions import without_mention
from bot.understanding.words.normalise import LIMIT, Text, has_han, normalise
from bot.understanding.words.tokens import Token, kinds_of

_EXCUSES = frozenset({"excuse", "unexcuse"})
_BESIDE = frozenset({"sep", "page", "picture", "plain_text"})  # how an answer is wanted, not what it is about
Language = Literal["zh", "en"]


class Sentence(NamedTuple):
    """A message as the stages see it.

    `content` are its tokens but for signs and how an answer is wanted, `present` the kinds of all and what only
    the whole of it shows; `lead` is the decision or excuse of a lead that it plainly is, `rule` else the first
    that fits.
    """

    text: Text
    language: Language
    today: date
    tokens: Sequence[Token]
    clauses: Sequence[Sequence[Token]]
    content: Sequence[Token]
    present: frozenset[str]
    found: Arguments
    lead: LeadsWord | None
    rule: Rule | None


def read_sentence(written: str, today: date, sites: Sequence[Site]) -> Sentence | Intent:
    """Return what is read of a message, or its intent where its words are not weighed.

    They are not where its end is cut off, which may be a "not", where it is more than anybody says, and where it
    is the code of a tap and whose that was.
    """
    named, text = take(written) if len(written) <= LIMIT else (None, written)
    language: Language = "zh" if has_han(text[:LIMIT]) else "en"
    whole = normalise(text) if len(text) <= LIMIT else None
    if whole is None or len(whole.shown) == 2 * LIMIT:  # signs that stand for several filled it: its end is cut
        return Intent(IntentName.NONE, language, none_reason=NoneReason.TOO_LONG)
    folded = without_mention(whole)
    tap = answered_tap(folded)
    if tap is not None:
        return tap
    tokens, found = read(folded, sites, today, named)
    if len(tokens) > MOST_TOKENS:
        return Intent(IntentName.NONE, language, none_reason=NoneReason.NOT_ABOUT_US)
    tokens = with_places_asked(tokens, sites)
    said = kinds_of(tokens) | code_signs(text)
    lead = decided(tokens, folded, found.references) if found.references else None
    if lead is None and not said.isdisjoint(_EXCUSES):
        lead = excused(tokens, folded)
        found.leave_out_days_behind(tokens, lead and lead.because)
    clauses = clauses_of(tokens)
    content = [token for token in tokens if token.kinds.isdisjoint(_BESIDE) or "question_mark" in token.kinds]
    present = observed(tokens, clauses, said)
    rule = None if lead is not None else first_rule(content, present, clauses)
    return Sentence(folded, language, today, tokens, clauses, content, present, found, lead, rule)
