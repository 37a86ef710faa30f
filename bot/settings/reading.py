"""From a YAML file and the environment to settings; what is wrong is named with its key and the mend."""

import difflib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bot.errors import ConfigError
from bot.settings.keys import Settings

PREFIX = "CLOCK_IN_BOT__"
_AS_JSON = """; the environment writes lists and groups as JSON, such as '["signed"]'"""
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_GROUPS = ("list_type", "tuple_type", "dict_type", "model_type", "model_attributes_type")


class _Loader(yaml.SafeLoader):
    """Reads YAML, where a key may stand only once in a group."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line, name = key.start_mark.line + 1, str(key.value)
            if name in lines:
                raise ConfigError(
                    f"line {line}: {name} stands there twice, first in line {lines[name]}. Keep one."
                )
            lines[name] = line
        return super().construct_mapping(node, deep)


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


def overridden_keys() -> dict[str, str]:
    """Return the variables of the environment that set keys of the configuration, by key."""
    ours = (name for name in sorted(os.environ) if name.upper().startswith(PREFIX))
    return {name[len(PREFIX) :].lower().replace("__", "."): name for name in ours}


def parse(text: str, name: str) -> Settings:
    """Build the settings from YAML text; `name` is how errors call it. Raises ConfigError."""
    try:
        raw = yaml.load(text, _Loader)  # noqa: S506 - a safe one
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{name}: {_no_yaml(error, text)}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: a list of keys such as 'dingtalk:' was expected; see config.example.yaml")
    variables = overridden_keys()
    for key, variable in variables.items():
        raw = _merged(raw, _nested(key.split("."), _json_or_text(os.environ[variable])))
    try:
        return Settings(**{str(key): _filled(value, f"{name}: {key}") for key, value in raw.items()})
    except ValidationError as error:
        lines = (_explain(problem, name, variables) for problem in error.errors(include_input=False))
        raise ConfigError("\n".join(lines)) from None


def _no_yaml(error: Exception, text: str) -> str:
    """Return which line cannot be read and why; usually it is a tab, or a reference within braces."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return "this is not YAML"
    number, column = error.problem_mark.line, error.problem_mark.column
    line = [*text.splitlines(), ""][number]
    if line[column : column + 1] == "\t":
        return f"line {number + 1} has a tab where YAML takes spaces alone. Put spaces in its place"
    said = f"line {number + 1} is not YAML: {error.problem or 'it cannot be read'}"
    within_braces = re.search(r"\{[^\"']*\$\{", line)
    return f'{said}. Within braces put a reference in quotes: "${{NAME}}"' if within_braces else said


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value) if value[:1] in ("[", "{") else value
    except (ValueError, RecursionError):
        return value


def _nested(path: Sequence[str], value: Any) -> Any:
    return {path[0]: _nested(path[1:], value)} if path else value


def _merged(under: Any, over: Any) -> Any:
    """Merge two groups. Where both have a value, `over` wins."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return under | {key: _merged(under.get(key), value) for key, value in over.items()}


def _filled(value: Any, where: str) -> Any:
    """Return `value` with each `${NAME}` replaced from the environment."""
    if isinstance(value, dict):
        return {key: _filled(one, f"{where}.{key}") for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, f"{where}[{number}]") for number, one in enumerate(value)]
    for variable in _REFERENCE.findall(value) if isinstance(value, str) else ():
        if variable not in os.environ:
            raise ConfigError(f"{where} wants the environment variable {variable}, which is not set")
        value = value.replace(f"${{{variable}}}", os.environ[variable])
    return value


def _explain(problem: Any, name: str, variables: Mapping[str, str]) -> str:
    """Return one line for a problem, without the value, which may be a secret."""
    place = problem["loc"]
    key = ".".join(map(str, place))
    inside = (one for one in variables if f"{key}.".startswith(f"{one}.") or one.startswith(f"{key}."))
    variable = next((variables[one] for one in inside), None)
    where, fields = variable or name, _fields(place[:-1])
    field = fields.get(str(place[-1])) if place else None
    mend = f"fill in {field.description}" if field and field.description else "give it a value"
    kind = problem["type"]
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(str(place[-1]).casefold(), fields, n=1, cutoff=0.5)
        return f"{where}: unknown key {key}; " + (
            f"did you mean {close[0]}?" if close else f"known here: {', '.join(fields)}"
        )
    if kind == "missing":
        return f"{where}: {key} is missing; {mend}"
    if kind in ("too_short", "string_too_short") and not problem["ctx"].get("actual_length"):
        return f"{where}: {key} is empty; {mend}"
    if kind in ("string_type", "invalid_key"):
        return f'{where}: {key.removesuffix(".[key]")}: must be text; write a number, yes or no in quotes: "12345"'
    text = problem["msg"].removeprefix("Value error, ") + (_AS_JSON if variable and kind in _GROUPS else "")
    return f"{where}: {key}: {text}" if key else f"{where}: {text}"


def _fields(place: Sequence[int | str]) -> Mapping[str, FieldInfo]:
    """Return the fields inside the key at `place`."""
    fields: Mapping[str, FieldInfo] = Settings.model_fields
    for part in place:
        if isinstance(part, str) and part in fields:
            model = next(_models_in(fields[part].annotation), None)
            fields = model.model_fields if model else {}
    return fields


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
