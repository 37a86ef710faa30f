"""Tables of cases in the YAML file beside a test."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import pytest
import yaml
from pydantic import PlainValidator, TypeAdapter

from bot.domain.slots import ACTIONS, Action

NAMED = 100  # characters of a row in the name of its test
Test = TypeVar("Test", bound=Callable[..., object])


def cases(test: Test) -> Test:
    """Run a test once for each row of its table.

    The first row names the arguments. Each cell becomes the type of its argument; `$DAY` is the
    constant `DAY` of the test's module.
    """
    tables = Path(test.__code__.co_filename).with_suffix(".yaml").read_text(encoding="utf-8")
    arguments, *rows = yaml.safe_load(tables)[test.__name__]
    hints = get_type_hints(test, include_extras=True)
    readers = [TypeAdapter(hints[name]).validate_python for name in arguments]
    values = [
        [read(_filled(cell, test.__globals__)) for read, cell in zip(readers, row, strict=True)]
        for row in rows
    ]
    return pytest.mark.parametrize(arguments, values, ids=[str(row)[:NAMED] for row in rows])(test)


def _filled(cell: Any, constants: dict[str, Any]) -> Any:
    """Return a cell with constants in place of their names."""
    if isinstance(cell, list):
        return [_filled(part, constants) for part in cell]
    if isinstance(cell, dict):
        return {key: _filled(part, constants) for key, part in cell.items()}
    is_name = isinstance(cell, str) and cell.startswith("$")
    return constants[cell[1:]] if is_name else cell


def _action(cell: dict[str, Any]) -> Action:
    ((name, slots),) = cell.items()
    return ACTIONS[name].model_validate(slots)


AnAction = Annotated[Action, PlainValidator(_action)]  # written as {name: slots}
