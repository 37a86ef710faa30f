"""The texts of notes: on make-up requests, excused days, stand-ins, months, doubtful positions."""

from datetime import date

from bot.domain.closing import MonthAnswer
from bot.domain.corrections import CorrectionState
from bot.domain.messages import Kind, Owed
from bot.domain.months import Month
from bot.domain.slots import Days
from bot.services.outbox.messages import NotYet
from bot.services.services import Services
from bot.views import corrections as views
from bot.views import months, notes
from bot.views.i18n import Texts
from bot.views.sentences import Reply, acting


async def word_note(services: Services, owed: Owed) -> Reply | None:
    """Return a note by the present facts, None if nothing is left to say.

    Raises NotYet, and StoreRefused.
    """
    texts = await services.texts_for(owed.recipient)
    match owed.kind:
        case Kind.EXCUSED:
            return await _note_about_excuse(services, owed, texts)
        case Kind.STAND_IN | Kind.STAND_IN_ENDED:
            return await _note_about_stand_in(services, owed, texts)
        case Kind.MONTH | Kind.OBJECTED | Kind.ADJUSTED:
            return await _note_about_month(services, owed, texts)
        case Kind.FLAG:
            return await _note_about_flag(services, owed, texts)
        case _:
            return await _note_about_correction(services, owed, texts)


async def _note_about_correction(services: Services, owed: Owed, texts: Texts) -> Reply | None:
    """Return the note about a make-up punch, None if nothing is left to say. Raises NotYet."""
    store = services.store
    correction = await store.corrections.get(owed.about)
    if correction is None:
        return None
    asker = services.directory.name_of(correction.user_id)
    punch = await store.ledger.of_message(correction.punch_message_id)
    if owed.kind is Kind.ASKED:
        may_decide = await services.visibility.may_decide(owed.recipient, correction.user_id)
        if may_decide is None:
            raise NotYet
        if correction.state is not CorrectionState.ASKED or not may_decide:
            return None
        day = await services.summaries.own_day(correction.user_id, correction.work_date)
        return views.to_decide(correction, asker, day, texts)
    if owed.kind is Kind.CLOSED:
        earlier = await store.corrections.earlier([correction.reference])
        decided = views.decisions_so_far(correction, earlier, services.directory.name_of, texts)
        return views.note_of_end(correction, decided, punch, texts)
    return None if punch is None else views.outcome(correction, asker, punch, texts)


async def _note_about_stand_in(services: Services, owed: Owed, texts: Texts) -> Reply | None:
    """Return the note about a stand-in or its end, None if a new one is over by now."""
    appointment = await services.store.stand_ins.get(owed.about, owed.recipient)
    if appointment is None:
        return None
    if owed.kind is Kind.STAND_IN_ENDED:
        by = services.directory.name_of(appointment.ended_by)
        return notes.stand_in_end_note(appointment, by, texts)
    if not appointment.is_open(services.today):
        return None
    departments = services.visibility.departments_passed_on(appointment.lead)
    lead = services.directory.name_of(appointment.lead)
    return notes.stand_in_note(appointment, lead, departments, texts)


async def _note_about_excuse(services: Services, owed: Owed, texts: Texts) -> Reply | None:
    """Return the note about a lead's last decision on a day, None for an earlier decision."""
    day, _, number = owed.about.partition("/")
    work_date = date.fromisoformat(day)
    days = Days(work_date, work_date)
    decisions = await services.store.excuses.of_person(owed.recipient, days)
    if len(decisions) != int(number):
        return None
    last = decisions[-1]
    name_of = services.directory.name_of
    by = acting(name_of(last.decided_by), map(name_of, last.stood_in_for), texts)
    return notes.excuse_note(last, by, texts)


async def _note_about_month(services: Services, owed: Owed, texts: Texts) -> Reply | None:
    """Return a message about a month, None if nothing is left to say."""
    closing = services.months
    if owed.kind is Kind.MONTH:
        mine = await closing.show(owed.recipient, Month.parse(owed.about))
        is_open = mine.state.locked is None and mine.answer is not MonthAnswer.CONFIRMED
        return months.to_confirm(mine, texts) if is_open and not mine.is_empty else None
    user_id, month = owed.payload
    if owed.kind is Kind.ADJUSTED and not owed.recipient:
        readers = dict.fromkeys((user_id, *closing.closers))
        await services.store.month_notes.address(owed, readers)
        return None
    is_reader = owed.recipient in (user_id, *closing.closers)
    if not (is_reader or await services.visibility.may_decide(owed.recipient, user_id)):
        return None
    (person_month,) = await closing.of([user_id], Month.parse(month))
    name = services.directory.name_of(user_id)
    if owed.kind is Kind.ADJUSTED:
        is_own = owed.recipient == user_id
        return months.adjustment_note(person_month, "" if is_own else name, texts)
    objection = person_month.state.objected
    if objection is None or str(objection.number) != owed.about:
        return None
    return months.objection_note(person_month, objection.reason, name, texts)


async def _note_about_flag(services: Services, owed: Owed, texts: Texts) -> Reply | None:
    """Return a lead's note about a flagged position: site and distance, no coordinates.

    Return None if the lead no longer leads the person. A row without recipient becomes a row
    for each lead, or for each administrator. Raises NotYet while these are not known.
    """
    assert owed.punch is not None, "a flag is about a punch"
    user_id = owed.punch.user_id
    if not await services.visibility.is_team_known(user_id):
        raise NotYet
    # after `is_team_known`, which updates the directory
    leads = sorted(services.visibility.deciders(user_id))
    for lead in leads:
        if not await services.visibility.is_role_settled(lead):
            raise NotYet
    if not owed.recipient:
        await services.store.flags.address(owed, leads)
    if owed.recipient not in leads:
        return None
    return notes.flag_note(owed.punch, services.directory.name_of(user_id), texts)
