"""What the made-up people did before the pretend DingTalk was started: two weeks of punches and one leave.

All of it is DingTalk's own, made in its app, so that a bot has to read it. The same start gives the same past.
"""

from datetime import date, datetime, timedelta

from bot.sandbox.absences import LEAVE
from bot.sandbox.api import State
from bot.sandbox.clock import to_ms
from bot.sandbox.native import KINDS, TARGET
from bot.sandbox.plans import ON_DUTY, check_points, midnight
from bot.sandbox.world import Person

DAYS = 14
_MOST_PEOPLE = 500
_EARLY_MINUTES = (3, 7, 12, 5, 18)
_LATE_MINUTES = 11
_LATE_EVERY = 13
_ON_LEAVE, _LEAVE_DAYS_AGO = "user005", 6


def live_through(state: State) -> None:
    """Enter the last `DAYS` days before the local date, once: where a punch is held already, nothing is added.

    A company of more than 500 people has no past, which would take long to write down. Either began with its first
    punch: nobody was planned on a day before it, so that nobody is absent then.
    """
    today = state.now().astimezone(state.world.zone).date()
    if not len(state.records) and len(state.world) <= _MOST_PEOPLE:
        _make_up(state, today)
    dates = (record.punched_at.astimezone(state.world.zone).date() for record in state.records)
    state.world.found(min(dates, default=today))


def _make_up(state: State, today: date) -> None:
    days = [today - timedelta(days=ago) for ago in range(DAYS, 0, -1)]
    away = _last_workday(today - timedelta(days=_LEAVE_DAYS_AGO))
    if state.world.get(_ON_LEAVE) and not state.absences.of(_ON_LEAVE):
        start = midnight(away, state.world.zone)
        end = start + timedelta(days=1, seconds=-1)
        state.absences.add(_ON_LEAVE, start, end, LEAVE, whole_days=True)
    for person in state.world:
        for day in days:
            if (person.user_id, day) != (_ON_LEAVE, away):
                _live(state, person, day)


def _live(state: State, person: Person, day: date) -> None:
    for point in check_points(state.world, person, day):
        early = timedelta(minutes=_EARLY_MINUTES[(day.toordinal() + person.number) % len(_EARLY_MINUTES)])
        late = (day.toordinal() * 5 + person.number * 3) % _LATE_EVERY == 0
        moment = point.due_at + early
        if point.check_type == ON_DUTY:
            moment = point.due_at + timedelta(minutes=_LATE_MINUTES) if late else point.due_at - early
        if moment < state.now():
            _enter(state, person, moment)


def _enter(state: State, person: Person, moment: datetime) -> None:
    site = state.world.sites[0]
    place = {"latitude": site.latitude, "longitude": site.longitude, "accuracy": 15.0}
    shown = {"source": KINDS["app"], "shown_ms": to_ms(moment)}
    state.records.take(TARGET, person.user_id, to_ms(moment), moment, **place, **shown)


def _last_workday(day: date) -> date:
    return day - timedelta(days=max(day.weekday() - 4, 0))
