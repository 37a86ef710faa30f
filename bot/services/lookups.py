"""What became of looking somebody up in DingTalk's directory."""

import logging
from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import Employee
from bot.errors import OperatorError, Rejected, StoreRefused, UpstreamError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody left at `left_at`, as the event tells, of which was heard at `heard_at`."""

    left_at: datetime
    heard_at: datetime


def is_worth_another(outcome: Employee | BaseException | None) -> bool:
    """Tell whether a look-up failed for now; one that was refused for good did not, and a bug is logged.

    Raises what is no Exception, such as being cancelled.
    """
    if isinstance(outcome, Rejected):
        return False
    if isinstance(outcome, UpstreamError | OperatorError | StoreRefused):
        return True
    if isinstance(outcome, Exception):
        log.error("a person could not be read because of a bug", exc_info=outcome)
    elif isinstance(outcome, BaseException):
        raise outcome
    return False
