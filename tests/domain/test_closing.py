"""Closing a month by the rules: whose step counts, what changed since, what a lock adjusts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import reduce
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import PlainValidator

from bot.domain.chain import START, Link, follow
from bot.domain.closing import (
    NOTHING_YET,
    MonthAnswer,
    MonthState,
    MonthStep,
    PersonMonth,
    StepKind,
    adjustments,
    entries_of,
    figures_of_lock,
    to_json,
)
from bot.domain.months import FIGURES, Month, MonthFigures
from tests.tables import cases

OCTOBER = Month(2026, 10)
AT = datetime(2026, 11, 2, tzinfo=UTC)
VALUES = st.fixed_dictionaries(dict.fromkeys(FIGURES, st.integers(0, 20_000)))
CHANGES = st.lists(st.tuples(st.sampled_from(list(FIGURES)), st.integers(-600, 600)), max_size=20)


def figures(**values: int) -> MonthFigures:
    return MonthFigures("u1", OCTOBER, {**dict.fromkeys(FIGURES, 0), **values})


def step(kind: str, actor: str = "u1", seen: MonthFigures | None = None, **more: str) -> MonthStep:
    shown = seen or figures()
    kept = to_json(shown) if kind == "locked" else ""
    of = OCTOBER.first, StepKind(kind), actor, AT, shown.digest()
    return MonthStep("u1", *of, figures=kept, **more)


def chained(steps: Sequence[MonthStep]) -> list[MonthStep]:
    head: Link = START
    found = []
    for each in steps:
        found.append(each.chain_after(head))
        head = Link(found[-1].number, found[-1].hash)
    return found


def is_sound(steps: Sequence[MonthStep], *links: str) -> bool:
    return follow(entries_of(steps, links), [START])[1] is None


@given(VALUES, CHANGES)
def test_locked_figures_and_adjustments_are_the_live_figures(
    values: dict[str, int], changes: list[tuple[str, int]]
) -> None:
    lock = step("locked", "hr", figures(**values))
    live = dict(values)
    for name, change in changes:  # late make-up punches, excuses and leave
        live[name] += change
        adjusted = adjustments(figures(**live), figures_of_lock(lock))
        kept = figures_of_lock(lock).values
        assert {key: kept[key] + adjusted.get(key, 0) for key in kept} == live
        assert figures_of_lock(lock).digest() == lock.seen


def _step(cell: str | MonthStep) -> MonthStep:
    return step(*cell.split()) if isinstance(cell, str) else cell


Step = Annotated[MonthStep, PlainValidator(_step)]  # `confirmed lead`, without a name by u1
SHOWN = [step("shown")]
LOCKED = [*SHOWN, step("locked", "hr")]
CONFIRMED_ELSE, CONFIRMED_LATE = (
    step("confirmed", seen=seen) for seen in (figures(worked=1), figures(late=3))
)
OBJECTED = step("objected", reason="no")


@cases
def test_a_step_follows_only_where_the_state_allows_it(
    before: list[Step], wanted: Step, allowed: bool
) -> None:
    assert reduce(MonthState.after, before, NOTHING_YET).allows(wanted) is allowed
    assert is_sound(chained([*before, wanted]), "") is allowed


@cases
def test_an_answer_is_about_the_figures_that_were_seen(
    steps: list[Step], answer: MonthAnswer
) -> None:
    assert PersonMonth(figures(), reduce(MonthState.after, steps, NOTHING_YET)).answer is answer


@pytest.mark.parametrize(
    ("at", "change"),
    [
        (0, {"actor": "u2"}),
        (1, {"figures": to_json(figures(worked=60))}),
        (1, {"link": "7:ffff"}),
        (1, {"month": date(2026, 9, 1)}),
    ],
)
def test_an_audit_finds_an_altered_step(at: int, change: dict[str, object]) -> None:
    steps = [*SHOWN, step("locked", "hr", link="7:abcd")]
    assert is_sound(chained(steps), "7:abcd")
    altered = chained(steps)
    altered[at] = replace(altered[at], **change)  # type: ignore[arg-type]
    assert not is_sound(altered, "7:abcd")
    steps[1] = replace(steps[1], link="8:abcd") if at == 0 else replace(steps[1], seen="other")
    assert not is_sound(chained(steps), "7:abcd")
