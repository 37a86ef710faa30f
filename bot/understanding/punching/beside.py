"""What a clause of known wording tells beside a punch, which is read without it: "my hands are dirty".

The shapes are closed: an unknown word, a name, a question, a quotation or a condition fits none of them. What else
is said must be a punch by itself, in the direction that the telling goes with.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from bot.understanding.intents import Intent, IntentName
from bot.understanding.punching.asides import DOING
from bot.understanding.words.cues import phrases_of, words_of
from bot.understanding.words.normalise import has_han, normalise
from bot.understanding.words.shapes import has_shape
from bot.understanding.words.tokens import COMMANDS, Token, kinds_of, tokenise, tokenise_as
from bot.understanding.words.vocabulary import table, vocabulary

_LONGEST = 300  # characters of a message in which one is looked for
_ONLY_IN = frozenset({"told_coming", "told_starting", "told_where", "told_begun"})
_ONLY_OUT = frozenset({"told_going", "told_ended"})
_SHAPES = _ONLY_IN | _ONLY_OUT | {"told", "told_busy", "told_unable"}
_TO_THE_BOT = frozenset({"told_busy", "told_starting", "told_going"})
_DONE_ONESELF = frozenset({"told_begun", "told_ended"})
_BEHIND = frozenset({"told_unable"})
_OVERCOME = frozenset({"told", "told_coming"})
_BUT = "but"
_MOVES = frozenset({"say_on", "say_off"})
_ONES_MOVES = ("heading ", "going ", "leaving", "off home", "i am ", "i'm ", "i have ", "made it", "at my ")
_WHERE = frozenset({"told_where"})
_SIGNS = re.compile(r"[,;.!?\n。、…~·•|–—-]|(?<=[a-z])(?=[\u3400-\u9fff])|(?<= )but(?= )")
_WORD = re.compile(r"[a-z']+")
_OWN_COMMAND = re.compile(r"(?<![a-z])(?:clock|punch|check|sign|log) (?:me|myself) (?:in|out|on|off)(?![a-z])")
_SIGNED = re.compile(
    r"regards|rgds|sincerely|faithfully|best|thanks|thank you|thx|cheers|t[hn]?ks|[bk]r|yours|love|ty"
)
_SHORTENED = re.compile(r"(?<![a-z])[a-z]+'s(?![a-z])")
_PARTS = frozenset({"sep", "dash"})
_NOT_TOLD = frozenset({"quote", "colon", "at_sign", "code_sign", "negation", "ticked"})
_CAME = frozenset({"say_on", "arrive", "word_on"})
_OF_GUESTS = frozenset({"cmd_wide", "cmd_wide_off"})
_OF_GUESTS_TOO = ("check", "sign", "log")
_VERBS, _ONESELF = frozenset({"clock", "punch", "check", "sign", "log"}), frozenset({"me", "myself"})
_WAYS = frozenset({"in", "out", "on", "off"})
_IDLE = " ,;.!\n，。；！、…~-–—"
_ON_THE_WAY = frozenset({"on_the_way", "elsewhere"})
_LONGEST_NAME = 3  # words of a signature, and of whence they are: "Tom from sales"
_THEREUPON = words_of("thereupon")


class Told(NamedTuple):
    """What else a message says, and which shapes each of its other clauses has.

    `signed`: it ends as a letter · `behind`: the other clauses stand behind all else.
    """

    rest: str
    shapes: Sequence[frozenset[str]]
    signed: bool = False
    behind: bool = False


def told_beside(text: str) -> Sequence[Told]:
    """Return what a message says without its clauses that only tell something, with where one is and without."""
    if len(text) > _LONGEST or not any(sign.isascii() and sign.isalpha() for sign in text):
        return ()
    shown, folded = normalise(text)
    if not _may_tell(folded):
        return ()
    tokens = tokenise_as(_SHORTENED.sub(_parted, folded), phrases_of(*_cues()))
    if not kinds_of(tokens).isdisjoint(_NOT_TOLD):
        return ()
    signed = _signature(tokens)
    clauses = _clauses(tokens[:signed])
    shapes = [_shapes_of(clause, end) for clause, end in clauses]
    found = []
    for kept_too in (_WHERE, frozenset()) if _WHERE in shapes else (frozenset(),):
        told = [not fitting <= kept_too for fitting in shapes]
        if not all(told) and (any(told) or signed is not None):
            spans = [
                (clause[0].start, clause[-1].end)
                for (clause, _), is_told in zip(clauses, told, strict=True)
                if is_told
            ]
            if signed is not None:
                spans.append((tokens[signed].start, len(shown)))
            which = [fitting for fitting, is_told in zip(shapes, told, strict=True) if is_told]
            behind = told == sorted(told)
            found.append(Told(_without(shown, spans), which, signed=signed is not None, behind=behind))
    return found


def _without(shown: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a text without some parts of it; the signs between them stay."""
    for start, end in reversed(spans):
        shown = f"{shown[:start]} {shown[end:]}"
    return shown.strip(_IDLE)


def _may_tell(folded: str) -> bool:
    """Tell whether some clause may be told: all its English words are of the shapes. Quick, for most are not."""
    known = phrases_of(*_cues()).words
    for clause in _SIGNS.split(_OWN_COMMAND.sub(",", folded)):
        words = _WORD.findall(clause)
        plain = [word for word in words if "'" not in word]
        if known.issuperset(plain) and (len(plain) < len(words) or not _little_words().issuperset(plain)):
            return True
    return _SIGNED.search(folded) is not None


@cache
def _little_words() -> frozenset[str]:
    return phrases_of("tell_start", "tell_end").words


def goes_with(told: Told, intent: Intent) -> bool:
    """Tell whether what else a message says is a punch that what is told beside it goes with."""
    if intent.name not in {IntentName.CLOCK_IN, IntentName.CLOCK_OUT}:
        return False
    tokens = [token for token in tokenise(normalise(told.rest).folded) if not token.of(_PARTS)]
    kinds = kinds_of(tokens)
    own = "for_me" in kinds or kinds.isdisjoint(COMMANDS) or any(map(_is_ones_own, tokens))
    own |= any(token.words.startswith(_ONES_MOVES) and token.of(_MOVES) for token in tokens)
    if (told.signed and not own) or tokens[-1].words in _THEREUPON:
        return False  # "train in 10 min, clock me out then"
    fitting = _SHAPES - (_ONLY_OUT if intent.name is IntentName.CLOCK_IN else _ONLY_IN)
    if not own:
        fitting -= _TO_THE_BOT  # "doors open, clock in" may call others
        if tokens[0].has("polite"):
            fitting -= _DONE_ONESELF | _BEHIND  # "bins emptied, please clock out"
        if not told.behind:
            fitting -= _BEHIND  # "hands full, clock in"
    if kinds.isdisjoint(_CAME):
        fitting -= {"told_coming"}
    if any(map(_may_be_a_guests, tokens)):
        fitting -= _WHERE
    return not any(fitting.isdisjoint(shapes) for shapes in told.shapes)


def _cues_of_shapes() -> frozenset[str]:
    lines = [line for shape in _SHAPES for line in table("shapes")[shape]]
    return frozenset(kind for line in lines for part in line for kind in part.rstrip("?*+").split("|"))


@cache
def _cues() -> tuple[str, ...]:
    return (*sorted(_cues_of_shapes() - {"number"}), "signs_off", "signer_of", "no_signer")


def _parted(found: re.Match[str]) -> str:
    """Return "salon's" as "salon s", of the same length, where the lexicon knows it not as one word."""
    known, told = vocabulary(), phrases_of(*_cues()).words
    word, thing = found[0], found[0][:-2]
    kept = word in told or (thing in known.words and thing not in told)
    return word if word in known.contractions or kept else f"{thing} s"


def _shapes_of(clause: Sequence[Token], end: Token | None = None) -> frozenset[str]:
    """Return the shapes of a clause that only tells something: none where it is asked, or says more."""
    if (end is not None and end.has("question_mark")) or not all(token.kinds for token in clause):
        return frozenset()
    found = frozenset(name for name in _SHAPES if has_shape(clause, name))
    if not found:
        return found
    said = tokenise(" ".join([token.words for token in clause]))
    if any(token.has("past") and not token.has("function") for token in said):
        return frozenset()  # "last night report submitted"
    return found - _WHERE if any(token.of(_ON_THE_WAY) for token in said) else found  # "at the station"


def _clauses(tokens: Sequence[Token]) -> list[tuple[list[Token], Token | None]]:
    """Return the clauses of a message, each with the sign that ends it."""
    clauses: list[tuple[list[Token], Token | None]] = []
    clause: list[Token] = []
    for token in tokens:
        if not token.of(_PARTS):
            clause.append(token)
        elif clause:
            clauses += _around_but(clause, token)
            clause = []
    return [*clauses, *_around_but(clause, None)] if clause else clauses


def _around_but(clause: list[Token], end: Token | None) -> list[tuple[list[Token], Token | None]]:
    """Return a clause parted at a "but" behind what is told: "knee hurts but I made it"."""
    at = next((index for index, token in enumerate(clause) if token.words == _BUT), 0)
    if 0 < at < len(clause) - 1 and not _shapes_of(clause[:at]).isdisjoint(_OVERCOME):
        return [(clause[:at], None), *_around_command(clause[at + 1 :], end)]
    return _around_command(clause, end)


def _around_command(clause: list[Token], end: Token | None) -> list[tuple[list[Token], Token | None]]:
    """Return a clause parted where a command for oneself begins and ends: "my hands are full clock me in"."""
    words = [token.words for token in clause]
    at = next((index for index in range(len(words) - 2) if _is_own_command(words[index : index + 3])), None)
    if at is None:
        return [(clause, end)]
    before, command, after = clause[:at], clause[at : at + 3], clause[at + 3 :]
    if not _tells_more(before):
        before, command = [], before + command
    if not _tells_more(after):
        command, after = command + after, []
    *parts, last = [part for part in (before, command, after) if part]
    return [*((part, None) for part in parts), (last, end)]


def _is_own_command(words: Sequence[str]) -> bool:
    return words[0] in _VERBS and words[1] in _ONESELF and words[2] in _WAYS


def _tells_more(tokens: Sequence[Token]) -> bool:
    """Tell whether tokens beside a command without a comma tell something by themselves; "late" may be of it."""
    words = sum(len(token.words.split()) for token in tokens)
    return words > 1 and not any(token.has("late_word") for token in tokens) and bool(_shapes_of(tokens))


def _signature(tokens: Sequence[Token]) -> int | None:
    """Return the index from which on a message is signed: "Regards, Tom", but not "Regards, HR"."""
    for index, token in enumerate(tokens):
        if not token.has("signs_off") or index == 0 or not tokens[index - 1].of(_PARTS):
            continue
        behind = tokens[index + 1 :]
        name = [one for one in behind if not one.of(_PARTS)]
        parted = behind[:1] != name[:1] or "regards" in token.words or "rgds" in token.words
        of = next((number for number, one in enumerate(name) if one.has("signer_of")), len(name))
        short = 0 < of <= _LONGEST_NAME and len(name) - of <= _LONGEST_NAME
        if short and parted and all(map(_may_sign, name[:of])) and all(map(_is_unit, name[of + 1 :])):
            return index
    return None


def _may_sign(token: Token) -> bool:
    return not token.kinds and token.words.isalpha() and token.words not in vocabulary().words


def _is_unit(token: Token) -> bool:
    return token.words in vocabulary().names.departments


def _may_be_a_guests(token: Token) -> bool:
    return token.of(_OF_GUESTS) or (token.of(COMMANDS) and token.words.startswith(_OF_GUESTS_TOO))


def _is_ones_own(token: Token) -> bool:
    """Tell whether a command is told of oneself ("clocking in"), or names in Chinese which punch is meant."""
    return token.of(COMMANDS) and (
        token.words.startswith(DOING) or (has_han(token.words) and token.has("cmd_on", "cmd_off"))
    )
