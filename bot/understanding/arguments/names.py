"""People and departments named in a message."""

from collections.abc import Sequence

from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import EVERY_COMMAND, Token
from bot.understanding.words.vocabulary import vocabulary

_PERSON = frozenset({"person"})
_SERVED = frozenset({"proxy"})
_OWNED = frozenset({"record", "status_word", "hours", "attendance"})  # what is said to be somebody's
_SHOPS = frozenset({"店", "分店", "门店", "专柜", "广场店"})
_PUNCHING = EVERY_COMMAND | {"say_on", "say_off", "word_on", "word_off"}
_BEHIND_INTRO = frozenset({"colon", "city", "spot"})  # what may follow a word that announces a place


def may_name(token: Token) -> bool:
    """Tell whether a name may begin at a token: unknown, for a department, or one character of a name."""
    if not token.kinds or "department_word" in token.kinds:
        return True
    names = vocabulary().names
    return token.words in names.surnames or token.words in names.before


def read_person(tokens: Sequence[Token], index: int, *, capital: bool) -> tuple[Token | None, int]:
    """Return the person named at `index` (None if nobody is) and how many tokens the name took.

    `capital`: the token was written with a capital letter.
    """
    token = tokens[index]
    follower = tokens[index + 1] if index + 1 < len(tokens) else None
    if _sent_to(tokens, index):
        return None, 1
    pieces = _pieces(tokens, index)
    if _is_a_shops(tokens, index, pieces):
        return None, 1
    if pieces > 1:
        words = "".join(piece.words for piece in tokens[index : index + pieces])
        if words in vocabulary().names.ordinary:
            return None, 1
        return Token(words, token.start, tokens[index + pieces - 1].end, _PERSON, {}), pieces
    if token.kinds:
        return None, 1
    if token.words.endswith("'s") and follower is not None and follower.of(_OWNED):
        return token._replace(end=token.end - 2, kinds=_PERSON), 1
    before = tokens[index - 1] if index else None
    if before is not None and _is_served(before, token, follower):
        return token._replace(kinds=_SERVED), 1
    if has_han(token.words):
        return (token._replace(kinds=_PERSON), 1) if is_chinese_name(token.words) else (None, 1)
    if not token.words[0].isalpha() or before is None:
        return None, 1
    if (
        capital
        and index > 1
        and before.words in {"of", "for"}
        and tokens[index - 2].has("summary", "record", "hours")
    ):
        taken = _words_of_name(follower)
        return token._replace(end=tokens[index + taken - 1].end, kinds=_PERSON), taken  # "summary of Alice"
    opens = index == 1 or tokens[index - 2].has("sep", "see") or before.has("see")
    if opens and before.has("person_q") and not before.has("self_q"):
        taken = _words_of_name(follower)
        return token._replace(end=tokens[index + taken - 1].end, kinds=_PERSON), taken
    return None, 1


def _is_a_shops(tokens: Sequence[Token], index: int, pieces: int) -> bool:
    """Tell whether what reads as a name is that of a shop one has come to or punches at: 打卡 万达店."""
    after = index + pieces
    if after >= len(tokens) or tokens[after].start != tokens[after - 1].end or tokens[after].words not in _SHOPS:
        return False
    before = tokens[index - 1] if index else None
    return before is None or before.has("sep", "arrive", "place_intro") or before.of(_PUNCHING)


def _words_of_name(follower: Token | None) -> int:
    """Return of how many words a name in Latin letters is, by what follows its first one."""
    if follower is None or follower.kinds or follower.words in vocabulary().names.states:
        return 1
    return 2 if follower.words.isalpha() else 1


def _sent_to(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether a longer name stands behind a command made where one is sent: 现场打卡，华强北项目."""
    before = index - 2 if index and "sep" in tokens[index - 1].kinds else index - 1
    if before < 0 or "afield" not in tokens[before].kinds:
        return False
    follower = tokens[index + 1] if index + 1 < len(tokens) else None
    return follower is not None and tokens[index].end == follower.start and not follower.has("sep")


def place_is_announced(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether a Chinese word before `index` announces a place, so that nobody is named there."""
    before = reversed(tokens[max(0, index - 3) : index])
    said = next((token for token in before if token.kinds.isdisjoint(_BEHIND_INTRO)), None)
    return said is not None and "place_intro" in said.kinds and has_han(said.words)


def _is_served(before: Token, token: Token, follower: Token | None) -> bool:
    """Tell whether an unknown word stands where a punch names whom it is for: 帮X打卡, clock X in."""
    if has_han(token.words):
        return before.words in {"帮", "给", "替", "代"} and len(token.words) <= 4
    if before.words in {"for", "on behalf of"}:
        return True
    if before.words in {"帮", "给", "替", "代"} and token.words.isalpha():
        return follower is not None and (not follower.kinds or follower.of(EVERY_COMMAND))  # 帮Alice打卡
    between = follower is not None and follower.words in {"in", "out", "on", "off", "present"}
    return between and before.words in {"clock", "punch", "check", "sign", "log", "mark"}


def _pieces(tokens: Sequence[Token], index: int) -> int:
    """Return into how many pieces the name at `index` fell: characters of it may be words of their own. Else 1."""
    token, follower = tokens[index], tokens[index + 1] if index + 1 < len(tokens) else None
    if follower is None or token.end != follower.start or token.words.isascii():
        return 1
    names, third = vocabulary().names, tokens[index + 2] if index + 2 < len(tokens) else None
    if token.words[0] not in names.surnames and token.words not in names.before:
        return 1
    if len(token.words) == 1 and (_split_name(token, follower) or _opens_a_question(tokens, index)):
        return 2
    if token.kinds or token.words[0] not in names.surnames or follower.words not in names.given:
        return 1
    if len(token.words) == 1:  # 吴|建|国, 李|天|一
        last = third is not None and third.start == follower.end and len(third.words) == 1
        return 3 if last and third is not None and (not third.kinds or third.words in names.given_last) else 2
    ends = third is None or third.start > follower.end or third.has("dated", "record", "attendance")
    return 2 if len(token.words) == 2 and follower.words in names.given_last and ends else 1


def _opens_a_question(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether a surname and one character more, both words of ours, open a question of days: 周停今天考勤."""
    if len(tokens) < index + 3:
        return False
    token, follower, third = tokens[index : index + 3]
    if third.start != follower.end:
        return False
    opens = index == 0 or tokens[index - 1].has("see", "polite", "sep")
    surname = token.words in vocabulary().names.surnames and len(follower.words) == 1
    return opens and surname and third.has("dated") and not follower.has("function", "particle", "number")


def _split_name(token: Token, follower: Token) -> bool:
    """Tell whether two pieces make a name though one is a word of its own: 小|周, 于|娜."""
    names = vocabulary().names
    if token.words in names.before - names.surnames and follower.words in names.surnames:
        return True
    if token.words in names.surnames and follower.words in names.titles:
        return True
    known = bool(token.kinds) and token.words in names.surnames
    return known and not follower.kinds and has_han(follower.words) and len(follower.words) <= 2


def is_chinese_name(words: str, *, strict: bool = False) -> bool:
    """Tell whether an unknown piece of Chinese reads as a name: 张三, 小王, 张总, 李师傅, 欧阳娜娜.

    小 may stand before any character, but with `strict` only before a surname: 小卡 may be a bot.
    """
    names = vocabulary().names
    if not 2 <= len(words) <= 4 or words in names.ordinary:
        return False
    if words[0] in "小阿" and len(words) == 2 and not strict:
        return True
    if words[0] in names.before and words[1] in names.surnames:
        return len(words) == 2 or words[2:] in names.titles
    surname = 2 if words[:2] in names.surnames else 1
    if words[:surname] not in names.surnames:
        return False
    given = words[surname:]
    return 1 <= len(given) <= 2 or given in names.titles


def read_department(tokens: Sequence[Token], index: int) -> tuple[Token, int] | None:
    """Return the name of the department at `index` and the tokens it takes, or None."""
    names = vocabulary().names
    token = tokens[index]
    if token.kinds and "department_word" not in token.kinds:
        return None
    follower = tokens[index + 1] if index + 1 < len(tokens) else None
    if has_han(token.words):
        return _chinese_department(token, follower)
    alone = token.words.isalpha() and token.words not in names.generic
    if alone and follower is not None and follower.words in names.department_words:
        return token, 2
    return None


def without_department_word(shown: str) -> str:
    """Return an English name of a department without the word that says so: Asia Sales *department*."""
    name, _, last = shown.rpartition(" ")
    return name if name and last.lower() in vocabulary().names.department_words else shown


def _chinese_department(token: Token, follower: Token | None) -> tuple[Token, int] | None:
    names = vocabulary().names
    if follower is not None and token.end == follower.start and follower.words in names.department_ends:
        return token._replace(end=follower.end), 2
    if len(token.words) > 2 or token.has("department_word"):
        for ending in names.department_ends:
            if token.words.endswith(ending) and 2 <= len(token.words) - len(ending) <= 6:
                return token, 1
    return None
