"""Sentences as people type them, each with its slots and whether it may act without a button."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from bot.actions import PunchAction
from bot.domain.slots import Action, Days, Whom
from bot.understanding.router import PUNCHES
from bot.understanding.understand import Act, Understood, understand
from bot.understanding.vocabulary import NameIndex

# never trained on
EVERYDAY = Path(__file__).parent.parent / "tests" / "understanding" / "everyday_test.jsonl"
TODAY = date(2025, 11, 26)  # a Wednesday
SITES = ("HQ", "总部", "Site B")
_PEOPLE = (
    *("王芳", "小李", "李明", "李娜", "王小明", "孙薇", "Sun Wei", "Mark", "Mark Lee", "Jane Doe"),
    *("Daniel Zhou", "周敏", "April Chen", "张伟", "李四"),
)
_DEPARTMENTS = {1: "研发部 R&D", 2: "市场部 Marketing", 3: "销售部 Sales", 4: "财务部 Finance"}
NAMES = NameIndex({name: [name] for name in _PEOPLE}, _DEPARTMENTS)


class Everyday(NamedTuple):
    """A sentence, its intended `action` by the names that `understand` prints, and a second action
    that it `also` asks for.

    `slots` are the values that its action must have. A * stands for any value.
    """

    text: str
    action: str
    lang: str
    kind: str
    at_once: bool
    slots: dict[str, str]
    also: str = ""

    @property
    def is_punch(self) -> bool:
        """Return whether the sentence asks for a punch."""
        return self.action in PUNCHES


class EverydayFigures(NamedTuple):
    """Figures over these sentences. The lists hold texts, with what was understood."""

    accuracy: float  # share of sentences with the right action first
    reached: float  # share of punches, at once or by one button
    at_once: float
    needless: float  # share of small talk with a punch button
    slots: float  # share of sentences with all their slots right, of those with the right action
    false_punches: list[str]
    silent: list[str]  # done at once with another action or other slots
    lost: list[str]  # a second wish without a button
    wrong: list[str]


def read_everyday() -> list[Everyday]:
    """Return the sentences."""
    lines = EVERYDAY.read_text(encoding="utf-8").splitlines()
    return [Everyday(**json.loads(line)) for line in lines]


def everyday_figures(sentences: Iterable[Everyday]) -> EverydayFigures:
    """Understand the sentences on a fixed day in a fixed organisation."""
    rows = [(row, understand(row.text, today=TODAY, sites=SITES, names=NAMES)) for row in sentences]
    punches = [(row, said) for row, said in rows if row.is_punch]
    talk = [said for row, said in rows if row.action == "none"]
    right = [(row, said) for row, said in rows if is_right(row, said)]
    done = [(row, said) for row, said in rows if said.act is Act.DO]
    return EverydayFigures(
        accuracy=len(right) / len(rows),
        reached=_share(row.action in _intents(said) for row, said in punches),
        at_once=_share(said.act is Act.DO for _, said in punches),
        needless=_share(not set(PUNCHES).isdisjoint(_intents(said)) for said in talk),
        slots=_share(not wrong_slots(row, said) for row, said in right if row.slots),
        false_punches=[row.text for row, said in done if _changes(said) and not row.at_once],
        silent=[
            f"{row.text}: {said.actions[0]!r}"
            for row, said in done
            if (not is_right(row, said) and _changes(said))
            or (is_right(row, said) and wrong_slots(row, said))
        ],
        lost=[row.text for row, said in rows if row.also and row.also not in _intents(said)],
        wrong=list(_wrong(rows)),
    )


def is_right(row: Everyday, said: Understood) -> bool:
    """Return whether the likeliest action is the intended one."""
    return _intents(said)[0] == row.action


def _intents(said: Understood) -> list[str]:
    """Return the printed intents, the likeliest first. A punch with an open direction is both."""
    intents = [action.intent for action in said.actions] or ["none"]
    first = said.actions[0] if said.actions else None
    is_open = isinstance(first, PunchAction) and first.direction is None
    return [*intents, *PUNCHES] if is_open else intents


def wrong_slots(row: Everyday, said: Understood) -> list[str]:
    """Return the slots that the likeliest action has with another value than intended."""
    if not said.actions:
        return list(row.slots)
    values = _values(said.actions[0])
    return [
        f"{name}={values.get(name)}, not {wanted}"
        for name, wanted in row.slots.items()
        if not (_matches(str(values.get(name)), wanted) or wanted in str(values.get(name)).split())
    ]


def _matches(value: str, wanted: str) -> bool:
    if "/" not in wanted:
        return value == wanted
    return value != "None" and all(
        part in ("*", given)
        for part, given in zip(wanted.split("/"), value.split("/"), strict=True)
    )


def _values(action: Action) -> dict[str, object]:
    """Return the slots of an action as they are written in the file."""
    values: dict[str, object] = {}
    for name, value in dict(action).items():
        match value:
            case Days():
                values[name] = f"{value.first}/{value.last}"
            case Whom():
                values["person"] = value.person
                values["department"] = (
                    value.department and _DEPARTMENTS[value.department].split()[0]
                )
            case StrEnum():
                values[name] = value.value
            case bool():
                values[name] = str(value).lower()
            case tuple() if name == "times":
                values["time"] = " ".join(f"{at:%H:%M}" for at in value)
            case tuple() if name == "references":
                values[name] = " ".join(value)
            case time():
                values[name] = f"{value:%H:%M}"
            case _:
                values[name] = value
    return values


def _changes(said: Understood) -> bool:
    return said.actions[0].changes


def _wrong(rows: Iterable[tuple[Everyday, Understood]]) -> Iterator[str]:
    for row, said in rows:
        slots = "; ".join(wrong_slots(row, said)) if is_right(row, said) else ""
        if not is_right(row, said) or slots:
            yield f"{row.text}: {'/'.join(_intents(said))} ({said.act}), not {row.action} {slots}"


def _share(holds: Iterable[bool]) -> float:
    truths = list(holds)
    return sum(truths) / len(truths) if truths else 1.0
