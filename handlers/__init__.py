"""What the assistant does for each thing a person can say, one file a topic."""

from handlers import help, my_day, punch  # noqa: A004  # the topic is called help

ROUTERS = (punch.router, my_day.router, help.router)
