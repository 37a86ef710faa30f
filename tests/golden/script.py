"""The format of golden dialogues: a title, steps, and indented replies of the bot."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
INDENT = "  "
LINK = re.compile(r"(?<!\\)\[((?:[^\]\\]|\\.)*)\]\(((?:dtmd|card|dingtalk|https?)://[^)\s]*)\)")
_LONGEST = 300  # characters of a reply
_TITLE = re.compile(r"^== (.+)\n", re.MULTILINE)
_TOKEN = re.compile(r"(?<=#)[0-9A-HJKMNP-TV-Z]{4}\b")  # of a button
_REFERENCE = re.compile(r"C\\?-([0-9A-HJKMNP-TV-Z]{6})\b")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One dialogue of a file. `text` is all below its title."""

    file: Path
    title: str
    text: str

    @property
    def steps(self) -> list[str]:
        """Return the lines without the bot's replies."""
        return [
            line for line in self.text.splitlines() if line.strip() and not line.startswith(INDENT)
        ]

    def record(self, text: str) -> None:
        """Replace the text below the title in the file."""
        heading, whole = f"== {self.title}\n", self.file.read_text(encoding="utf-8")
        self.file.write_text(whole.replace(heading + self.text, heading + text), encoding="utf-8")


def dialogues() -> list[Dialogue]:
    """Return the dialogues of all files."""
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        _, *parts = _TITLE.split(file.read_text(encoding="utf-8"))
        found += [
            Dialogue(file, title, text) for title, text in zip(parts[::2], parts[1::2], strict=True)
        ]
    return found


class Masks:
    """Replaces addresses, random references of requests, and tokens of buttons: they differ at each
    run.
    """

    def __init__(self) -> None:
        self._references: list[str] = []
        self._tokens: list[str] = []

    def shown(self, text: str) -> str:
        """Return a reply as one line."""
        text = LINK.sub(
            lambda link: (
                f"[{link[1]}]" + ("" if link[2].startswith(("dtmd", "card")) else "(link)")
            ),
            text,
        )
        text = _REFERENCE.sub(self._number, re.sub(r"https?://[^\s)]+", "(link)", text))
        line = re.sub(r"\s*\n\s*", " ⏎ ", re.sub(r"\\([^\w\s])", r"\1", text).strip())
        line = _TOKEN.sub(lambda token: _number_of(token[0], self._tokens), line)
        return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"

    def said(self, text: str) -> str:
        """Return a person's text with the real reference for `C-1`, and the real token for `#1`."""
        text = re.sub(r"(?<=#)\d\b", lambda found: self._tokens[int(found[0]) - 1], text)
        return re.sub(r"\bC-(\d)\b", lambda found: f"C-{self._references[int(found[1]) - 1]}", text)

    def _number(self, found: re.Match[str]) -> str:
        return f"C-{_number_of(found[1], self._references)}"


def _number_of(name: str, seen: list[str]) -> str:
    """Return the number of a random name in the order of its dialogue, from 1."""
    if name not in seen:
        seen.append(name)
    return str(seen.index(name) + 1)
