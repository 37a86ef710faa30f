"""What is said about pictures, files and the summaries that come by themselves."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.domain.digests import DigestKind, DigestRules
from bot.domain.people import Employee
from bot.domain.summaries import TeamDay, TeamRange
from bot.i18n import Texts
from bot.views import team_days, team_ranges
from bot.views.reply import Button, Reply

_AGAIN = frozenset({"not_sent", "not_made"})


def answer(outcome: str, files: int, texts: Texts, *, again: str) -> Reply:
    """Return what became of a report: `outcome` names the sentence; `again` is what asks for it once more."""
    text = texts(f"report.{outcome}", count=files)
    buttons = (Button(texts("button.again"), again),) if outcome in _AGAIN else ()
    return Reply(text[:40], text, buttons)


def digest(found: TeamDay | TeamRange, people: Sequence[Employee], texts: Texts) -> Reply:
    """Return a summary that comes by itself: what the lead would read had they asked, and how it is ended."""
    if isinstance(found, TeamDay):
        reply = team_days.team(found, people, texts, title=None)
    else:
        reply = team_ranges.team(found, people, texts, title=None)
    return replace(reply, text=f"{reply.text}\n\n{texts('digest.footer')}")


def digest_answer(kinds: Collection[DigestKind], rules: DigestRules, texts: Texts) -> Reply:
    """Return which summaries come by themselves from now on."""
    if not kinds:
        text = texts("digest.none")
    else:
        when = {
            "minutes": rules.daily_minutes,
            "weekly": f"{rules.weekly:%H:%M}",
            "monthly": f"{rules.monthly:%H:%M}",
        }
        lines = [f"- {texts(f'digest.{kind}', **when)}" for kind in DigestKind if kind in kinds]
        text = "\n\n".join([texts("digest.noted"), *lines])
    return Reply(text[:40], text)
