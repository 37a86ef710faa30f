"""What the bot says about itself: help, sites, quotas, and questions that it cannot answer."""

from bot.actions import CannotAnswer, Dismiss, Help, QuotaUsage, Where
from bot.chat.context import Answer, Context, answers
from bot.domain.months import Month
from bot.domain.quota import Budget, Economy, Quota
from bot.services.quota import quota_end_line
from bot.views.keys import SAVINGS
from bot.views.months import name_of
from bot.views.sentences import Button, escape, page_address, plain, reply_with_title

_USED = {Quota.CALLS: "quota.calls", Quota.MESSAGES: "quota.messages"}
_USED_OF_LIMIT = {Quota.CALLS: "quota.calls_of", Quota.MESSAGES: "quota.messages_of"}
_MOST_SHORT_LINES = 6  # fit a phone
_MOST_OWN_OF_LEADS = 2  # of the short lines of a lead
_OF_TEAMS = {  # HR without a department has none
    "help_leads.approve",
    "help_leads.excuse",
    "help_leads.nudge",
    "help_leads.post_summary",
    "help_leads.digest_on",
}
_OF_MONTHS = {"help_own.month", "help_leads.month_status"}
_OF_CORRECTIONS = {
    "help_own.correction",
    "help_leads.approve",
    "help_own.requests",
    "help_own.make_ups_left",
}


@answers(Help)
async def show_help(ctx: Context, action: Help) -> Answer:
    """List what this person can do here."""
    texts = ctx.texts
    me = ctx.user_id
    settings = ctx.services.settings
    is_lead = ctx.services.visibility.leads(me)
    keys = texts.keys("help_own")
    if is_lead and action.part != "own":
        leads = texts.keys("help_leads")
        keys = leads if action.part == "leads" else [*keys[:_MOST_OWN_OF_LEADS], *leads]
    hidden = set() if ctx.services.visibility.team_of(me) else _OF_TEAMS
    hidden = hidden if settings.months.enabled else hidden | _OF_MONTHS
    hidden = hidden if settings.corrections.enabled else hidden | _OF_CORRECTIONS
    month = name_of(Month.before(ctx.today), texts)
    shown = [key for key in keys if key not in hidden]
    page = ctx.services.page_link()
    if action.part == "short":
        shown = shown[: _MOST_SHORT_LINES - (page is not None)]
    lines = [texts(key, month=month) for key in shown]
    if page is not None:
        lines.append(texts("help.page", url=page))
    parts = {"own": "button.help_own"} | ({"leads": "button.help_leads"} if is_lead else {})
    buttons = [
        Button(texts(key), action=Help(part=part))
        for part, key in parts.items()
        if part != action.part
    ]
    return reply_with_title(
        texts("help.title"),
        [*(f"- {line}" for line in lines), texts("help.more")],
        [*buttons, plain("button.status", texts)],
    )


@answers(Dismiss, in_group=True)
async def dismiss(ctx: Context, action: Dismiss) -> Answer:
    """Say that the question is over."""
    return ctx.sentence("none.dismissed")


@answers(CannotAnswer, in_group=True)
async def cannot_answer(ctx: Context, action: CannotAnswer) -> Answer:
    """Say that the bot cannot answer this question."""
    return ctx.sentence("none.cannot_answer")


@answers(Where)
async def where(ctx: Context, action: Where) -> Answer:
    """List the person's sites with a link to the page."""
    texts = ctx.texts
    title = texts("where.title")
    sites = ctx.services.places.sites_for(ctx.who)
    if not sites:
        return reply_with_title(
            title, [texts("where.unreadable" if sites is None else "where.none")]
        )
    lines = []
    for site in sites:
        names = " / ".join(escape(name) for name in (site.name, *site.aliases))
        lines.append(f"- {texts('where.site', site=names, metres=round(site.radius_m))}")
    page_link = ctx.services.page_link()
    if page_link is not None:
        lines.append(page_address(page_link, texts))
    return reply_with_title(title, lines)


@answers(QuotaUsage)
async def quota_usage(ctx: Context, action: QuotaUsage) -> Answer:
    """Show both quotas: used, left, and how long the rest lasts."""
    texts = ctx.texts
    services = ctx.services
    quota = services.quota
    if ctx.user_id not in services.settings.roles.admins:
        return ctx.sentence("quota.admins_only")
    await quota.store_usage()
    lines = [f"- {_usage_line(ctx, budget)}" for budget in quota.budgets.values()]
    if quota.step is not Economy.FULL:
        lines.append(texts(SAVINGS[quota.step]))
    lines.append(
        texts(
            "quota.other_apps"
            if services.settings.dingtalk.limits_a_month[Quota.CALLS]
            else "quota.no_edition"
        )
    )
    return reply_with_title(
        texts("quota.title", month=f"{services.now.astimezone(services.zone):%Y-%m}"), lines
    )


def _usage_line(ctx: Context, budget: Budget) -> str:
    """Return the line of one quota."""
    texts = ctx.texts
    people = max(len(ctx.services.directory.view.active), 1)
    each = f"{budget.used / people / budget.days:.1f}"
    if budget.limit is None:
        return texts(_USED[budget.quota], used=budget.used, each=each)
    values = {"used": budget.used, "limit": budget.limit, "percent": budget.percent, "each": each}
    left = texts(
        "quota.left", left=max(budget.limit - budget.used, 0), until=quota_end_line(budget, texts)
    )
    return texts(_USED_OF_LIMIT[budget.quota], **values) + left
