"""Files for people, sent after a last look at the right."""

import logging
import re
from collections.abc import Coroutine
from typing import Any

from bot.chat.context import Context
from bot.domain.slots import Action, Days
from bot.errors import OutcomeUnknown, ProcessFailed, TooLarge, UpstreamError
from bot.services.organisation.sights import Sight
from bot.views.i18n import Texts
from bot.views.sentences import Attachment, one_line

log = logging.getLogger(__name__)
_FAILURES = (  # the first that fits
    (ProcessFailed, "report.not_made"),
    (OutcomeUnknown, "report.maybe_sent"),
    (TooLarge, "report.file_too_many_bytes"),
    (UpstreamError, "report.not_sent"),
)
_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|]')


def file_name(title: str, days: Days, texts: Texts) -> str:
    """Return the name of a file without its suffix. It fits every file system."""
    whose = _NOT_IN_FILE_NAMES.sub("_", one_line(title))
    dates = f"{days.first}" if days.is_one else f"{days.first}_{days.last}"
    return f"{texts('report.file')}_{whose}_{dates}"


async def send_file(
    ctx: Context,
    sight: Sight,
    work: Coroutine[Any, Any, Attachment],
    action: Action,
) -> str:
    """Make a file by `work`, and send it to the sender. Return the key of the outcome.

    Raises EarlyAnswer if the sender lost access meanwhile, and StoreRefused.
    """
    robot = ctx.services.dingtalk.robot
    try:
        file = await work
        media_id = await robot.upload(file)
        await ctx.recheck(sight, action)
        result = await robot.show(ctx.user_id, file, media_id)
    except (ProcessFailed, UpstreamError) as error:
        log.warning("a report could not be made or sent: %r", error)
        return next(key for kind, key in _FAILURES if isinstance(error, kind))
    if result.invalid:
        return "report.unreachable"
    return "report.not_sent" if result.flow_controlled else "report.sent"
