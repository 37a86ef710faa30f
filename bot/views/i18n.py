"""Sentences in the person's language, from `locales/<language>/*.yaml`, one file a topic."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import yaml

from bot.domain.shifts import CheckType
from bot.views.keys import CHECK_TYPES

Language = Literal["zh", "en"]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the loader in C is ten times faster
# units of a value in a sentence, and the larger ones that a large value has
_HOURS = {"min": "h", "分钟": "小时"}
_KILOMETRES = {"m": "km", "米": "公里"}
LANGUAGES: tuple[Language, ...] = ("zh", "en")
WEEKDAYS = (  # as `date.weekday` counts them
    "weekday.0",
    "weekday.1",
    "weekday.2",
    "weekday.3",
    "weekday.4",
    "weekday.5",
    "weekday.6",
)
_SPOKEN: dict[str | None, Language] = {one: one for one in LANGUAGES}


def language_or(written: str | None, otherwise: Language) -> Language:
    """Return `written` if the bot speaks that language, else `otherwise`."""
    return _SPOKEN.get(written, otherwise)


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Return all sentences of a language by key, `group.name`.

    Several files may add to one group.
    """
    folder = resources.files("bot").joinpath("locales", language)
    files = (
        yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe one
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
    )
    return {
        f"{group}.{name}": text
        for groups in files
        for group, names in groups.items()
        for name, text in names.items()
    }


def load_catalogues() -> None:
    """Read the sentences of all languages, before the first message."""
    for language in LANGUAGES:
        catalogue(language)


class _Said(NamedTuple):
    """A value in a sentence.

    A moment stands as date and time of day; `{at:clock}` gives it by the method `Texts.clock`.
    `{days:day|days}` gives the first word for 1 or a clock-in, else the second. `{minutes:min}`
    gives minutes with units: "47 min", "8 h 47 min", "8 h"; `{distance:m}` gives metres: "940 m",
    "1.2 km".
    """

    value: Any
    texts: "Texts"

    def __format__(self, spec: str) -> str:
        value = self.value
        if isinstance(value, datetime):
            return str(getattr(self.texts, spec or "day_and_clock")(value))
        if isinstance(value, CheckType) and not spec:
            return self.texts(CHECK_TYPES[value])
        if spec in _HOURS:
            hours, minutes = divmod(value, 60)
            shown = [f"{hours} {_HOURS[spec]}"] if hours else []
            if minutes or not hours:
                shown.append(f"{minutes} {spec}")
            return " ".join(shown)
        if spec in _KILOMETRES:
            if round(value) < 1000:
                return f"{value:.0f} {spec}"
            return f"{value / 1000:.1f} {_KILOMETRES[spec]}"
        first, bar, second = spec.partition("|")
        if bar:
            return first if value in (1, CheckType.ON_DUTY) else second
        return format(value, spec)


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences of one language, and moments as people of `zone` read them."""

    language: Language
    zone: ZoneInfo

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence `key` with its values.

        Raises KeyError for an unknown key or a missing value.
        """
        return catalogue(self.language)[key].format_map(
            {name: _Said(value, self) for name, value in values.items()}
        )

    def keys(self, group: str) -> list[str]:
        """Return the keys of a group, in the order of its file."""
        return [key for key in catalogue(self.language) if key.startswith(f"{group}.")]

    def clock(self, moment: datetime) -> str:
        """Return the local time of day of an aware moment, to the minute."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def clock_to_the_second(self, moment: datetime) -> str:
        """Return the local time of day of an aware moment, to the second."""
        return f"{moment.astimezone(self.zone):%H:%M:%S}"

    def weekday(self, day: date) -> str:
        """Return the weekday of a date."""
        return self(WEEKDAYS[day.weekday()])

    def weekday_and_clock(self, moment: datetime) -> str:
        """Return the local date, weekday and time of an aware moment, to the minute."""
        local = moment.astimezone(self.zone)
        return f"{local:%Y-%m-%d} {self.weekday(local)} {local:%H:%M}"

    def day_and_clock(self, moment: datetime) -> str:
        """Return the local date and time of an aware moment, to the minute."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"
