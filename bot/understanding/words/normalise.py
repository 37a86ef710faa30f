"""Width, case, traditional characters, emoji: the text as the other stages read it."""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from bot.understanding.words.patterns import any_of
from bot.understanding.words.vocabulary import vocabulary

LIMIT = 2000  # characters; a longer text is not read at all

_KEPT_SIGNS = frozenset("°′″±+=<>|~`^$🚫✅")
_SAYS = {
    **dict.fromkeys("º˚⁰ᵒ∘◦゜", "°"),
    **dict.fromkeys("❓❔🤔", "?"),
    **dict.fromkeys("❌✖✗✘❎🙅⛔", "🚫"),
    **dict.fromkeys("✓✔☑", "✅"),
}
_SPOKEN = str.maketrans(_SAYS)
_OVER = "\u0335-\u0338"  # combining strokes: what they cross out is taken back
_MARKED = re.compile(f"[~{_OVER}{''.join(_SAYS)}]")  # without any of these nothing is struck out or spoken
_STRUCK = re.compile(rf"(?:[^{_OVER}][{_OVER}]+)+|~~[^~]+~~")
# a face made of signs: ^_^ (＾▽＾) T_T; not (?), and not the brackets of a call
_FACE = re.compile(
    r"(?<![a-z0-9_])\((?:[^\w()?🚫✅]|ω){1,12}\)|\^[_o.-]?\^|(?<![a-z])t[_.]t(?![a-z])|>_<|=_="
    r"|(?<![a-z0-9])[:;]-?[()dp](?![a-z0-9])"
)
_FACE_SIGN = re.compile(r"[(^_.>=:;]")  # each face has one of these
_LONG = 200  # characters from which on signs in a row are shortened, so that they cost no time
_SIGNS_IN_A_ROW = re.compile(r"([^\w\s])\1{3,}")
_TAKEN_BACK = ("~~", "//")  # at the start: struck out, commented out
_POINT = re.compile(r"(?<=\d)[。٫](?=\d{3})|(?<=\d)٫(?=\d)")  # 39。9088; 8。30 may be two sentences
_HAN = re.compile("[\u3400-\u9fff]")
_MAY_BE_UNSEEN = re.compile("[^ -~\n\u3400-\u4dbf\u4e00-\u9fff、。]")  # all else is nothing but itself
_REMEMBERED = 20_000  # code points whose fate is kept; a hostile text cannot make the table grow for ever


class Text(NamedTuple):
    """One message in two forms of equal length: as a person reads it, and folded for comparison."""

    shown: str
    folded: str


class _Shown(dict[int, str | None]):
    """What becomes of a code point: a space, nothing, or itself."""

    def __missing__(self, code: int) -> str | None:
        fate = _fate(chr(code))
        if len(self) < _REMEMBERED:
            self[code] = fate
        return fate


_SHOWN = _Shown()


def _fate(character: str) -> str | None:
    """Return `character`, a space instead of an emoji or a control, or None for what nobody sees."""
    category = unicodedata.category(character)
    if character == "\n" or character in _KEPT_SIGNS:
        return character
    if category in {"Cf", "Mn"}:
        return None
    if category[0] in "CZ" or category in {"So", "Sk"}:
        return " "
    return character


def normalise(text: str) -> Text:
    """Return `text` in NFKC without emoji or invisible signs, and its folded form of the same length.

    Emoji that ask, forbid or tick off stay as one sign each, and such a sign goes before what is struck out.
    Folded means lower case, simplified characters, and the slips of Chinese input methods put right.
    """
    plain = text.isascii() and text.isprintable() and "~~" not in text
    shown = text if plain else _as_seen(text.replace("\r", "\n"))
    if len(shown) > _LONG:  # before the end is cut, or what stands behind many signs would not be seen
        shown = _SIGNS_IN_A_ROW.sub(r"\1\1\1", shown)[: 2 * LIMIT]
    if shown.lstrip().startswith(_TAKEN_BACK):
        shown = f"?{shown}?"
    folded = _POINT.sub(".", _lower(shown))
    if _foldable().search(folded):
        folded = folded.translate(_folding())
    if _FACE_SIGN.search(folded):
        folded = _FACE.sub(lambda face: " " * len(face[0]), folded)
    slips = _slips(ascii_only=folded.isascii())
    if slips.search(folded):
        folded = slips.sub(lambda slip: vocabulary().slips[slip[0]], folded)
    return _without_emoji(Text(shown, folded)) if "[" in folded else Text(shown, folded)


def _as_seen(text: str) -> str:
    """Return `text` in NFKC without what nobody sees, its signs that say something as one sign each."""
    if _MARKED.search(text):
        text = _STRUCK.sub(r"🚫\g<0>", text).translate(_SPOKEN)
    text = unicodedata.normalize("NFKC", text)
    return text.translate(_SHOWN) if _MAY_BE_UNSEEN.search(text) else text


def _without_emoji(text: Text) -> Text:
    """Return the text with spaces in place of emoji that came as words: [微笑]."""
    shown, folded = text
    pieces = folded.split("[")
    for piece in pieces[1:]:
        name, bracket, _ = piece.partition("]")
        if bracket and name in vocabulary().emoji:
            start = folded.index(f"[{name}]")
            end = start + len(name) + 2
            shown = shown[:start] + " " * (end - start) + shown[end:]
            folded = folded[:start] + " " * (end - start) + folded[end:]
    return Text(shown, folded)


@cache
def _slips(*, ascii_only: bool) -> re.Pattern[str]:
    return any_of(slip for slip in vocabulary().slips if slip.isascii() or not ascii_only)


@cache
def _foldable() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(map(chr, _folding())))}]")


@cache
def _folding() -> dict[int, str]:
    quotes = dict.fromkeys(map(ord, "’ʼ`´ʹ‵"), "'")
    return {**vocabulary().characters, **quotes, ord("緯"): "纬"}


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(one if len(one) == 1 else "?" for one in map(str.lower, text))


def has_han(text: str) -> bool:
    """Tell whether the text holds a Chinese character."""
    return not text.isascii() and _HAN.search(text) is not None
