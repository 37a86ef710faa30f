"""Building blocks of replies: values made readable and harmless, sentences, common buttons, pages."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import TypeVar

from bot.actions import Action
from bot.domain.people import Employee
from bot.domain.shifts import CheckType
from bot.views.i18n import Texts
from bot.views.reply import CARD_BUTTONS, Ask, Button, CardValues, Reply

MAX_SHOWN = 64
_MOST_VALUE = 1024  # bytes of a card variable, by DingTalk's D0780
_MARKUP = re.compile(r"\\([^\w\s]|_)|\[([^\]]*)\]\([^)]*\)|\*+|`|\\$")
_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~@&"})


def escape(text: str, *, most: int = MAX_SHOWN) -> str:
    """Return `text` as `one_line` does, and escape every sign that markdown or DingTalk's @ could act upon."""
    return one_line(text, most=most).translate(_SPECIAL)


def one_line(text: str, *, most: int = MAX_SHOWN) -> str:
    """Return `text` on one line, at most `most` characters, without control and format characters."""
    flat = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", text[: most * 4]))
    shown = " ".join("".join(char for char in flat if unicodedata.category(char)[0] != "C").split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


class Names:
    """Names by user id, escaped. Two people of one name are told apart by their user ids."""

    def __init__(self, people: Sequence[Employee]) -> None:
        self._people = {one.user_id: one for one in people}
        self._shared = Counter(one.name for one in people)

    def __call__(self, user_id: str) -> str:
        """Return somebody's name for a text."""
        name = self.plain(user_id)
        shown = escape(name)
        return shown if name == user_id or self._shared[name] == 1 else f"{shown} ({escape(user_id)})"

    def plain(self, user_id: str) -> str:
        """Return somebody's name as it is, their user id where there is none."""
        one = self._people.get(user_id)
        return one.name if one is not None and one.name else user_id


def name_of(one: Employee) -> str:
    """Return somebody's name for a text, their user id where there is none."""
    return escape(one.name or one.user_id)


def listed(names: Sequence[str], texts: Texts, *, most: int) -> str:
    """Return up to `most` names, escaped, and how many more there are."""
    shown = texts("nudge.separator").join(escape(name) for name in names[:most])
    rest = len(names) - most
    return texts("nudge.and_more", names=shown, count=rest) if rest > 0 else shown


def check_type(value: CheckType, texts: Texts) -> str:
    """Return the check type in the person's words."""
    return texts("punch.on_duty" if value is CheckType.ON_DUTY else "punch.off_duty")


def distance(metres: float, texts: Texts) -> str:
    """Return a distance in whole metres, from one kilometre on in kilometres."""
    if round(metres) < 1000:
        return texts("where.metres", metres=round(metres))
    return texts("where.kilometres", km=f"{metres / 1000:.1f}")


def for_work_date(work_date: date, texts: Texts) -> str:
    """Return that a punch counts for a work date."""
    return texts("receipt.work_date", date=work_date.isoformat())


def span(hours: tuple[time, time]) -> str:
    """Return local hours from one time up to another."""
    first, last = hours
    return f"{first:%H:%M}–{last:%H:%M}"


def page_address(url: str, texts: Texts) -> str:
    """Return the address of the page, and which time a punch there has."""
    return f"[{texts('ask.page')}]({url})\n\n{texts('ask.page_rules')}"


T = TypeVar("T")


def sentence(key: str, texts: Texts, **values: object) -> Reply:
    """Return the sentence `key` as a reply."""
    return said(texts(key, **values))


def said(text: str, buttons: Iterable[Button] = (), ask: Ask | None = None) -> Reply:
    """Return a reply that has no title of its own."""
    return Reply(text[:40], text, tuple(buttons), ask)


def titled(title: str, lines: Iterable[str], buttons: Iterable[Button] = (), *, heading: str = "") -> Reply:
    """Return paragraphs under a heading, which is the title unless the title has text that needs escaping."""
    return Reply(title, "\n\n".join([f"### {heading or title}", *lines]), tuple(buttons))


def plain(name: str, texts: Texts, **values: object) -> Button:
    """Return a button that remembers nothing and says plain words."""
    return Button(texts(f"button.{name}", **values), texts(f"button.{name}_says", **values))


def confirm(action: Action, texts: Texts) -> Button:
    """Return the button that carries out what the reply shows."""
    return Button(texts("button.confirm"), action=action, sure=True)


@dataclass(frozen=True, slots=True)
class Page:
    """The number of the page that is shown, from 1, and the count of pages."""

    number: int
    count: int


def page_of(length: int, wanted: int, size: int) -> Page:
    """Return the page `wanted` of a list of `length` items. A number past the end gives the last page."""
    count = max(1, -(-length // size))
    return Page(min(wanted, count), count)


def on_page(items: Sequence[T], page: Page, size: int) -> Sequence[T]:
    """Return the items on a page of `size` items."""
    return items[(page.number - 1) * size : page.number * size]


def page_line(page: Page, texts: Texts) -> list[str]:
    """Return the line with the page number. A list of one page has no such line."""
    return [texts("team.page", page=page.number, pages=page.count)] if page.count > 1 else []


def turning(page: Page, action: Action, texts: Texts) -> list[Button]:
    """Return the buttons for the previous and the next page. `action` must have a field `page`."""
    ways = (("page_before", page.number - 1), ("next_page", page.number + 1))
    return [
        Button(texts(f"button.{name}"), action=action.model_copy(update={"page": number}))
        for name, number in ways
        if 1 <= number <= page.count
    ]


def without_markup(text: str) -> str:
    """Return `text` in one line without markdown: notifications and lists of conversations show it unchanged."""
    return " ".join(_MARKUP.sub(lambda mark: mark[1] or mark[2] or "", text).split())


def card_values(reply: Reply) -> CardValues | None:
    """Return a reply as the variables of a card, None when it does not fit."""
    labels = [one_line(button.label) for button in reply.buttons]
    if len(labels) > len(CARD_BUTTONS) or any(button.action is not None for button in reply.buttons):
        return None
    buttons = dict.fromkeys(CARD_BUTTONS, "") | dict(zip(CARD_BUTTONS, labels, strict=False))
    values = {"title": without_markup(reply.title), "text": _without_heading(reply.text), "state": "", **buttons}
    return None if any(len(value.encode()) > _MOST_VALUE for value in values.values()) else values


def card_state(reply: Reply) -> str:
    """Return a reply as the state of a card, in markdown; empty when it needs a message of its own."""
    if not reply.short and (reply.buttons or reply.ask is not None):
        return ""
    state = reply.short or _without_heading(reply.text)
    return state if len(state.encode()) <= _MOST_VALUE else ""


def _without_heading(text: str) -> str:
    heading, _, rest = text.partition("\n\n")
    return rest if heading.startswith("### ") else text
