"""From a YAML file and the environment to settings; what is wrong is named with its key and the mend."""

import difflib
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.errors import ConfigError
from bot.settings.keys import Settings

PREFIX = "CLOCK_IN_BOT__"
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NO_YAML = 'Indent with spaces, never with tabs; within braces put "${NAME}" and texts with : or # in quotes'


class _Loader(yaml.SafeLoader):
    """Reads YAML, where a key may stand only once in a group."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [str(key.value) for key, _ in node.value]
        for key, _ in node.value:
            if names.count(str(key.value)) > 1:
                raise yaml.MarkedYAMLError(None, None, f"{key.value} stands there twice", key.start_mark)
        return super().construct_mapping(node, deep)


def load(path: Path) -> Settings:
    """Read the configuration file. Raises ConfigError, which names the file, the key and the mend."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file. Copy config.example.yaml there.") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is no text in UTF-8. Save it as UTF-8.") from None


def parse(text: str, name: str) -> Settings:
    """Build the settings from YAML text; `name` is how errors call it. Raises ConfigError."""
    try:
        raw = yaml.load(text, _Loader)  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}: line {line}: {error.problem}. {_NO_YAML}") from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigError(f"{name}: is not YAML") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: a list of keys such as 'dingtalk:' was expected; see config.example.yaml")
    variables = [one for one in sorted(os.environ) if one.upper().startswith(PREFIX)]
    for variable in variables:
        path = variable[len(PREFIX) :].lower().split("__")
        raw = _merged(raw, _nested(path, _json_or_text(os.environ[variable])))
    try:
        return Settings(**{str(key): _filled(value, f"{name}: {key}") for key, value in raw.items()})
    except ValidationError as error:
        where = f"{name} with {', '.join(variables)}" if variables else name
        lines = (f"{where}: {_explain(problem)}" for problem in error.errors(include_input=False))
        raise ConfigError("\n".join(lines)) from None


def _json_or_text(value: str) -> Any:
    """Return a variable's value: lists and groups are JSON."""
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


def _explain(problem: Any) -> str:
    """Return a problem with its mend, without the value, which may be a secret."""
    key = ".".join(map(str, problem["loc"]))
    match problem["type"]:
        case "extra_forbidden":
            schema = Settings.model_json_schema()
            known = [name for part in (schema, *schema["$defs"].values()) for name in part.get("properties", ())]
            close = difflib.get_close_matches(str(problem["loc"][-1]).casefold(), known, n=1, cutoff=0.5)
            return f"unknown key {key}; " + (f"did you mean {close[0]}?" if close else "see config.example.yaml")
        case "missing":
            return f"{key} is missing; config.example.yaml says what it is"
        case "string_type" | "invalid_key":
            return f'{key.removesuffix(".[key]")}: must be text; write a number, yes or no in quotes: "12345"'
    text = problem["msg"].removeprefix("Value error, ")
    if key.endswith(("latitude", "longitude")):
        text += ". Are latitude and longitude swapped?"
    return f"{key}: {text}" if key else text
