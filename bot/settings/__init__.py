"""The configuration: a YAML file, overridden by the environment, checked key by key."""

from bot.settings.keys import SIGNED_URL, Settings, Weekday
from bot.settings.reading import PREFIX, load, parse

__all__ = ["PREFIX", "SIGNED_URL", "Settings", "Weekday", "load", "parse"]
