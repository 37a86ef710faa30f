"""Choose who receives an answer: the group, or the sender alone. Check again what the sender may see."""

from bot.actions import Action
from bot.chat.context import Answer, Context, Privately
from bot.services.organisation.visibility import Sight
from bot.views.reply import Reply
from bot.views.sentences import sentence
from bot.views.team import nothing_seen, with_left_out


def to_sender(ctx: Context, answer: Answer) -> Answer:
    """Return an answer that only whoever asked hears; a group where they asked hears that they were answered."""
    if ctx.message.is_group and isinstance(answer, Reply):
        return Privately(answer, sentence("team.answered_in_private", ctx.texts))
    return answer


def as_the_company_wants(ctx: Context, answer: Answer) -> Answer:
    """Return an answer about people's days, which a group hears only if `summaries.in_groups` is open."""
    return answer if ctx.services.in_groups == "open" else to_sender(ctx, answer)


def not_shown(ctx: Context, sight: Sight, action: Action) -> Reply:
    """Return why nothing is shown, with a button for each person it may be about."""
    return nothing_seen(sight.outcome, sight.people, action, ctx.texts)


async def recheck_sight(ctx: Context, sight: Sight, reply: Reply, action: Action) -> Reply:
    """Return the reply, or a refusal if the asker lost access meanwhile."""
    now = await ctx.services.visibility.now(sight)
    if now != sight:
        return not_shown(ctx, now, action)
    return with_left_out(reply, sight.left_out, ctx.texts)
