"""Places and reasons named in a message: what follows `at`, `@`, 在 or 因为, or ends like a place of work."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from bot.understanding.normalise import has_han
from bot.understanding.tokens import Token
from bot.understanding.vocabulary import table

_LONGEST = 6  # tokens of a place name
_STOPS = frozenset({"sep", "colon", "question_mark", "quote", "code_sign", "line"})
_VETOES = frozenset({
    "question", "how_to", "negation", "future", "condition", "automatic", "other", "you", "urge", "reported",
    "on_the_way", "other_sense", "code_talk", "bot_text", "person", "quote", "question_mark", "past", "past_day",
    "future_day", "missing", "export", "remind",
})  # fmt: skip


_NO_REASON = ("attendance", "cmd", "who", "list_word", "question")  # 出差打卡: a command, not why one was away


class Stretch(NamedTuple):
    """A place or reason: its token, how many tokens it takes with what announces it, and where itself begins."""

    token: Token
    taken: int
    begins: int


@cache
def _words(key: str) -> tuple[str, ...]:
    return tuple(table("places")[key])


def read_place(tokens: Sequence[Token], index: int) -> Stretch | None:
    """Return the place named at `index`, with or without a word that announces it; None if there is none."""
    token = tokens[index]
    begins = index
    if token.has("at_sign", "place_intro", "arrive"):
        begins = index + 1
        while begins < len(tokens) and (
            tokens[begins].has("at_sign", "colon") or tokens[begins].words in _words("articles")
        ):
            begins += 1
        strong = token.has("at_sign", "place_intro")
    else:
        strong = False
    end = _end_of_name(tokens, begins)
    if end == begins:
        return None
    name = tokens[begins:end]
    kind = "place" if _reads_as_work(name) else "spot"
    if kind == "spot" and not (strong and begins > index and _may_be_place(name, sign=token.has("at_sign"))):
        return None
    kinds_inside = frozenset().union(*(part.kinds for part in name)) & {"site", "work_place"}
    joined = Token("", name[0].start, name[-1].end, kinds_inside | {kind}, {})
    return Stretch(joined._replace(words=" ".join(part.words for part in name)), end - index, begins)


def _end_of_name(tokens: Sequence[Token], begins: int) -> int:
    end = begins
    while end < len(tokens) and end - begins < _LONGEST and _in_name(tokens[end]):
        end += 1
    return end


def _in_name(token: Token) -> bool:
    if token.has("site"):
        return True
    if not token.kinds:
        return token.words[0].isalpha() or has_han(token.words)
    return token.has("work_place", "number", "city") or token.words in {"号", "#"}


def _reads_as_work(name: Sequence[Token]) -> bool:
    """Tell whether a name is a site's, or ends as places of work do: 杭州总部, Pudong office, HQ east gate."""
    if any(part.has("site") for part in name):
        return True
    last = name[-1].words
    written = "".join(part.words for part in name)
    if last in _words("named") or (len(name) > 1 and name[-1].has("work_place") and not name[-1].has("say_on")):
        return True
    if all(part.has("work_place", "number") or part.words == "号" for part in name):
        return False
    if any(part.words in _words("english") for part in name) or written.endswith(_words("suffixes")):
        return len(written) <= 24
    return False


def _may_be_place(name: Sequence[Token], *, sign: bool) -> bool:
    """Tell whether what an announcing word is followed by is short enough for a name: @Lab, 我在坂田."""
    written = "".join(part.words for part in name)
    return len(name) <= 4 and len(written) <= (24 if written.isascii() else 10) and (sign or not written.isdigit())


def read_reason(tokens: Sequence[Token], index: int) -> Stretch | None:
    """Return the reason given at `index` up to the end of its clause; None if there is none.

    What would veto a punch stays visible in the reason's kinds.
    """
    token = tokens[index]
    if not token.has("reason_intro"):
        return None
    begins = index + 1
    colon = begins < len(tokens) and tokens[begins].has("colon")
    if colon:
        begins += 1
    elif not token.has("reason_word"):
        return None
    end = begins
    while end < len(tokens) and not tokens[end].has("sep"):
        end += 1
    if not colon and any(
        part.has("attendance", "cmd", "who", "list_word", "question") for part in tokens[begins:end]
    ):
        return None
    if end == begins:
        return None
    kinds = frozenset().union(*(part.kinds for part in tokens[begins:end])) & _VETOES
    start = tokens[index].start if token.has("fieldwork") else tokens[begins].start
    words = " ".join(part.words for part in tokens[index:end])
    return Stretch(Token(words, start, tokens[end - 1].end, kinds | {"reason"}, {}), end - index, begins)
