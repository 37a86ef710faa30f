"""Whose a tap on the page was, said with the code of the question (是我 4821, "not me 4821") or without it."""

from enum import Enum

from bot.understanding.intents import Intent, IntentName
from bot.understanding.words.cues import words_of
from bot.understanding.words.mentions import without_mention
from bot.understanding.words.normalise import Text, has_han, normalise

_FIGURES = 4  # of a code
_MINE = words_of("tap_mine")
_NOT_MINE = words_of("tap_not_mine")
_YES = words_of("tap_yes")
_NO = words_of("tap_no")
_LONGEST = 40  # characters of a message that says this and nothing else


class Uncoded(Enum):
    """What an answer says of whose a tap was that names no code; a plain `NO` may answer any other question."""

    MINE = "mine"
    NOT_MINE = "not_mine"
    NO = "no"


def answered_tap(text: Text) -> Intent | None:
    """Return the answer that a message gives about a tap, None unless it is that and nothing else."""
    answer = text.folded.rstrip(" \n.!。")
    code = answer[-_FIGURES:]
    if not (len(code) == _FIGURES and code.isascii() and code.isdigit()):
        return None
    said = _in_words(answer[:-_FIGURES].rstrip(" \n,:"))
    if said in _MINE or said in _YES:
        name = IntentName.TAP_MINE
    elif said in _NOT_MINE or said in _NO:
        name = IntentName.TAP_NOT_MINE
    else:
        return None
    return Intent(name, "zh" if has_han(text.folded) else "en", reference=code)


def uncoded_answer(text: str) -> Uncoded | None:
    """Return what a message without a code says of whose a tap was, None unless it is that and nothing else.

    A plain yes is none: it is the answer to whatever was asked last.
    """
    if len(text) > _LONGEST:
        return None
    said = _in_words(without_mention(normalise(text)).folded.rstrip(" \n.!。~"))
    if said in _MINE:
        return Uncoded.MINE
    if said in _NOT_MINE:
        return Uncoded.NOT_MINE
    return Uncoded.NO if said in _NO else None


def _in_words(said: str) -> str:
    """Return a folded text without its commas, and without spaces where it is Chinese."""
    words = said.replace(",", " ").split()
    return ("" if has_han(said) else " ").join(words)
