"""What may have been meant by a message that was not understood: one tap says it, nothing is done by itself."""

from bot.chat.context import Context
from bot.understanding import understand
from bot.understanding.asking.near_commands import near_command
from bot.understanding.asking.respelling import respelt
from bot.understanding.intents import IntentName
from bot.views.nearest import nearest, phrases

_NEVER_RESPELT = frozenset({IntentName.NONE, IntentName.SOMEBODY, IntentName.CLOCK_IN, IntentName.CLOCK_OUT})


def meant(ctx: Context) -> str | None:
    """Return the nearest command: a known near miss, the message with its slips put right, or one of the help.

    No punch is read out of slips: of those only the help's own phrases are offered.
    """
    text = ctx.message.text
    today = ctx.services.own_punches.local_date(ctx.message)
    respellings = tuple(respelt(text))
    key = next((key for said in (text, *respellings) if (key := near_command(said)) is not None), None)
    if key is not None:
        return ctx.texts(f"near.{key}")
    for said in respellings:
        intent = understand(said, today=today)
        if intent.name not in _NEVER_RESPELT and not intent.unsure:
            return said
    return nearest(text, phrases(ctx.help_topics, ctx.texts))
