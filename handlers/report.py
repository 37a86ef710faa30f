"""Scheduled summaries, which the bot sends to leads."""

from dataclasses import replace

from bot.actions import SetDigest
from bot.chat.context import Answer, Context, Router, not_shown
from bot.domain.digests import DigestKind
from bot.domain.reminders import Wishes
from bot.settings.rules import digest_rules_of
from bot.views.reply import Reply
from bot.views.sentences import confirm, said, sentence

router = Router()


@router.on(SetDigest, help_key="help.digest_on", for_leads=True, personal=True)
async def set_digest(ctx: Context, action: SetDigest) -> Answer:
    """Show which scheduled summaries are on. The button switches one kind, or all, on or off."""
    lead, base = ctx.who.user_id, ctx.services.base
    sight = await ctx.services.visibility.seen_by(lead)
    if sight.outcome == "not_read":
        return not_shown(ctx, sight, action)
    if not sight.user_ids:
        return sentence("digest.no_team", ctx.texts)
    default: frozenset[str] = digest_rules_of(base.settings).default
    asked = frozenset(DigestKind) if action.period is None else frozenset({DigestKind(action.period)})

    def changed(old: Wishes) -> Wishes:
        kinds = default if old.digests is None else old.digests
        return replace(old, digests=kinds | asked if action.wanted else kinds - asked)

    if ctx.sure:
        wishes = await base.store.wishes.change(lead, changed)
        return _noted(ctx, wishes.digests or frozenset())
    wishes = await base.store.wishes.get(lead)
    kinds = default if wishes.digests is None else wishes.digests
    return _noted(ctx, kinds) if changed(wishes).digests == kinds else _shown(ctx, action, kinds)


def _noted(ctx: Context, kinds: frozenset[str]) -> Reply:
    """Return which summaries come from now on."""
    lines = _lines(ctx, kinds)
    return said("\n\n".join([ctx.texts("digest.noted"), *lines]) if lines else ctx.texts("digest.none"))


def _shown(ctx: Context, action: SetDigest, kinds: frozenset[str]) -> Reply:
    """Show the present summaries, and the change that the button makes."""
    texts, lines = ctx.texts, _lines(ctx, kinds)
    now = [texts("digest.now"), *lines] if lines else [texts("digest.now_none")]
    what = texts(f"digest.{action.period or 'all'}_name")
    asked = texts("digest.shown_on" if action.wanted else "digest.shown_off", what=what)
    return Reply(asked[:40], "\n\n".join([*now, asked]), (confirm(action, texts),))


def _lines(ctx: Context, kinds: frozenset[str]) -> list[str]:
    """Return a line for each summary: which, and when."""
    rules = digest_rules_of(ctx.services.base.settings)
    when = {"minutes": rules.daily_minutes, "weekly": f"{rules.weekly:%H:%M}", "monthly": f"{rules.monthly:%H:%M}"}
    return [f"- {ctx.texts(f'digest.{kind}', **when)}" for kind in DigestKind if kind in kinds]
