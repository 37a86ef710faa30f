"""Who may see whose days, in words."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.people import Department, Employee
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.reply import Reply

MOST = 10


class Known(Protocol):
    """Who sees somebody's days and whose days they see; see `services.visibility.WhoSees`."""

    @property
    def leads(self) -> Sequence[Employee]: ...
    @property
    def admins(self) -> Sequence[Employee]: ...
    @property
    def departments(self) -> Sequence[Department]: ...
    @property
    def people(self) -> int: ...
    @property
    def all(self) -> bool: ...


def explained(known: Known, texts: Texts) -> Reply:
    """Return the person's own leads by name, what they see themselves, and the precedence."""
    title = texts("sees.title")
    lines = [f"### {title}", texts("sees.you")]
    lines.append(_named("sees.leads", known.leads, texts) if known.leads else texts("sees.no_leads"))
    if known.admins:
        lines.append(_named("sees.admins", known.admins, texts))
    if known.all:
        lines.append(texts("sees.you_all", people=known.people))
    elif known.departments:
        names = texts("nudge.separator").join(escape(one.name) for one in known.departments[:MOST])
        lines.append(texts("sees.you_lead", people=known.people, names=names))
    else:
        lines.append(texts("sees.you_nobody"))
    lines += [texts("sees.precedence"), texts("sees.not_shown")]
    return Reply(title, "\n\n".join(lines))


def _named(key: str, people: Sequence[Employee], texts: Texts) -> str:
    shown = texts("nudge.separator").join(escape(one.name or one.user_id) for one in people[:MOST])
    if len(people) > MOST:
        shown = texts("nudge.and_more", names=shown, count=len(people) - MOST)
    return texts(key, names=shown)
