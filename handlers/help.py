"""Help, the end of a question, and the answer to questions that the bot cannot answer."""

from bot.actions import CannotAnswer, Dismiss, Help
from bot.chat.context import Answer, Context, answers
from bot.domain.months import Month
from bot.domain.sites import LocationSource
from bot.views.months import name_of
from bot.views.sentences import Button, plain, reply_with_title

_WAYS = {LocationSource.NAMED: "help.named", LocationSource.TYPED: "help.typed"}
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
    """List what this person can do here, with the ways to give a place that count here."""
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
    if "help_own.clock_in" in lines:
        lines["help_own.clock_in"] += _places(ctx, by_page=page is not None)
        if page is not None:
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


def _places(ctx: Context, *, by_page: bool) -> str:
    """Return the ways to give a place that count here, in words."""
    trusted = ctx.services.places.trusted
    ways = [key for source, key in _WAYS.items() if source in trusted]
    ways += ["help.by_page"] if by_page else []
    places = ctx.texts("help.or").join(map(ctx.texts, ways))
    return ctx.texts("help.with_a_place", places=places) if ways else ""


@answers(Dismiss, in_group=True)
async def dismiss(ctx: Context, action: Dismiss) -> Answer:
    """Say that the question is over."""
    return ctx.sentence("none.dismissed")


@answers(CannotAnswer, in_group=True)
async def cannot_answer(ctx: Context, action: CannotAnswer) -> Answer:
    """Say that the bot cannot answer this question."""
    return ctx.sentence("none.cannot_answer")
