"""What is said about pictures, files and the summaries that come by themselves."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.actions import SetDigest, Summary
from bot.domain.digests import DigestKind, DigestRules
from bot.domain.people import Employee
from bot.domain.summaries import TeamDay, TeamRange
from bot.i18n import Texts
from bot.views.reply import Reply
from bot.views.sentences import confirm, said
from bot.views.team import team_day, team_range


def digest(found: TeamDay | TeamRange, people: Sequence[Employee], texts: Texts) -> Reply:
    """Return a summary that comes by itself: what the lead would read had they asked, and how it is ended."""
    if isinstance(found, TeamDay):
        reply = team_day(found, people, texts, title=None)
    else:
        reply = team_range(found, people, texts, title=None, asked=Summary())
    return replace(reply, text=f"{reply.text}\n\n{texts('digest.footer')}", buttons=())


def digest_answer(kinds: Collection[DigestKind], rules: DigestRules, texts: Texts) -> Reply:
    """Return which summaries come by themselves from now on."""
    lines = _comes(kinds, rules, texts)
    return said("\n\n".join([texts("digest.noted"), *lines]) if lines else texts("digest.none"))


def digest_shown(action: SetDigest, kinds: Collection[DigestKind], rules: DigestRules, texts: Texts) -> Reply:
    """Show which summaries come by themselves now, and what the button changes."""
    lines = _comes(kinds, rules, texts)
    now = [texts("digest.now"), *lines] if lines else [texts("digest.now_none")]
    what = texts(f"digest.{action.period or 'all'}_name")
    asked = texts("digest.shown_on" if action.wanted else "digest.shown_off", what=what)
    return Reply(asked[:40], "\n\n".join([*now, asked]), (confirm(action, texts),))


def _comes(kinds: Collection[DigestKind], rules: DigestRules, texts: Texts) -> list[str]:
    """Return a line for each summary that comes by itself: which, and when."""
    when = {"minutes": rules.daily_minutes, "weekly": f"{rules.weekly:%H:%M}", "monthly": f"{rules.monthly:%H:%M}"}
    return [f"- {texts(f'digest.{kind}', **when)}" for kind in DigestKind if kind in kinds]
