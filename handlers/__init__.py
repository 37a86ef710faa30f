"""Handlers of actions, events, notes and digests, by topic. The import registers all handlers."""

from importlib import import_module
from pkgutil import iter_modules

for _topic in iter_modules(__path__):
    import_module(f"{__name__}.{_topic.name}")
