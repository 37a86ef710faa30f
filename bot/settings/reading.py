"""From a YAML file and the environment to settings; what is wrong is named with its key and the mend."""

import difflib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bot.errors import ConfigError
from bot.settings.keys import Settings

PREFIX = "CLOCK_IN_BOT__"
_AS_JSON = """lists and groups are written as JSON, such as '["signed"]'"""
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def load(path: Path) -> Settings:
    """Read the configuration file. Raises ConfigError, which names the file, the key and the mend."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file. Copy config.example.yaml there.") from None
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}). Name a file that user {os.geteuid()} may read."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is no text in UTF-8. Save it as UTF-8.") from None
    return parse(text, str(path))


def overridden_keys() -> list[str]:
    """Return the keys of the configuration that variables of the environment set."""
    ours = (name for name in os.environ if name.upper().startswith(PREFIX))
    return sorted(name[len(PREFIX) :].lower().replace("__", ".") for name in ours)


def parse(text: str, name: str) -> Settings:
    """Build the settings from YAML text; `name` is how errors call it. Raises ConfigError."""
    try:
        raw = yaml.safe_load(text)
        twice = _key_that_stands_twice(yaml.compose(text, yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"{name}: {_no_yaml(error, text)}") from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigError(f"{name}: this is not YAML") from None
    if twice is not None:
        key, first, line = twice
        raise ConfigError(
            f"{name}: line {line}: {key} stands there twice, first in line {first}. Keep one of them."
        )
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: a list of keys such as 'dingtalk:' was expected; see config.example.yaml")
    overrides = _read_overrides(os.environ)
    raw = {str(key): _filled(value, f"{key}", name) for key, value in raw.items()}
    try:
        return Settings(**_merged(raw, overrides))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{name}: {line}" for line in _explain(error))) from None


def _no_yaml(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return which line cannot be read and why; usually it is a tab, or a reference within braces."""
    if error.problem_mark is None:
        return f"this is not YAML: {error.problem or 'it cannot be read'}"
    number, column = error.problem_mark.line, error.problem_mark.column
    lines = text.splitlines()
    if number < len(lines) and lines[number][column : column + 1] == "\t":
        return f"line {number + 1} has a tab where YAML takes spaces alone. Put spaces in its place"
    said = f"line {number + 1} is not YAML: {error.problem or 'it cannot be read'}"
    within_braces = number < len(lines) and re.search(r"\{[^\"']*\$\{", lines[number])
    return f'{said}. Within braces put a reference in quotes: "${{NAME}}"' if within_braces else said


def _key_that_stands_twice(root: yaml.Node | None) -> tuple[str, int, int] | None:
    """Return the first key that a group has twice, which YAML lets pass, with both lines; None without one."""
    seen: set[int] = set()  # an alias is the node that it stands for

    def search(node: yaml.Node | None, path: str) -> tuple[str, int, int] | None:
        if node is None or id(node) in seen:
            return None
        seen.add(id(node))
        inside: list[tuple[str, yaml.Node]] = []
        if isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key_node, value in node.value:
                key, line = str(key_node.value), key_node.start_mark.line + 1
                if key in lines:
                    return f"{path}{key}", lines[key], line
                lines[key] = line
                inside.append((f"{path}{key}.", value))
        elif isinstance(node, yaml.SequenceNode):
            inside = [(f"{path.removesuffix('.')}[{number}].", item) for number, item in enumerate(node.value)]
        return next((found for at, value in inside if (found := search(value, at)) is not None), None)

    return search(root, "")


def _read_overrides(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what variables of ours set, nested as in the file.

    Raises ConfigError for a variable that names no key, or should hold JSON and does not.
    """
    overrides: dict[str, Any] = {}
    for variable, value in environment.items():
        if not variable.upper().startswith(PREFIX):
            continue
        path = variable[len(PREFIX) :].lower().split("__")
        if path[0] not in Settings.model_fields:
            raise ConfigError(f"{variable}: unknown key {path[0]}{_nearest((path[0],))}")
        nested: Any = _value_at(path, variable, value)
        for key in reversed(path):
            nested = {key: nested}
        overrides = _merged(overrides, nested)
    return overrides


def _value_at(path: Sequence[str], variable: str, value: str) -> Any:
    """Return the value for the key at `path`, read as JSON where the key holds more than one value."""
    field = dict(_fields(path[:-1])).get(path[-1])
    if field is not None and not _is_structure(field.annotation):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        if field is None:
            return value
        raise ConfigError(f"{variable}: {_AS_JSON}") from None


def _merged(under: Any, over: Any) -> Any:
    """Return two groups together; of what both have, and of what is no group, `over` counts."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return under | {key: _merged(under.get(key), value) for key, value in over.items()}


def _is_structure(annotation: Any) -> bool:
    origin = getattr(annotation, "__origin__", annotation)
    if isinstance(origin, type):
        return issubclass(origin, BaseModel | list | tuple | dict)
    return any(_is_structure(inner) for inner in getattr(annotation, "__args__", ()))


def _filled(value: Any, key: str, name: str) -> Any:
    """Return `value` with each `${NAME}` replaced from the environment."""
    if isinstance(value, dict):
        return {k: _filled(v, f"{key}.{k}", name) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(item, f"{key}[{index}]", name) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def environment(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            override = PREFIX + key.upper().replace(".", "__")
            if override in os.environ:
                return ""
            raise ConfigError(f"{name}: {key} wants the environment variable {match[1]}, which is not set")
        return found

    return _REFERENCE.sub(environment, value)


def _explain(error: ValidationError) -> Iterator[str]:
    """Yield one line for each problem, without the value, which may be a secret."""
    for problem in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            yield f"unknown key {key}{_nearest(problem['loc'])}"
        elif problem["type"] == "missing":
            yield f"{key} is missing; {_fill_in(problem['loc'])}"
        elif problem["type"] in ("too_short", "string_too_short") and not problem["ctx"].get("actual_length"):
            yield f"{key} is empty; {_fill_in(problem['loc'])}"
        elif problem["type"] in ("string_type", "invalid_key"):
            yield f'{key.removesuffix(".[key]")}: must be text; write a number, yes or no in quotes: "12345"'
        else:
            text = problem["msg"].removeprefix("Value error, ")
            yield f"{key}: {text}" if key else text


def _fill_in(location: tuple[int | str, ...]) -> str:
    field = dict(_fields(location[:-1])).get(str(location[-1]))
    return f"fill in {field.description}" if field and field.description else "give it a value"


def _nearest(location: tuple[int | str, ...]) -> str:
    known = [name for name, _ in _fields(location[:-1])]
    close = difflib.get_close_matches(str(location[-1]).casefold(), known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(known)}"


def _fields(location: Sequence[int | str]) -> Iterable[tuple[str, FieldInfo]]:
    """Return the fields that a key at `location` has inside."""
    fields: Mapping[str, FieldInfo] = Settings.model_fields
    for part in location:
        if isinstance(part, int) or part not in fields:
            continue
        model = next(_models_in(fields[part].annotation), None)
        fields = model.model_fields if model else {}
    return fields.items()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
