"""Handlers of actions, events, notes and digests, by topic."""

from handlers import (  # the topic is called help
    away,
    correct,
    decide,
    digest,
    excuse,
    help,  # noqa: A004
    late,
    months,
    my_day,
    nudge,
    payroll,
    places,
    privacy,
    punch,
    quota,
    record,
    remind,
    shifts,
    stand_in,
    team,
)

ROUTERS = tuple(
    topic.router
    for topic in (
        punch,
        my_day,
        record,
        shifts,
        correct,
        decide,
        remind,
        late,
        nudge,
        excuse,
        stand_in,
        team,
        away,
        payroll,
        months,
        digest,
        places,
        privacy,
        quota,
        help,
    )
)
