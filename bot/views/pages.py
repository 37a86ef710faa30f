"""Lists that are shown page by page."""

from collections.abc import Sequence
from typing import TypeVar

from bot.i18n import Texts
from bot.views.reply import Button, Page

T = TypeVar("T")


def page_of(length: int, wanted: int, size: int) -> Page:
    """Return the page that is shown of a list of `length` where `wanted` is asked for: past its end the last."""
    count = max(1, -(-length // size))
    return Page(min(wanted, count), count)


def on_page(items: Sequence[T], page: Page, size: int) -> Sequence[T]:
    """Return what stands on a page of `size` items."""
    return items[(page.number - 1) * size : page.number * size]


def page_line(page: Page, texts: Texts) -> list[str]:
    """Return the line that numbers a page; none for the only one."""
    return [texts("team.page", page=page.number, pages=page.count)] if page.count > 1 else []


def next_button(page: Page, says: str, texts: Texts) -> list[Button]:
    """Return the tap for the next page, which `says` its question; none on the last."""
    return [] if page.is_last else [Button(texts("button.next_page"), says)]
