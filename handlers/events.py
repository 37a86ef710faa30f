"""Events of DingTalk's Stream: changes of people, departments, rosters, punches and leave."""

from bot.dingtalk.events import Changed, Event, LeaveTakenBack, PeopleChanged, PunchesMade
from bot.domain.absences import Absence
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters


async def take_event(base: Base, directory: Directory, rosters: Rosters, event: Event) -> None:
    """Take an event.

    A repeated event changes nothing. Raises StoreRefused: then DingTalk repeats the event.
    """
    match event:
        case PeopleChanged(user_ids, left=True):
            await directory.left(user_ids)
        case PeopleChanged(user_ids):
            if not directory.view.active.issuperset(user_ids):
                rosters.outdated = True  # new people need their plans
            await directory.changed(user_ids)
        case Changed.DEPARTMENTS:
            await directory.departments_changed()
        case Changed.ROSTERS:
            rosters.outdated = True
            base.dingtalk.attendance.forget_shifts()
        case PunchesMade(punches):
            await base.store.native_punches.note(punches)
        case Absence() as leave:
            await base.store.absences.note(leave, base.clock.now())
        case LeaveTakenBack(user_id, absence_id, span):
            await base.store.absences.remove(user_id, absence_id, span)
