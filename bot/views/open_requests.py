"""The make-up requests that wait for a decision, as a list."""

from collections.abc import Sequence

from bot.actions import OpenRequests
from bot.domain.corrections import Correction
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.pages import on_page, page_line, page_of, turning
from bot.views.receipts import check_type
from bot.views.reply import Reply

A_PAGE = 15


def listed(requests: Sequence[tuple[Correction, str | None]], texts: Texts, *, page: int, is_known: bool) -> Reply:
    """Return a page of requests, each with the name of who asked, None for one's own.

    Where `is_known` is false it cannot be told now which of others' are theirs to decide.
    """
    title = texts("correction.open_title", count=len(requests))
    at = page_of(len(requests), page, A_PAGE)
    shown = on_page(requests, at, A_PAGE)
    lines = [f"### {title}", *(_line(one, name, texts) for one, name in shown)]
    if not is_known:
        lines.append(texts("team.not_read"))
    if any(name is not None for _, name in shown):
        lines.append(
            texts("correction.open_how_decide", reference=next(r.reference for r, n in shown if n is not None))
        )
    if any(name is None for _, name in shown):
        lines.append(texts("correction.open_how_own", reference=next(r.reference for r, n in shown if n is None)))
    lines += page_line(at, texts)
    return Reply(title, "\n\n".join(lines), tuple(turning(at, OpenRequests(page=at.number), texts)))


def _line(one: Correction, name: str | None, texts: Texts) -> str:
    at, until = texts.day_and_clock(one.punched_at), texts.day_and_clock(one.expires_at)
    what = texts("receipt.title", what=check_type(one.check_type, texts), at=at)
    asker = texts("correction.open_yours") if name is None else escape(name)
    return texts("correction.open_line", reference=one.reference, name=asker, what=what, until=until)
