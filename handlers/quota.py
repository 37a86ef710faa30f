"""The use of DingTalk's monthly quotas. Only administrators read it."""

from bot.actions import QuotaUsage
from bot.chat.context import Answer, Context, answers
from bot.domain.quota import Budget, Economy, Quota
from bot.services.quota import quota_end_line
from bot.views.keys import SAVINGS
from bot.views.sentences import reply_with_title

_USED = {Quota.CALLS: "quota.calls", Quota.MESSAGES: "quota.messages"}
_USED_OF_LIMIT = {Quota.CALLS: "quota.calls_of", Quota.MESSAGES: "quota.messages_of"}


@answers(QuotaUsage)
async def quota_usage(ctx: Context, action: QuotaUsage) -> Answer:
    """Show both quotas: used, left, and how long the rest lasts."""
    texts = ctx.texts
    services = ctx.services
    quota = services.quota
    if ctx.user_id not in services.settings.roles.admins:
        return ctx.sentence("quota.admins_only")
    await quota.store_usage()
    lines = [f"- {_usage_line(ctx, budget)}" for budget in quota.budgets]
    if quota.step is not Economy.FULL:
        lines.append(texts(SAVINGS[quota.step]))
    lines.append(
        texts(
            "quota.other_apps"
            if services.settings.dingtalk.limits_a_month[Quota.CALLS]
            else "quota.no_edition"
        )
    )
    return reply_with_title(texts("quota.title", month=f"{quota.budgets[0].at:%Y-%m}"), lines)


def _usage_line(ctx: Context, budget: Budget) -> str:
    """Return the line of one quota."""
    texts = ctx.texts
    if budget.limit is None:
        return texts(_USED[budget.quota], used=budget.used)
    values = {"used": budget.used, "limit": budget.limit, "percent": budget.percent}
    left = texts(
        "quota.left", left=max(budget.limit - budget.used, 0), until=quota_end_line(budget, texts)
    )
    return texts(_USED_OF_LIMIT[budget.quota], **values) + left
