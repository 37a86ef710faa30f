"""Lists with several pages. The button for another page holds the number of that page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.actions import Action
from bot.i18n import Texts
from bot.views.reply import Button

T = TypeVar("T")


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
    """Return the items on a page. A page has `size` items."""
    return items[(page.number - 1) * size : page.number * size]


def page_line(page: Page, texts: Texts) -> list[str]:
    """Return the line with the page number. A list of one page has no such line."""
    return [texts("team.page", page=page.number, pages=page.count)] if page.count > 1 else []


def turning(page: Page, action: Action, texts: Texts) -> list[Button]:
    """Return the buttons for the previous and the next page. `action` must have a field `page`."""
    buttons = []
    if page.number > 1:
        before = action.model_copy(update={"page": page.number - 1})
        buttons.append(Button(texts("button.page_before"), action=before))
    if page.number < page.count:
        after = action.model_copy(update={"page": page.number + 1})
        buttons.append(Button(texts("button.next_page"), action=after))
    return buttons
