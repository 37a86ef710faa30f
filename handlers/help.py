"""Help, the end of a question, and the answer to questions that the bot cannot answer."""

from bot.actions import CannotAnswer, Dismiss, Help
from bot.chat.context import Answer, Context, answers
from bot.domain.months import Month
from bot.views.months import name_of
from bot.views.sentences import Button, plain, reply_with_title

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
    lines = {key: texts(key, month=month) for key in shown}
    if page is not None and action.part != "leads":
        lines["help.page"] = texts("help.page", url=page)
    parts = {"own": "button.help_own"} | ({"leads": "button.help_leads"} if is_lead else {})
    buttons = [
        Button(texts(key), action=Help(part=part))
        for part, key in parts.items()
        if part != action.part
    ]
    return reply_with_title(
        texts("help.title"),
        [*(f"- {line}" for line in lines.values()), texts("help.more")],
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
