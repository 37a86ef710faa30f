"""Places and reasons named in a message: what follows `at`, `@`, 在 or 因为, or ends like a place of work."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from bot.domain.sites import Site
from bot.understanding.words.normalise import has_han
from bot.understanding.words.patterns import any_of
from bot.understanding.words.tokens import COMMANDS, Token, kinds_of
from bot.understanding.words.vocabulary import table

_LONGEST = 6  # tokens of a place name
_INTRODUCED = 4  # tokens before it: "at: the"
_VETOES = frozenset({
    "question", "how_to", "negation", "future", "condition", "automatic", "other", "you", "urge", "reported",
    "on_the_way", "other_sense", "code_talk", "bot_text", "person", "quote", "question_mark", "past", "past_day",
    "future_day", "missing", "export", "remind", "proxy", "time", "minutes", "trouble",
})  # fmt: skip


ANNOUNCING = frozenset({"at_sign", "place_intro", "arrive", "reason_intro"})  # what a place or reason may follow
_ENDS_NAME = _VETOES | {"place_intro", "particle", "suggest", "self", "arrive"}
_A_PLACE: Final[Mapping[str, int]] = {"as_place": 1}  # of a piece that nobody knows: it can only name a place
_NOT_THERE: Final[Mapping[str, frozenset[str]]] = {
    "on_the_way": frozenset({"on_the_way"}),
    "maybe_not_there": frozenset({"elsewhere", "spot"}),
}
_NO_REASON = ("attendance", "cmd", "who", "list_word", "question")  # 出差打卡: a command, not why one was away


class Stretch(NamedTuple):
    """A place or reason: its token, how many tokens it takes with what announces it, and where itself begins."""

    token: Token
    taken: int
    begins: int


@cache
def _words(key: str) -> tuple[str, ...]:
    return tuple(table("places")[key])


@cache
def _listed(key: str) -> frozenset[str]:
    return frozenset(_words(key))


def _holds(written: str, key: str) -> bool:
    return any(word in written for word in _words(key))


def may_be_named(kinds: frozenset[str], folded: str) -> bool:
    """Tell whether anything in a message reads as a place of work, so that one may be named unannounced.

    `kinds` are those of its tokens.
    """
    return not kinds.isdisjoint({"site", "work_place"}) or _work_words().search(folded) is not None


@cache
def _work_words() -> re.Pattern[str]:
    return any_of({word for key in ("suffixes", "named", "english") for word in _words(key)})


def joins_places(token: Token) -> bool:
    """Tell whether a word between two places leaves open which of them is meant: HQ or Pudong, 总部和浦东."""
    return token.has("either_or") or token.words in _listed("joins")


def read_place(tokens: Sequence[Token], index: int, *, named: bool) -> Stretch | None:
    """Return the place named at `index`; None if there is none. Without `named` only what a word announces is."""
    token = tokens[index]
    begins = index
    announced = token.has("at_sign", "place_intro", "arrive")
    if not announced and not (named and _in_name(token, announced=False)):
        return None
    if announced:
        begins = index + 1
        while begins < min(len(tokens), index + _INTRODUCED) and (
            tokens[begins].has("at_sign", "colon") or tokens[begins].words in _listed("articles")
        ):
            begins += 1
    if announced and (elsewhere := _not_there(tokens, index, begins)) is not None:
        return elsewhere
    end = _end_of_name(tokens, begins, announced=announced and begins > index)
    if token.has("place_intro") and token.has("schedule_word"):
        end = max(end, _end_of_work(tokens, begins))
    name = tokens[begins:end]
    name = name[1:] if len(name) > 1 and name[0].words in _listed("labels") else name
    if not any(not part.kinds or part.has("site", "work_place", "city", "number") for part in name):
        return None
    kind = "place" if _reads_as_work(name) else "spot"
    if kind == "spot" and not (announced and _may_be_spot(token, name, tokens[end : end + 1])):
        return None
    inside = frozenset().union(*(part.kinds for part in name)) & {"site", "work_place"}
    known = kind == "place" or name[-1].has("site", "work_place")
    kinds = inside | {kind} if known else frozenset({kind})  # 到仓库拿货 is no arrival at work
    values = next(({"site": part.values["site"]} for part in name if "site" in part.values), {})
    joined = Token("", name[0].start, name[-1].end, kinds, values)
    return Stretch(joined._replace(words=" ".join(part.words for part in name)), end - index, begins)


def _not_there(tokens: Sequence[Token], index: int, begins: int) -> Stretch | None:
    """Return what is announced as if it were a place, and tells that one is not there (yet): "from the bus"."""
    known, beginnings = _elsewhere()
    words, found = "", None
    for end in range(begins, min(len(tokens), begins + _LONGEST)):
        between = " " if words and words.isascii() else ""
        words += between + tokens[end].words
        if words not in beginnings or tokens[end].has("site"):
            break
        kinds = known.get(words)
        if kinds is not None and not (end + 1 < len(tokens) and _goes_on(tokens[end], tokens[end + 1])):
            found = Token(words, tokens[begins].start, tokens[end].end, kinds, {}), end + 1 - index
    return Stretch(*found, begins) if found else None


@cache
def _elsewhere() -> tuple[Mapping[str, frozenset[str]], frozenset[str]]:
    """Return the kinds of these words, and all that one of them begins with."""
    known = {word: kinds for key, kinds in _NOT_THERE.items() for word in _words(key)}
    return known, frozenset(word[:end] for word in known for end in range(1, len(word) + 1))


def _goes_on(last: Token, after: Token) -> bool:
    """Tell whether a name goes on behind its `last` word: 高铁 in 高铁站, "bus" in "bus depot"."""
    if has_han(after.words) and last.end != after.start:
        return False
    return not after.kinds or after.has("work_place", "site", "number")


def with_places_asked(tokens: list[Token], sites: Sequence[Site]) -> list[Token]:
    """Return the tokens with what may name an unknown place behind a command as a piece that nobody knows.

    A shop or a city behind a space (打卡 星巴克, 上班打卡 北京), and a misspelt site (打卡 总布).
    """
    if kinds_of(tokens).isdisjoint(COMMANDS):
        return tokens
    mended = _with_misspelt(tokens, sites)
    return mended[:1] + [_asked_place(before, token) for before, token in pairwise(mended)]


def _asked_place(before: Token, token: Token) -> Token:
    if before.end >= token.start or not before.of(COMMANDS):
        return token
    if token.has("city") and not before.has("afield"):  # 出差打卡 上海 tells where the trip goes
        return token._replace(kinds=frozenset(), values=_A_PLACE)
    return token._replace(kinds=frozenset()) if token.words in _listed("shops") else token


def _with_misspelt(tokens: list[Token], sites: Sequence[Site]) -> list[Token]:
    """Return the tokens with a Chinese word behind a command that misspells a site as one that nobody knows."""
    at = next((index for index, one in enumerate(tokens) if one.of(COMMANDS)), len(tokens)) + 1
    end = at
    while end < len(tokens) and has_han(tokens[end].words):
        if end > at and tokens[end - 1].end < tokens[end].start:
            break
        end += 1
    word = "".join(token.words for token in tokens[at:end])
    if all(token.kinds for token in tokens[at:end]) or not any(_misspelt(word, name) for name in _names(sites)):
        return tokens
    joined = Token(word, tokens[at].start, tokens[end - 1].end, frozenset(), _A_PLACE)
    return [*tokens[:at], joined, *tokens[end:]]


def _names(sites: Sequence[Site]) -> Iterator[str]:
    yield from _words("named")
    for site in sites:
        yield from (site.name, *site.aliases)


def _misspelt(word: str, name: str) -> bool:
    """Tell whether a word is a name but for one character that is another."""
    return len(word) == len(name) > 1 and sum(one != other for one, other in zip(word, name, strict=True)) == 1


def _end_of_name(tokens: Sequence[Token], begins: int, *, announced: bool) -> int:
    before, site = "", None
    for end in range(begins, min(len(tokens), begins + _LONGEST)):
        token = tokens[end]
        if site is not None and (joins_places(token) or _of_another(token, site)):
            return end
        if (site is not None or before in _listed("head_office")) and not _of_site(token):
            return end
        site = token.values.get("site", site)
        lettered = before in _listed("english") and token.words in _listed("lettering")
        if not (lettered or _in_name(token, announced=announced)):  # "site A"
            return end
        before = token.words
    return min(len(tokens), begins + _LONGEST)


def _end_of_work(tokens: Sequence[Token], begins: int) -> int:
    """Return where a name ends that 位置 announces and that ends as one of work does, whatever its words mean."""
    end = begins
    while end < min(len(tokens), begins + _LONGEST) and has_han(tokens[end].words):
        end += 1
        if tokens[end - 1].has("work_place") or (end < len(tokens) and tokens[end - 1].end < tokens[end].start):
            break
    return end if end > begins and tokens[end - 1].has("work_place") else begins


def _of_another(token: Token, site: int) -> bool:
    """Tell whether a token names another site than `site`: 总部 浦东."""
    return token.values.get("site", site) != site


def _of_site(token: Token) -> bool:
    """Tell whether a word behind a site says where in it one is (3楼, 东门, "east gate").

    Whatever else stands there is no part of its name: 到总部找我 is no arrival.
    """
    if token.has("site", "work_place", "number", "post") or token.words in _listed("numbered"):
        return True
    return token.kinds == {"count_unit"} or _parts().fullmatch(token.words) is not None


@cache
def _parts() -> re.Pattern[str]:
    """Return what a part of a place is called: which one it is, what it is, or both in one word (东门)."""
    which, what = ("|".join(map(re.escape, _words(key))) for key in ("part_of", "parts"))
    english = "|".join(map(re.escape, _words("english")))
    return re.compile(f"(?:{which})*(?:{what})|{which}|{english}")


def _in_name(token: Token, *, announced: bool) -> bool:
    if not token.kinds:
        return token.words[0].isalpha() or has_han(token.words)
    if "site" in token.kinds:
        return True
    if token.has("isodate", "slashdate", "several_days", "past") or (
        token.has("dated") and _holds(token.words, "months")
    ):
        return False  # 总部 11月20号, 总部 三天前, "from 16th to 20th"; 3号 may be the start of 3号楼
    if announced and len(token.words) == 1 and has_han(token.words) and not token.of(_ENDS_NAME):
        return True  # a word by itself, here one character of a name: 我在嘉里中心
    return (
        token.has("work_place", "number", "city", "post")
        or token.words in _listed("numbering")
        or token.kinds == {"count_unit"}
    )


def _reads_as_work(name: Sequence[Token]) -> bool:
    """Tell whether a name is a site's, or ends as places of work do: 杭州总部, Pudong office, HQ east gate."""
    kinds, last = kinds_of(name), name[-1]
    if "site" in kinds or last.words in _listed("named"):
        return True
    if len(name) > 1 and last.has("work_place") and not last.has("say_on"):
        return True
    if all(part.has("work_place", "number") or part.words in _listed("numbering") for part in name):
        return len(name) == 2 and name[0].words in _listed("english") and name[1].has("number")
    written = "".join(part.words for part in name)
    if any(part.words in _listed("english") for part in name) or written.endswith(_words("suffixes")):
        return len(name) <= 4 and len(written) <= 24
    return False


def _may_be_spot(intro: Token, name: Sequence[Token], after: Sequence[Token]) -> bool:
    """Tell whether what an announcing word is followed by may name a place that we do not know: @Lab, 我在坂田.

    What one is about (我在吃饭) is none. Behind 到 a place ends its clause: 到护士站了.
    """
    written = "".join(part.words for part in name)
    landmark = written.endswith(_words("landmarks"))
    if len(written) > (24 if written.isascii() else 10) or (written.isascii() and len(name) > 4):
        return False
    if has_han(written) and not landmark and (len(written) < 2 or written.startswith(_words("activities"))):
        return False
    if written.endswith(_words("midst")):  # 我在高铁上
        return False
    if intro.has("at_sign"):  # @Atlantis may be a person; "at Atlantis" and @Lab are places
        return landmark or intro.end < name[0].start or all(part.has("city") for part in name)
    if intro.has("place_intro"):
        return any(map(str.isalpha, written)) or intro.has("axis")  # "at 4.2" is none
    if name[-1].has("site", "work_place"):
        return False  # left as it is: 到公司
    return has_han(written) and (not after or after[0].has("sep") or after[0].words in _listed("arrived"))


def read_reason(tokens: Sequence[Token], index: int) -> Stretch | None:
    """Return the reason given at `index` up to the end of its clause; None if there is none.

    What would veto a punch stays visible in the reason's kinds.
    """
    token = tokens[index]
    if "reason_intro" not in token.kinds:
        return None
    begins = index + 1
    while begins < len(tokens) and tokens[begins].has("position"):  # 外勤打卡 39.95,116.39：拜访客户
        begins += 1
    colon = begins < len(tokens) and tokens[begins].has("colon")
    if colon:
        begins += 1
    elif not token.has("reason_word"):
        return None
    end = begins
    while end < len(tokens) and not tokens[end].has("sep"):
        end += 1
    if all(part.has("particle") for part in tokens[begins:end]):
        return None  # 谁出差了
    if not colon and any(part.has(*_NO_REASON) and not part.has("came_late") for part in tokens[begins:end]):
        return None
    kinds = frozenset().union(*(part.kinds for part in tokens[begins:end])) & _VETOES
    if any(part.has("fieldwork", "context") for part in tokens[index:end]) and not token.has("cmd"):
        kinds -= {"person", "other"}  # who is visited: 客户：张三
    kinds |= token.kinds & {"cmd"}  # 外勤打卡：工商局
    start = tokens[index].start if token.has("fieldwork") else tokens[begins].start
    words = " ".join(part.words for part in tokens[index:end])
    return Stretch(Token(words, start, tokens[end - 1].end, kinds | {"reason"}, {}), end - index, begins)
