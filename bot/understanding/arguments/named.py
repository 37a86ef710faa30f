"""Whom a question about days names, where words alone do not tell: user ids, Latin names, what is left over."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from string import ascii_letters, digits
from typing import NamedTuple

from bot.understanding.words.grammar import grammar
from bot.understanding.words.normalise import Text, has_han
from bot.understanding.words.tokens import Token, kinds_of
from bot.understanding.words.vocabulary import vocabulary

_USER_ID = re.compile(r"(?<![\w@.-])(?:[a-z][a-z_.-]{0,30}\d[\w.-]{0,30}|\d{9,24}(?:-\d{1,12})?)(?![\w-])", re.A)
_LATIN = frozenset(f"{ascii_letters}{digits}_.-")
_FIGURE = re.compile("[0-9]")  # each user id has some
_FEWEST_FIGURES = 2
_ASKS_OF_ONE = frozenset({"person_q", "status_word", "arrived_q", "when_punched", "question", "question_mark"})
_OF_DAYS = frozenset({"dated", "record", "attendance_noun", "status_word", "summary", "hours", "arrived_q",
                      "when_punched", "missing"})  # fmt: skip
_BEHIND_A_NAME = frozenset({"dated", "record", "attendance_noun", "hours"})  # also apart from it, or in English
_NAMED_WITH = _OF_DAYS | {"department"}  # what a name in Latin letters is joined in front of
_MOST_LATIN = 3  # pieces of a name in Latin letters
_DEPARTMENT_ALONE = frozenset({"department_word", "other", "served", "third", "code_talk"})  # frontend, backend
_SOME = frozenset({"third", "other", "served", "comer"})
_ALL = frozenset({"team", "department", "who", "crowd", "person", "question", "you", "self", "bot_name", "leave",
                  "dated", "missing", "present", "late", "summary", "record"})  # fmt: skip
_PRONOUNS = frozenset("他她")
_SHORTEST_NUMBER = 3  # digits from which a number that nothing accounts for may be a user id
_ENDS_A_NAME = frozenset("的了吗呢和与跟及在谁把请帮给让从对是有没未")
_NO_PIECE = frozenset({"see", "question", "who", "chase", "export", "dated", "self", "negation", "modal", "third"})
_BESIDE_A_NAME = frozenset({
    "dated", "function", "particle", "polite", "see", "record", "attendance", "attendance_noun", "summary",
    "hours", "question_mark", "how_is", "slash", "greeting", "page", "picture", "plain_text", "request", "for_me",
    "do", "person_q",
})  # fmt: skip
_OWN = frozenset({"我的", "my", "mine", "自己", "本人", "我自己", "myself", "i", "我"})
_OWNS = frozenset({"我的", "my"})
_NAMES_ONES_OWN = ("我的", "我自己", "自己", "本人", "my", "mine")
_SEVERAL = frozenset({"team", "department", "crowd", "who", "person", "third", "other", "lead", "served", "you"})
_OWNED = ("record", "attendance_noun", "status_word", "hours", "missing", "late")
_NOUNS = ("record", "attendance_noun", "summary")  # what a name may stand behind, last of all
_UNIT_ENDS = tuple("办室院区店所站厂队课司行局馆园校")  # 总经办, 华东大区
_BEFORE_A_NAME = frozenset({"of", "for", "about", "with", "from", "and", "or"})
_LONGEST = 40  # characters of what may be a name


def with_names(tokens: list[Token], text: Text) -> list[Token]:
    """Return the tokens of a question about days with user ids and Latin names in it joined into persons.

    Where a punch could be meant nothing is joined: there an unknown word asks.
    """
    kinds = kinds_of(tokens)
    if not kinds.isdisjoint(grammar().every_core) and kinds.isdisjoint(_ASKS_OF_ONE):
        return tokens
    joined = _with_user_ids(tokens, text) if _FIGURE.search(text.folded) else tokens
    return joined if kinds.isdisjoint(_NAMED_WITH) else _with_latin_names(joined, text)


def _with_user_ids(tokens: Sequence[Token], text: Text) -> list[Token]:
    result: list[Token] = []
    begins = 0
    for found in _USER_ID.finditer(text.folded):
        while begins < len(tokens) and tokens[begins].end <= found.start():
            result.append(tokens[begins])
            begins += 1
        ends = begins
        while ends < len(tokens) and tokens[ends].start < found.end():
            ends += 1
        inside = tokens[begins:ends]
        if _are_user_id(inside, found, result[-1] if result else None):
            result.append(_joined(found.start(), found.end(), text, department=False))
        else:
            result += inside
        begins = ends
    return [*result, *tokens[begins:]]


def _are_user_id(inside: Sequence[Token], found: re.Match[str], before: Token | None) -> bool:
    """Tell whether tokens that look like a user id are one; `before` is the token in front of them."""
    if sum(char.isdigit() for char in found.group()) < _FEWEST_FIGURES:
        return False
    if not inside or inside[0].start != found.start() or inside[-1].end != found.end():
        return False
    word = inside[0]
    if word.values or word.has("dated", "site", "place", "reference", "position", "time", "at_sign"):
        return False
    return before is None or not before.has("place_intro", "at_sign", "colon")


def _with_latin_names(tokens: Sequence[Token], text: Text) -> list[Token]:
    """Join names in Latin letters of several words.

    They stand directly before what Chinese asks of days (Tom Baker今天考勤), with capitals also apart from it and
    in English ("Tom Baker attendance"), or begin a department's name with capitals (Asia Sales East department).
    """
    kinds = kinds_of(tokens)
    asks_of_days = not kinds.isdisjoint(_BEHIND_A_NAME - {"dated"}) and "export_strong" not in kinds
    result: list[Token] = []
    for token in tokens:
        begins = len(result)
        while begins and len(result) - begins < _MOST_LATIN and _is_latin_name(result[begins - 1]):
            begins -= 1
        name = result[begins:]
        capitals = all(text.shown[one.start].isupper() for one in name)
        touches = bool(name) and name[-1].end == token.start and has_han(token.words)
        apart = len(name) > 1 and capitals and not any(one.has("department_word") for one in name)
        apart = apart and asks_of_days and not (begins and result[begins - 1].has("at_sign"))
        if (touches and token.kinds & _OF_DAYS) or (apart and token.kinds & _BEHIND_A_NAME):
            is_department = any(one.has("department_word") for one in name)
            result[begins:] = [_joined(name[0].start, name[-1].end, text, department=is_department)]
        if name and capitals and token.has("department") and token.words.isascii():
            result[begins:] = [_joined(name[0].start, token.end, text, department=True)]
        else:
            result.append(token)
    return result


def _joined(start: int, end: int, text: Text, *, department: bool) -> Token:
    kinds = frozenset({"department", "team"}) if department else frozenset({"person"})
    return Token(text.folded[start:end], start, end, kinds, {})


def _is_latin_name(token: Token) -> bool:
    if not token.words[:1].isalpha() or has_han(token.words):
        return False
    unknown = not token.kinds or token.kinds <= _DEPARTMENT_ALONE
    return unknown and token.words not in vocabulary().names.fillers


def unclear(tokens: Sequence[Token], text: Text) -> tuple[str, ...]:
    """Return the stretches of a question about days that no word of ours accounts for, as written.

    Each may be somebody's name, or a department's, and whoever knows those has to tell. Fillers are left out.
    """
    return tuple(dict.fromkeys(written for written, _, _ in _stretches(tokens, text)))


def unlike_names(tokens: Sequence[Token], text: Text) -> frozenset[str]:
    """Return those of the unclear stretches that neither look like a name nor stand where one would.

    捋一捋今天考勤, "today's summary rq": somebody is meant by them only if somebody is called so.
    """
    found = _stretches(tokens, text)
    starts, ends = [token.start for token in tokens], [token.end for token in tokens]
    named = set()
    for written, start, end in found:
        around = bisect_right(ends, start), bisect_left(starts, end)
        if _is_like_a_name(tokens, text, start, end, around):
            named.add(written)
    return frozenset(written for written, _, _ in found) - named


def _is_like_a_name(tokens: Sequence[Token], text: Text, start: int, end: int, places: tuple[int, int]) -> bool:
    """Tell it of a stretch of the text that the tokens from one of two `places` up to the other stand in."""
    first, follows = places
    inside = tokens[first:follows]
    before = tokens[first - 1] if first else None
    after = tokens[follows] if follows < len(tokens) else None
    written = text.shown[start:end]
    if before is not None and before.has(*_NOUNS) and (after is None or after.has("sep")):
        doubled = has_han(written) and len(set(written)) == 1  # 今天考勤瞅瞅
        return not doubled and written.lower() not in vocabulary().names.idle  # "today's summary zorro"
    if any(token.kinds for token in inside) or any(char.isdigit() for char in written):
        return True  # 司机, HQ, sales, 42: a word that we know for somebody or something
    names = vocabulary().names
    if has_han(written):
        called = written[0] in names.surnames or written[:2] in names.surnames or written[0] in names.before
        return called or written.endswith((*names.department_ends, *names.titles, *_UNIT_ENDS))
    if after is not None and (after.has(*_OWNED) or (after.has("summary") and written[0].isupper())):
        return True  # "bob attendance today"
    if before is not None and (before.has("person_q") or before.words in _BEFORE_A_NAME):
        return not before.has("see") or written[0].isupper()
    return written[0].isupper() and before is not None and not written.isupper()


def _stretches(tokens: Sequence[Token], text: Text) -> list[tuple[str, int, int]]:
    """Return what no word accounts for, as written, and where each begins and ends."""
    spans: list[tuple[int, int]] = []
    reach = _reach(tokens, text)
    for index, token in enumerate(tokens):
        if not _is_open(token) or token.words in vocabulary().names.fillers:
            continue
        start, end = _widened(tokens, index, reach)
        if spans and _is_one_name(text.folded, spans[-1], (start, end)):
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    shown = [text.shown[start:end].removesuffix("'s").strip(" .-'_") for start, end in spans]
    return [
        (one[:_LONGEST], start, end) for one, (start, end) in zip(shown, spans, strict=True) if _may_be_called(one)
    ]


def _is_one_name(folded: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    between = folded[one[1] : other[0]]
    return other[0] <= one[1] or (between == " " and not has_han(folded[one[0] : other[1]]))


def _may_be_called(written: str) -> bool:
    return len(written) > 1 or written in vocabulary().names.surnames or written in _PRONOUNS


def _is_open(token: Token) -> bool:
    if not token.kinds:
        return True
    if token.of(_SOME) and not token.of(_ALL):
        return True  # 司机今天考勤, "her attendance": some of the people, and not known to us which
    if token.has("department_word"):
        return token.kinds <= _DEPARTMENT_ALONE
    if token.has("place", "spot"):
        return not token.has("site")
    if token.has("work_place"):
        return len(token.words) > 2 and token.words.endswith(vocabulary().names.department_ends)
    return token.kinds == {"number"} and len(token.words) >= _SHORTEST_NUMBER


class _Reach(NamedTuple):
    """How far what touches goes on: of Latin letters by signs of the text, of Chinese characters by tokens.

    From each place back, and from each place on.
    """

    letters_back: Sequence[int]
    letters_on: Sequence[int]
    pieces_back: Sequence[int]
    pieces_on: Sequence[int]


def _reach(tokens: Sequence[Token], text: Text) -> _Reach:
    letters = [sign in _LATIN for sign in text.folded]
    touches = [one.end == other.start for one, other in pairwise(tokens)]
    pieces = [_is_piece(token) for token in tokens]
    back = [piece and touching for piece, touching in zip(pieces, touches, strict=False)]
    on = [piece and touching for piece, touching in zip(pieces[1:], touches, strict=True)]
    return _Reach(_back(letters), _on(letters), _back(back), _on(on))


def _back(goes_on: Sequence[bool]) -> list[int]:
    """Return for each place, and the end, from where on all before it `goes_on` to it."""
    reached = [0]
    for place, goes in enumerate(goes_on, 1):
        reached.append(reached[-1] if goes else place)
    return reached


def _on(goes_on: Sequence[bool]) -> list[int]:
    """Return for each place, and the end, up to where all from it on `goes_on`."""
    count = len(goes_on)
    return [count - place for place in reversed(_back(goes_on[::-1]))]


def _widened(tokens: Sequence[Token], index: int, reach: _Reach) -> tuple[int, int]:
    """Return where the stretch around a token begins and ends, with touching characters that may belong to it."""
    start, end = tokens[index].start, tokens[index].end
    if not has_han(tokens[index].words):
        return reach.letters_back[start], reach.letters_on[end]
    start = tokens[reach.pieces_back[index]].start
    follows = tokens[index + 1] if index + 1 < len(tokens) else None
    if follows is not None and follows.start == end and end - start == 1 and follows.has("team"):  # 新员工, 女同事
        index += 1
    return start, tokens[reach.pieces_on[index]].end


def _is_piece(token: Token) -> bool:
    """Tell whether a token may be a character of a name, though a word of its own: 一 in 销售一部."""
    single = len(token.words) == 1 and has_han(token.words)
    return single and token.words not in _ENDS_A_NAME and token.kinds.isdisjoint(_NO_PIECE)


def department_in(stretches: Sequence[str]) -> str | None:
    """Return the only one of the stretches if it reads as a department's name: 研发中心, Engineering."""
    if len(stretches) != 1:
        return None
    names, written = vocabulary().names, stretches[0]
    known = written.lower() in names.departments
    return written if known or (has_han(written) and written.endswith(names.department_ends)) else None


def whole_company(tokens: Sequence[Token]) -> str | None:
    """Return how a question names the whole company, which is more than a lead's team; None where it does not."""
    return next((token.words for token in tokens if token.words in vocabulary().names.whole_company), None)


def may_be_whole_company(named: Sequence[str]) -> bool:
    """Tell whether all that a question names, person or department, may be the whole company."""
    names = vocabulary().names
    return len(named) == 1 and named[0].casefold() in names.whole_company | names.or_whole_company


def asks_by_name_only(tokens: Sequence[Token]) -> bool:
    """Tell whether a message is a day, something that may be a name, and courtesies: "alice today", 吴刚上周."""
    kinds = kinds_of(tokens)
    if not kinds & {"dated", "picture"} or kinds & {"future_day", "time", "outage"}:
        return False
    return all(
        token.kinds & _BESIDE_A_NAME or _may_be_named(token) or token.has("person", "department", "sep")
        for token in tokens
    )


def _may_be_named(token: Token) -> bool:
    return _is_open(token) and (token.has("department_word") or not token.of(_SOME))


def is_of_oneself(tokens: Sequence[Token]) -> bool:
    """Tell whether a question is about whoever asks it: 我的, "my", "I"."""
    for place, token in enumerate(tokens):
        if token.words in _OWNS and _is_somebody(tokens[place + 1 : place + 3]):
            continue  # 我的上级, "my supervisor"
        if token.words in _OWN or (token.has("self_q") and not token.has("third")):
            return True
    return False


def asks_for_ones_own(tokens: Sequence[Token]) -> bool:
    """Tell whether one's own days are named and nobody else's: 导出我本月考勤, not 我要导出 nor 导出我团队考勤."""
    if any(token.kinds & _SEVERAL for token in tokens):
        return False
    return any(
        (token.has("self_q") and token.words.startswith(_NAMES_ONES_OWN))
        or (token.words == "我" and token is not behind and bool(behind.kinds & _OF_DAYS))
        for token, behind in zip(tokens, [*tokens[1:], tokens[-1]], strict=True)
    )


def _is_somebody(tokens: Sequence[Token]) -> bool:
    """Tell whether somebody is named behind "my": one whom we know by their part, or an unknown word."""
    return bool(tokens) and (
        tokens[0].has("third", "lead", "served") or any(not token.kinds for token in tokens[:1])
    )
