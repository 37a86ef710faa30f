"""What is stored about a person, and who may see their days."""

from collections.abc import Sequence

from bot.domain.people import Department, Employee
from bot.domain.privacy import NONE_HELD, StoredAbout
from bot.i18n import Texts
from bot.views.formatting import escape, listed
from bot.views.reply import Reply
from bot.views.sentences import titled

MOST_NAMES = 30
MOST_VIEWERS = 10
_KEPT_FOR_GOOD = (
    *("punches", "seals", "claims", "deliveries", "receipts", "corrections", "excuses", "decisions", "excused"),
    *("nudged", "nudges", "notes", "flags", "position_notices"),
)
_UNTIL_DONE = (
    *("messages", "buttons", "tap_questions", "unsealed", "links"),
    *("absence_readings", "digest_wishes"),
)
_READ_AGAIN = ("plans", "absences", "native_punches", "readings")


def stored(about: StoredAbout, texts: Texts) -> Reply:
    """Return everything that is kept about a person, for how long, who sees it, and what they can do about it."""
    lines = [*_points(_who(about, texts)), *_rows(about, texts)]
    lines += [texts("privacy.seen"), *_points(_seen(about, texts)), texts("privacy.rights")]
    return titled(texts("privacy.title"), lines)


def who_sees(
    texts: Texts,
    *,
    leads: Sequence[Employee],
    admins: Sequence[Employee],
    departments: Sequence[Department],
    people: int,
    sees_all: bool,
) -> Reply:
    """Return the answer to "who sees my days": viewers, own people, the rule.

    `departments` are those that the person leads; `people` counts the people that they see.
    """
    own = _viewers(leads, texts)
    lines = [texts("sees.you"), texts("sees.leads", names=own) if leads else texts("sees.no_leads")]
    if admins:
        lines.append(texts("sees.admins", names=_viewers(admins, texts)))
    if sees_all:
        lines.append(texts("sees.you_all", people=people))
    elif departments:
        names = texts("nudge.separator").join(escape(one.name) for one in departments[:MOST_VIEWERS])
        lines.append(texts("sees.you_lead", people=people, names=names))
    else:
        lines.append(texts("sees.you_nobody"))
    return titled(texts("sees.title"), [*lines, texts("sees.precedence"), texts("sees.not_shown")])


def _viewers(people: Sequence[Employee], texts: Texts) -> str:
    return listed([one.name or one.user_id for one in people], texts, most=MOST_VIEWERS)


def _who(about: StoredAbout, texts: Texts) -> list[str]:
    ids = texts("privacy.ids" if about.has_union_id else "privacy.id", user_id=escape(about.user_id))
    lines = [
        texts("privacy.name", name=escape(about.name) or texts("privacy.none"), ids=ids),
        texts("privacy.departments", names=_names(about.departments, texts)),
    ]
    if about.leads:
        lines.append(texts("privacy.leads", names=_names(about.leads, texts)))
    language = f"language_{about.wishes.language}" if about.wishes.language else "no_language"
    lines.append(texts("privacy.language", language=texts(f"privacy.{language}")))
    return [*lines, texts("privacy.wishes" if about.wishes.differ else "privacy.no_wishes")]


def _rows(about: StoredAbout, texts: Texts) -> list[str]:
    """Return a line for each kind of row there is, by how long it is kept, and one of all others together."""
    days = {
        **dict.fromkeys(_READ_AGAIN, f"{about.readings_days}"),
        "positions": f"{about.positions_days:g}",
        "named_places": f"{about.positions_days:g}",
        "phones": f"{about.phones_days}",
        "reminders": f"{about.reminders_days}",
    }
    for_good, for_a_time = (
        [
            _row(topic, about, days.get(topic, ""), texts)
            for topic in topics
            if about.held.get(topic, NONE_HELD).count
        ]
        for topics in (_KEPT_FOR_GOOD, (*_UNTIL_DONE, *days))
    )
    lines = [texts("privacy.for_good"), *_points([*for_good, texts("privacy.of_answered")])]
    lines += [texts("privacy.for_a_time"), *_points(for_a_time)] if for_a_time else []
    return [*lines, texts("privacy.empty")]


def _row(topic: str, about: StoredAbout, days: str, texts: Texts) -> str:
    held = about.held[topic]
    line = texts(f"privacy.of_{topic}", count=held.count)
    if held.first:
        line += texts("privacy.from_to", days="–".join(dict.fromkeys((held.first, held.last))))
    return f"{line} · {texts('privacy.for_days', days=days)}" if days else line


def _seen(about: StoredAbout, texts: Texts) -> list[str]:
    targets = texts("nudge.separator").join(texts(f"privacy.target_{one}") for one in about.targets)
    viewers = texts("privacy.viewers_unknown")
    if about.viewers is not None:
        viewers = texts("privacy.viewers", names=_names(about.viewers, texts))
    admins = texts("privacy.admins", names=_names(about.admins, texts))
    return [viewers, admins, texts("privacy.targets", names=targets)]


def _points(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _names(names: Sequence[str], texts: Texts) -> str:
    return listed(names, texts, most=MOST_NAMES) or texts("privacy.none")
