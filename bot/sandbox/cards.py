"""ActionCards by session webhook and by `sampleActionCard` key, checked as DingTalk documents them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from bot.sandbox.api import Json, Text
from bot.sandbox.talk import Button, Content

_BESIDE = "sampleActionCard6"  # the only key that shows its buttons side by side
# The fields of each button, by msgKey.
_KEYS = {
    f"sampleActionCard{count}": [(f"actionTitle{n}", f"actionURL{n}") for n in range(1, count + 1)]
    for count in (2, 3, 4, 5)
}
_KEYS["sampleActionCard"] = [("singleTitle", "singleURL")]
_KEYS[_BESIDE] = [(f"buttonTitle{n}", f"buttonUrl{n}") for n in (1, 2)]
CARD_KEYS = frozenset(_KEYS)


class _Row(BaseModel, extra="forbid"):
    title: Text
    # Other characters than these must be percent-encoded.
    url: str = Field(alias="actionURL", pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://[!-~]+$")


class _Card(BaseModel, extra="forbid"):
    title: Text
    text: Text
    rows: Annotated[list[_Row], Field(alias="btns", min_length=1)]
    orientation: Literal["0", "1"] = Field("0", alias="btnOrientation")


def session_card(content: Json) -> Content:
    """Return the card that a session webhook shows; the form with `singleURL` is not known. Raises ValueError."""
    card = _Card.model_validate(content)
    buttons = tuple(Button(row.title, row.url) for row in card.rows)
    return Content(card.text, buttons=buttons, side_by_side=card.orientation == "1")


def sample_card(key: str, content: Json) -> Content:
    """Return the card that one of CARD_KEYS shows. Raises ValueError."""
    names = _KEYS[key]
    rows = [{"title": content.get(title), "actionURL": content.get(url)} for title, url in names]
    rest = {name: content[name] for name in content.keys() - {name for pair in names for name in pair}}
    return session_card({**rest, "btns": rows, "btnOrientation": "1" if key == _BESIDE else "0"})
