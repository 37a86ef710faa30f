"""What is stored about somebody, as they read it."""

from collections.abc import Sequence

from bot.actions import ForgetPhrases
from bot.domain.messages import Phrase
from bot.domain.privacy import NONE_HELD, StoredAbout
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.reply import Button, Reply

MOST_NAMES = 30
_KEPT_FOR_GOOD = (
    *("punches", "seals", "claims", "deliveries", "receipts", "corrections", "excuses", "decisions", "excused"),
    *("nudged", "nudges", "notes", "flags", "position_notices"),
)
_UNTIL_DONE = (
    *("messages", "buttons", "phrases", "tap_questions", "unsealed", "links", "wrong_references"),
    *("absence_readings", "digest_wishes"),
)
_READ_AGAIN = ("plans", "absences", "native_punches", "readings")


def stored(about: StoredAbout, phrases: Sequence[Phrase], texts: Texts) -> Reply:
    """Return everything that is kept about a person, for how long, who sees it, and what they can do about it."""
    title = texts("privacy.title")
    lines = [f"### {title}", *_listed(_who(about, texts)), *_rows(about, texts)]
    if phrases:
        said = texts("nudge.separator").join(
            f"“{escape(one.words)}” ({one.times})" for one in phrases[:MOST_NAMES]
        )
        lines.append(texts("privacy.phrases", phrases=said))
    lines += [texts("privacy.seen"), *_listed(_seen(about, texts)), texts("privacy.rights")]
    button = Button(texts("privacy.forget_phrases"), action=ForgetPhrases())
    return Reply(title, "\n\n".join(lines), (button,) if phrases else ())


def _who(about: StoredAbout, texts: Texts) -> list[str]:
    ids = texts("privacy.ids" if about.has_union_id else "privacy.id", user_id=escape(about.user_id))
    lines = [
        texts("privacy.name", name=escape(about.name) or texts("privacy.none"), ids=ids),
        texts("privacy.departments", names=_names(about.departments, texts)),
    ]
    if about.leads:
        lines.append(texts("privacy.leads", names=_names(about.leads, texts)))
    spoken = f"language_{about.wishes.language}" if about.wishes.language else "no_language"
    lines.append(texts("privacy.language", language=texts(f"privacy.{spoken}")))
    lines.append(texts("privacy.wishes" if about.wishes.differ else "privacy.no_wishes"))
    return lines


def _rows(about: StoredAbout, texts: Texts) -> list[str]:
    """Return a line for each kind of row there is, by how long it is kept, and one of all others together."""
    days = {
        **dict.fromkeys(_READ_AGAIN, f"{about.readings_days}"),
        "positions": f"{about.positions_days:g}",
        "named_places": f"{about.positions_days:g}",
        "phones": f"{about.phones_days}",
        "reminders": f"{about.reminders_days}",
    }
    there = [topic for topic in (*_KEPT_FOR_GOOD, *_UNTIL_DONE, *days) if about.held.get(topic, NONE_HELD).count]
    for_good = [_row(topic, about, "", texts) for topic in _KEPT_FOR_GOOD if topic in there]
    for_a_time = [
        _row(topic, about, days.get(topic, ""), texts) for topic in (*_UNTIL_DONE, *days) if topic in there
    ]
    lines = [texts("privacy.for_good"), *_listed([*for_good, texts("privacy.of_answered")])]
    lines += [texts("privacy.for_a_time"), *_listed(for_a_time)] if for_a_time else []
    return [*lines, texts("privacy.empty")]


def _row(topic: str, about: StoredAbout, days: str, texts: Texts) -> str:
    held = about.held[topic]
    line = texts(f"privacy.of_{topic}", count=held.count)
    if held.first:
        span = (held.first,) if held.first == held.last else (held.first, held.last)
        line += texts("privacy.from_to", days="–".join(span))
    return f"{line} · {texts('privacy.for_days', days=days)}" if days else line


def _listed(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _seen(about: StoredAbout, texts: Texts) -> list[str]:
    targets = texts("nudge.separator").join(texts(f"privacy.target_{one}") for one in about.targets)
    viewers = texts("privacy.viewers_unknown")
    if about.viewers is not None:
        viewers = texts("privacy.viewers", names=_names(about.viewers, texts))
    return [
        viewers,
        texts("privacy.admins", names=_names(about.admins, texts)),
        texts("privacy.targets", names=targets),
    ]


def _names(names: Sequence[str], texts: Texts) -> str:
    shown = texts("nudge.separator").join(escape(name) for name in names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    return texts("nudge.and_more", names=shown, count=rest) if rest > 0 else shown or texts("privacy.none")
