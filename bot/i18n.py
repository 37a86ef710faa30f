"""Sentences in the person's language, from `locales/*.yaml`."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import yaml

from bot.views.reply import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Return all sentences of a language by key, `group.name`."""
    text = resources.files("bot").joinpath("locales", f"{language}.yaml").read_text(encoding="utf-8")
    groups: dict[str, dict[str, str]] = yaml.safe_load(text)
    return {f"{group}.{name}": sentence for group, names in groups.items() for name, sentence in names.items()}


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences of one language, and moments as people of `zone` read them."""

    language: Language
    zone: ZoneInfo

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence `key` with its placeholders filled. Raises KeyError for an unknown key or gap."""
        return catalogue(self.language)[key].format_map(values)

    def clock(self, moment: datetime) -> str:
        """Return the local time of day of an aware moment, to the minute."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def day_and_clock(self, moment: datetime) -> str:
        """Return the local date and time of an aware moment, to the minute."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"
