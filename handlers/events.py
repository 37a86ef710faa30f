"""Events of DingTalk's Stream: changes of people, departments, rosters, absences and punches."""

from bot.dingtalk.events import Changed, Event, PeopleChanged, PunchesMade
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters


async def take_event(base: Base, directory: Directory, rosters: Rosters, event: Event) -> None:
    """Take an event.

    A repeated event changes nothing. Raises StoreRefused: then DingTalk repeats the event.
    """
    match event:
        case PeopleChanged(user_ids, left=True):
            await directory.remove_people(user_ids)
        case PeopleChanged(user_ids):
            if not directory.view.active.issuperset(user_ids):
                rosters.outdated = True  # new people need their plans
            await directory.mark_people_changed(user_ids)
        case Changed.DEPARTMENTS:
            await directory.mark_departments_changed()
        case Changed.ROSTERS:
            rosters.outdated = True
            base.dingtalk.attendance.forget_shifts()
        case Changed.ABSENCES:
            rosters.outdated = True  # absences are read together with plans
        case PunchesMade(punches):
            await base.store.native_punches.note(punches)
