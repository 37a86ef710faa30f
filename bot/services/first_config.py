"""The first configuration: the commented example with an operator's answers."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "config.example.yaml"
_KEY = re.compile(r"( {0,2})(?:# ?)?(\w+):(?!\w)(.*)")
_COMMENT_COLUMN = 40


def fill_in(answers: Mapping[str, object]) -> str:
    """Return the example with these values, by keys such as `web.port`. A key that is commented out is put in."""
    group, lines = "", EXAMPLE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        found = _KEY.fullmatch(line)
        if found is None:
            continue
        indent, name, rest = found.groups()
        group = group if indent else name
        key = f"{group}.{name}" if indent else name
        if key in answers:
            pair = f"{indent}{name}: {json.dumps(answers[key], ensure_ascii=False)}"
            _, hash_sign, comment = rest.partition("  #")
            lines[number] = f"{pair:<{_COMMENT_COLUMN}} #{comment}" if hash_sign else pair
    return "\n".join(lines) + "\n"
