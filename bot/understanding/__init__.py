"""From a text to actions: the gate, the router and the slots."""

from bot.understanding.completing import complete, is_no, is_yes
from bot.understanding.understand import Act, Understood, language_of, understand, warm_up
from bot.understanding.vocabulary import NameIndex, fold

__all__ = [
    "Act",
    "NameIndex",
    "Understood",
    "complete",
    "fold",
    "is_no",
    "is_yes",
    "language_of",
    "understand",
    "warm_up",
]
