"""Stand-ins in words: the notes of the outbox, and lines for the handler."""

from collections.abc import Sequence

from bot.domain.stand_ins import Appointment
from bot.views.i18n import Texts
from bot.views.sentences import Button, Reply, escape, list_names, reply_without_title

MOST_DEPARTMENTS = 5


def values(
    appointment: Appointment, name: str, departments: Sequence[str], texts: Texts
) -> dict[str, object]:
    """Return the values of the sentences about a stand-in. `name` is that of the other person."""
    return {
        "name": escape(name),
        "first": appointment.first_day,
        "last": appointment.last_day,
        "departments": list_names(departments, texts, most=MOST_DEPARTMENTS),
    }


def note(appointment: Appointment, lead: str, departments: Sequence[str], texts: Texts) -> Reply:
    """Tell a stand-in whom they stand in for, with a button that says the refusal."""
    refuse = Button(texts("stand_in.refuse"), texts("stand_in.says_refuse"))
    shown = values(appointment, lead, departments, texts)
    return reply_without_title(texts("stand_in.told", **shown), [refuse])


def note_of_end(appointment: Appointment, by: str, texts: Texts) -> Reply:
    """Tell the other person that a stand-in ended."""
    is_refused = appointment.ended_by == appointment.user_id
    key = "stand_in.told_refused" if is_refused else "stand_in.told_ended"
    return reply_without_title(texts(key, **values(appointment, by, (), texts)))
