"""The texts of reminders, in the language of their recipients."""

from collections.abc import Callable, Sequence

from bot.clock import Clock
from bot.domain.people import Employee
from bot.domain.reminders import Reminder
from bot.i18n import Texts, language_or
from bot.services.organisation.directory import Directory
from bot.services.reminding.escalations import Team
from bot.views import leading, reminders
from bot.views.reply import Language, Reply


class ReminderSentences:
    """Knows names and languages, so that whoever sends need not."""

    def __init__(
        self,
        directory: Directory,
        texts: Callable[[Language], Texts],
        language: Language,
        clock: Clock,
        *,
        by_page: bool = False,
    ) -> None:
        """Take `language` for those who never wrote, and whether a tap is to offer the page for a position."""
        self._directory = directory
        self._texts = texts
        self._language = language
        self._clock = clock
        self._by_page = by_page

    def nudge(self, reminder: Reminder, language: str | None) -> Reply:
        """Return what a reminder says; it names nobody, so that many can be told the same."""
        texts = self._texts_for(language)
        return reminders.nudge(reminder, texts, as_of=self._clock.now(), by_page=self._by_page)

    def escalation(
        self, note: Reminder, team: Team, nudgeable: frozenset[str], language: str | None, *, left_out: int = 0
    ) -> Reply | None:
        """Return a lead's note, None when nobody is missing, unknown or among the `left_out`."""
        shown = leading.TeamNote(
            note.due_at,
            self._clock.now(),
            missing=self._people(team.missing),
            nudgeable=nudgeable,
            on_leave=self._people(team.on_leave),
            unknown=self._people(team.unknown),
            left_out=left_out,
        )
        return leading.escalation(shown, self._texts_for(language))

    def _people(self, user_ids: Sequence[str]) -> list[Employee]:
        found = (self._directory.employee(user_id) or Employee(user_id, user_id) for user_id in user_ids)
        return sorted(found, key=lambda one: (one.name, one.user_id))

    def _texts_for(self, language: str | None) -> Texts:
        return self._texts(language_or(language, self._language))
