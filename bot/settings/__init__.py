"""The configuration: a YAML file, overridden by the environment, checked key by key."""

from bot.settings.keys import PREFIX, SIGNED_URL, MemberSettings, Settings, ShiftSettings, StoreSettings
from bot.settings.reading import load, parse

__all__ = ["PREFIX", "SIGNED_URL", "MemberSettings", "Settings", "ShiftSettings", "StoreSettings", "load", "parse"]
