"""ActionCards by session webhook and by `sampleActionCard` key, checked as DingTalk documents them."""

import re
from collections.abc import Sequence

from bot.sandbox.api import Json, Refused
from bot.sandbox.talk import Button, Content

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[!-~]+", re.IGNORECASE)  # other characters must be percent-encoded
_BESIDE = "sampleActionCard6"  # the only key that shows its buttons side by side
# The fields of each button, by msgKey.
_KEYS = {
    f"sampleActionCard{count}": [(f"actionTitle{n}", f"actionURL{n}") for n in range(1, count + 1)]
    for count in (2, 3, 4, 5)
}
_KEYS["sampleActionCard"] = [("singleTitle", "singleURL")]
_KEYS[_BESIDE] = [(f"buttonTitle{n}", f"buttonUrl{n}") for n in (1, 2)]
CARD_KEYS = frozenset(_KEYS)


def session_card(content: Json) -> Content:
    """Return the card that a session webhook shows; DingTalk's form with `singleTitle` is not known here."""
    rows, orientation = content.get("btns"), content.get("btnOrientation")
    names = {"title", "actionURL"}
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.keys() == names for row in rows):
        raise wrong_content("btns must be a list of objects with title and actionURL")
    if not rows or orientation not in ("0", "1") or content.keys() != {"title", "text", "btnOrientation", "btns"}:
        raise wrong_content('an actionCard has title, text, btns, and btnOrientation "0" or "1"')
    buttons = [(row["title"], row["actionURL"]) for row in rows]
    return _card(content, buttons, side_by_side=orientation == "1")


def sample_card(key: str, content: Json) -> Content:
    """Return the card that one of CARD_KEYS shows. Raises Refused."""
    names = _KEYS[key]
    if content.keys() != {"title", "text"}.union(*names):
        raise wrong_content(f"{key} has title, text and {names}, and no other field")
    return _card(content, [(content[title], content[url]) for title, url in names], side_by_side=key == _BESIDE)


def wrong_content(why: str) -> Refused:
    """Return the refusal of a message's content."""
    return Refused(400002, "invalidParameter.content", why)


def _card(content: Json, buttons: Sequence[tuple[object, object]], *, side_by_side: bool) -> Content:
    texts = [content["title"], content["text"], *(text for button in buttons for text in button)]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise wrong_content("title, text, and title and address of each button must be texts")
    shown = tuple(Button(str(label), str(url)) for label, url in buttons)
    if not all(_URL.fullmatch(one.url) and (one.says or not one.url.startswith("dtmd:")) for one in shown):
        raise wrong_content("a button's address is none")
    return Content(content["text"], buttons=shown, side_by_side=side_by_side)
