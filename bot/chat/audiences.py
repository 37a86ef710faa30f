"""Who hears the answer to what was said in a group: the group, or whoever asked alone."""

from bot.chat.context import Answer, Context, Privately
from bot.views.reply import Reply
from bot.views.sentences import sentence


def to_sender(ctx: Context, answer: Answer) -> Answer:
    """Return an answer that only whoever asked hears; a group where they asked hears that they were answered."""
    if ctx.message.is_group and isinstance(answer, Reply):
        return Privately(answer, sentence("team.answered_in_private", ctx.texts))
    return answer


def as_the_company_wants(ctx: Context, answer: Answer) -> Answer:
    """Return an answer about people's days, which a group hears only if `summaries.in_groups` is open."""
    return answer if ctx.services.in_groups == "open" else to_sender(ctx, answer)
