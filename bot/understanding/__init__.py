"""Text in, intent out: pure, local, explainable."""

from bot.understanding.familiar import Familiar
from bot.understanding.intents import DateRange, Evidence, Intent, IntentName, NoneReason, TypedPosition
from bot.understanding.understand import understand

__all__ = [
    "DateRange",
    "Evidence",
    "Familiar",
    "Intent",
    "IntentName",
    "NoneReason",
    "TypedPosition",
    "understand",
]
