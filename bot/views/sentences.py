"""Building blocks of replies: one sentence, a list under a title, common buttons, pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.actions import Action
from bot.views.i18n import Texts
from bot.views.reply import Ask, Button, Reply

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
