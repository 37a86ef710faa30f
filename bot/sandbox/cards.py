"""ActionCards by session webhook and by `sampleActionCard` key, checked as DingTalk documents them."""

import re
from collections.abc import Iterable
from typing import Any

from bot.sandbox.api import Json, Refused
from bot.sandbox.talk import Button, Content

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[!-~]+", re.IGNORECASE)  # other characters must be percent-encoded
_SINGLE = ("singleTitle", "singleURL")
# The fields of each button, by msgKey. Only the buttons of sampleActionCard6 stand side by side.
_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "sampleActionCard": (_SINGLE,),
    **{
        f"sampleActionCard{count}": tuple((f"actionTitle{n}", f"actionURL{n}") for n in range(1, count + 1))
        for count in (2, 3, 4, 5)
    },
    "sampleActionCard6": tuple((f"buttonTitle{number}", f"buttonUrl{number}") for number in (1, 2)),
}
CARD_KEYS = frozenset(_KEYS)


def session_card(content: Json) -> Content:
    """Return the card that a session webhook shows; `singleTitle` leaves `btns` without effect. Raises Refused."""
    _only(content, ("title", "text", "btnOrientation", "btns", *_SINGLE))
    orientation = content.get("btnOrientation", "0")
    if orientation not in ("0", "1"):
        raise wrong_content("btnOrientation must be the text 0 or 1")
    if any(name in content for name in _SINGLE):
        return _shown(content, [_button(content, *_SINGLE)], side_by_side=orientation == "1")
    rows = content.get("btns")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise wrong_content("btns must be a list of objects, or singleTitle and singleURL be given")
    for row in rows:
        _only(row, ("title", "actionURL"))
    buttons = [_button(row, "title", "actionURL") for row in rows]
    return _shown(content, buttons, side_by_side=orientation == "1")


def sample_card(key: str, content: Json) -> Content:
    """Return the card that one of CARD_KEYS shows: all its fields, and no others. Raises Refused."""
    pairs = _KEYS[key]
    _only(content, ("title", "text", *(name for pair in pairs for name in pair)))
    buttons = [_button(content, *pair) for pair in pairs]
    return _shown(content, buttons, side_by_side=key == "sampleActionCard6")


def wrong_content(why: str) -> Refused:
    """Return the refusal of a message's content."""
    return Refused(400002, "invalidParameter.content", why)


def _shown(content: Json, buttons: list[Button], *, side_by_side: bool) -> Content:
    _text(content, "title")  # shown in notifications and lists of conversations alone
    return Content(_text(content, "text"), buttons=tuple(buttons), side_by_side=side_by_side)


def _button(fields: Json, title: str, url: str) -> Button:
    button = Button(_text(fields, title), _text(fields, url))
    if not _URL.fullmatch(button.url) or (button.url.startswith("dtmd:") and not button.says):
        raise wrong_content(f"{url} must be an address")
    return button


def _text(fields: Json, name: str) -> str:
    value: Any = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise wrong_content(f"{name} must be a text")
    return value


def _only(fields: Json, known: Iterable[str]) -> None:
    unknown = set(fields).difference(known)
    if unknown:
        raise wrong_content(f"unknown: {', '.join(sorted(unknown))}")
