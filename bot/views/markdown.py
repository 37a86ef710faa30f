"""Text from people and directories, made harmless inside a markdown message."""

import unicodedata

_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~@&"})
MAX_SHOWN = 64


def escape(text: str, *, most: int = MAX_SHOWN) -> str:
    """Return `text` as `one_line` does, and escape every sign that markdown or DingTalk's @ could act upon."""
    return one_line(text, most=most).translate(_SPECIAL)


def one_line(text: str, *, most: int = MAX_SHOWN) -> str:
    """Return `text` on one line, at most `most` characters, with control and format characters removed."""
    flat = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", text[: most * 4]))
    shown = "".join(char for char in flat if unicodedata.category(char)[0] != "C")
    shown = " ".join(shown.split())
    if len(shown) > most:
        shown = shown[: most - 1] + "…"
    return shown
