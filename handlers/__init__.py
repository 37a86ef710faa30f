"""Handlers of actions, events, notes and digests, by topic."""

from handlers import (  # the topic is called help
    away,
    correct,
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
    team,
)

ROUTERS = (
    punch.router,
    my_day.router,
    record.router,
    shifts.router,
    correct.router,
    remind.router,
    late.router,
    nudge.router,
    excuse.router,
    team.router,
    away.router,
    payroll.router,
    months.router,
    digest.router,
    places.router,
    privacy.router,
    quota.router,
    help.router,
)
