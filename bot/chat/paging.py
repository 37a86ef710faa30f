"""Turning the pages of the list that somebody asked for last: its question is answered anew, for another page."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.chat.context import Answer, Context, Privately, ReceiptDue
from bot.domain.messages import Message
from bot.errors import StoreRefused
from bot.services.ports import PagedList, PagedLists
from bot.understanding.asking.asked import page_asked
from bot.understanding.intents import Intent, IntentName
from bot.views.reply import Reply
from bot.views.sentences import sentence

log = logging.getLogger(__name__)

KEPT = timedelta(hours=1)  # a list asked for longer ago is named again
_LONGEST = 200  # characters of a question that is kept
_PRIVATELY = ""  # in the place of a conversation: asked in a group, and answered in private
_LISTS = frozenset({
    IntentName.SUMMARY_TODAY, IntentName.SUMMARY_RANGE, IntentName.MISSING, IntentName.NUDGE_ALL,
    IntentName.SOMEBODY, IntentName.REQUESTS, IntentName.HISTORY,
})  # fmt: skip


class Paging:
    """Remembers the question, never the answer: whoever may see less by now is shown less."""

    def __init__(self, lists: PagedLists, understand: Callable[[Message], Intent | None]) -> None:
        self._lists = lists
        self._understand = understand

    async def turned(self, ctx: Context, intent: Intent) -> tuple[Context, Intent] | Reply | None:
        """Return the question for the page that a message asks for, or that there is none such.

        None where the message asks for no page, or nobody can tell of what. Raises StoreRefused.
        """
        wanted = page_asked(ctx.message.text) if intent.name is IntentName.NONE else None
        asked = await self._lists.of(ctx.who.user_id) if wanted is not None else None
        if asked is None or wanted is None or not _holds(asked, ctx):
            return None
        if asked.said_at == ctx.message.at:  # this very message, whose answer did not get out
            return self._question(ctx, asked, asked.page)
        if wanted == "last" and asked.more:
            return sentence("none.which_page", ctx.texts)
        if wanted in {"next", "last"} and not asked.more:
            return sentence("none.last_page", ctx.texts)
        if wanted == "before" and asked.page == 1:
            return sentence("none.first_page", ctx.texts)
        page = asked.page + (1 if wanted == "next" else -1) if isinstance(wanted, str) else max(1, wanted)
        return self._question(ctx, asked, page)

    def _question(self, ctx: Context, asked: PagedList, page: int) -> tuple[Context, Intent] | None:
        message = replace(ctx.message, text=asked.said)
        question = self._understand(message)
        if question is None or question.name not in _LISTS:
            return None
        return replace(ctx, message=message), question._replace(page=page, beside=None)

    async def note(self, ctx: Context, intent: Intent, answer: Answer) -> None:
        """Remember the list that was answered if it has several pages; one without is none to turn.

        A database that refuses costs this alone.
        """
        if intent.name not in _LISTS or isinstance(answer, ReceiptDue):
            return
        where = _PRIVATELY if isinstance(answer, Privately) else ctx.message.conversation_id
        page = (answer.reply if isinstance(answer, Privately) else answer).page
        said = ctx.message.text
        try:
            if page is not None and page.count > 1 and len(said) <= _LONGEST:
                await self._lists.put(
                    PagedList(ctx.who.user_id, where, said, page.number, not page.is_last, ctx.message.at)
                )
            else:
                await self._lists.forget(ctx.who.user_id)
        except StoreRefused as error:
            log.info("a list could not be noted: %s", error)


def _holds(asked: PagedList, ctx: Context) -> bool:
    """Tell whether a list is still meant: of the same conversation and day, since "today" may stand in it."""
    now, zone = ctx.message.at, ctx.texts.zone
    same_day = asked.said_at.astimezone(zone).date() == now.astimezone(zone).date()
    here = {ctx.message.conversation_id, *([] if ctx.message.is_group else [_PRIVATELY])}
    return asked.conversation_id in here and same_day and now - asked.said_at <= KEPT
