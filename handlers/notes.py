"""The texts of notes: on make-up requests, excused days and doubtful positions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.corrections import CorrectionState
from bot.domain.messages import Kind, Owed
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.outbox.messages import NotYet
from bot.services.reporting.days import PeopleDays
from bot.views import corrections as views
from bot.views import notes
from bot.views.i18n import Texts
from bot.views.sentences import Reply, acting


@dataclass(eq=False)
class Notes:
    """Words each note by the present facts. Every call raises StoreRefused."""

    base: Base
    directory: Directory
    visibility: Visibility
    days: PeopleDays

    async def text_of(self, owed: Owed) -> Reply | None:
        """Return a note about a make-up punch or an excused day, None if nothing is left to say.

        Raises NotYet.
        """
        texts = await self.base.texts_for(owed.recipient)
        store = self.base.store
        if owed.kind is Kind.EXCUSED:
            return await self._note_about_excuse(owed, texts)
        if owed.kind in (Kind.STAND_IN, Kind.STAND_IN_ENDED):
            return await self._note_about_stand_in(owed, texts)
        correction = await store.corrections.get(owed.about)
        if correction is None:
            return None
        asker = self.directory.name_of(correction.user_id)
        punch = await store.ledger.of_message(correction.punch_message_id)
        if owed.kind is Kind.ASKED:
            may_decide = await self.visibility.may_decide(owed.recipient, correction.user_id)
            if may_decide is None:
                raise NotYet
            if correction.state is not CorrectionState.ASKED or not may_decide:
                return None
            day = await self.days.own_day(correction.user_id, correction.work_date)
            return views.to_decide(correction, asker, day, texts)
        if owed.kind is Kind.CLOSED:
            earlier = await store.corrections.earlier([correction.reference])
            decided = views.decisions_so_far(correction, earlier, self.directory.name_of, texts)
            return views.note_of_end(correction, decided, punch, texts)
        return None if punch is None else views.outcome(correction, asker, punch, texts)

    async def _note_about_stand_in(self, owed: Owed, texts: Texts) -> Reply | None:
        """Return the note about a stand-in or its end, None if a new one is over by now."""
        appointment = await self.base.store.stand_ins.get(owed.about, owed.recipient)
        if appointment is None:
            return None
        if owed.kind is Kind.STAND_IN_ENDED:
            by = self.directory.name_of(appointment.ended_by)
            return notes.stand_in_end_note(appointment, by, texts)
        if not appointment.is_open(self.base.today):
            return None
        departments = self.visibility.departments_passed_on(appointment.lead)
        lead = self.directory.name_of(appointment.lead)
        return notes.stand_in_note(appointment, lead, departments, texts)

    async def _note_about_excuse(self, owed: Owed, texts: Texts) -> Reply | None:
        """Return the note about a lead's last decision on a day, None for an earlier decision."""
        day, _, number = owed.about.partition("/")
        last = await self.base.store.excuses.last(owed.recipient, date.fromisoformat(day))
        if last is None or last.number != int(number):
            return None
        name_of = self.directory.name_of
        by = acting(name_of(last.decided_by), map(name_of, last.stood_in_for), texts)
        return notes.excuse_note(last, by, texts)

    async def text_of_flag(self, owed: Owed) -> Reply | None:
        """Return a lead's note about a flagged position: site and distance, no coordinates.

        Return None if the lead no longer leads the person. A row without recipient becomes a row
        for each lead, or for each administrator. Raises NotYet.
        """
        assert owed.punch is not None, "a flag is about a punch"
        leads = await self._leads_of(owed.punch.user_id)
        if not owed.recipient:
            await self.base.store.flags.address(owed, leads)
        if owed.recipient not in leads:
            return None
        name = self.directory.name_of(owed.punch.user_id)
        return notes.flag_note(owed.punch, name, await self.base.texts_for(owed.recipient))

    async def _leads_of(self, user_id: str) -> Sequence[str]:
        """Return the leads who get notes about a person. Raises NotYet while they are not known."""
        if not self.directory.is_read or not await self.visibility.is_team_known(user_id):
            raise NotYet
        # after `is_team_known`, which updates the directory
        leads = sorted(self.visibility.deciders(user_id))
        for lead in leads:
            if not await self.visibility.is_role_settled(lead):
                raise NotYet
        return leads
