"""What the assistant does for each thing a person can say, one file a topic."""

from handlers import (  # the topic is called help
    correction,
    excuse,
    help,  # noqa: A004
    my_day,
    nudge,
    place,
    privacy,
    punch,
    reminder,
    report,
    team,
    two_wishes,
    wrong_position,
)

ROUTERS = (
    punch.router,
    my_day.router,
    correction.router,
    reminder.router,
    nudge.router,
    excuse.router,
    team.router,
    report.router,
    place.router,
    wrong_position.router,
    privacy.router,
    help.router,
    two_wishes.router,
)
