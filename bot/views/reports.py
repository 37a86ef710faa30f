"""What is said about pictures, files and the summaries that come by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time

from bot.actions import SetDigest, Summary
from bot.domain.digests import DigestKind, DigestRules
from bot.domain.people import Employee
from bot.domain.summaries import TeamDay, TeamRange
from bot.i18n import Texts
from bot.views.formatting import span
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


@dataclass(frozen=True, slots=True)
class Digests:
    """Which summaries come by themselves to a lead, by which rules; `never` come none of these: in quiet hours."""

    kinds: frozenset[DigestKind]
    rules: DigestRules
    quiet_hours: tuple[time, time] | None = None
    never: frozenset[DigestKind] = frozenset()


def digest_answer(wanted: Digests, texts: Texts) -> Reply:
    """Return which summaries come by themselves from now on, and which do not although they are wanted."""
    lines = _comes(wanted, texts)
    return said("\n\n".join([texts("digest.noted"), *lines]) if lines else texts("digest.none"))


def digest_shown(action: SetDigest, wanted: Digests, texts: Texts) -> Reply:
    """Show which summaries come by themselves now, and what the button changes."""
    lines = _comes(wanted, texts)
    now = [texts("digest.now"), *lines] if lines else [texts("digest.now_none")]
    what = texts(f"digest.{action.period or 'all'}_name")
    asked = texts("digest.shown_on" if action.wanted else "digest.shown_off", what=what)
    return Reply(asked[:40], "\n\n".join([*now, asked]), (confirm(action, texts),))


def _comes(wanted: Digests, texts: Texts) -> list[str]:
    """Return a line for each summary that comes by itself: which, when, and whether that is in quiet hours."""
    rules, lines = wanted.rules, []
    weekly, monthly = f"{rules.weekly:%H:%M}", f"{rules.monthly:%H:%M}"
    for kind in (one for one in DigestKind if one in wanted.kinds):
        line = f"- {texts(f'digest.{kind}', minutes=rules.daily_minutes, weekly=weekly, monthly=monthly)}"
        if kind in wanted.never and wanted.quiet_hours is not None:
            line = f"{line}. {texts('digest.never', hours=span(wanted.quiet_hours))}"
        lines.append(line)
    return lines
