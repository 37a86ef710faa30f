"""Looking people up in DingTalk's directory one by one: whose turn it is, and what became of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from itertools import islice

from bot.dingtalk.contacts import Contacts
from bot.domain.people import Employee
from bot.errors import OperatorError, Rejected, StoreRefused, UpstreamError, UserError

log = logging.getLogger(__name__)

IN_FLIGHT = 4  # look-ups at once of people who changed: few enough that a sender's look-up goes between them
AGAIN_S = 30.0  # after a round of look-ups that did not all succeed


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


class UnionIds:
    """User ids by union id, as they were read or looked up."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def note(self, employee: Employee) -> None:
        """Know somebody who was read."""
        if employee.union_id:
            self._known[employee.union_id] = employee.user_id

    def forget(self, employee: Employee) -> None:
        """Know somebody no more."""
        if employee.union_id:
            self._known.pop(employee.union_id, None)

    async def user_id_of(self, union_id: str | None, contacts: Contacts) -> str | None:
        """Return whose union id that is, None for nobody's. Raises UserError when that cannot be looked up."""
        if not union_id:
            return None
        if (known := self._known.get(union_id)) is not None:
            return known
        try:
            found = await contacts.user_id_of(union_id)
        except (UpstreamError, OperatorError) as error:
            log.warning("a union id could not be looked up: %s", error)
            raise UserError("who.try_again") from error
        if found:
            self._known[union_id] = found
        return found


class Outage:
    """Logs that the directory went away, and that it is back."""

    def __init__(self) -> None:
        self._lasts = False

    def note(self, failure: Exception | None) -> None:
        """Take what became of a look-up, None for an answer."""
        if failure is not None and not self._lasts:
            log.warning("the directory did not answer: %s", failure)
        elif failure is None and self._lasts:
            log.info("the directory answers again")
        self._lasts = failure is not None


class Rereading:
    """People who have to be read anew, in the order in which they changed."""

    def __init__(
        self,
        read: Callable[[str], Awaitable[Employee | None]],
        is_gone: Callable[[str], bool],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Take what reads one person, and what tells who left meanwhile and is not asked for again."""
        self._read = read
        self._is_gone = is_gone
        self._sleep = sleep
        self._waiting: dict[str, None] = {}
        self._any_waiting = asyncio.Event()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def __contains__(self, user_id: str) -> bool:
        """Tell whether somebody waits to be read."""
        return user_id in self._waiting

    def add(self, user_ids: Iterable[str]) -> None:
        """Have people read soon."""
        self._waiting.update(dict.fromkeys(user_ids))
        self._wake()

    def remove(self, user_ids: Collection[str]) -> None:
        """Read these no more."""
        for user_id in user_ids:
            self._waiting.pop(user_id, None)
        self._wake()

    def clear(self) -> None:
        """Read nobody more."""
        self._waiting.clear()
        self._wake()

    async def run(self) -> None:
        """Read those who wait, a few at a time, until cancelled."""
        while True:
            await self._any_waiting.wait()
            if not await self._read_some():
                await self._sleep(AGAIN_S)

    async def _read_some(self) -> bool:
        """Read a few; return whether nobody of them has to be read again."""
        batch = list(islice(self._waiting, IN_FLIGHT))
        self.remove(batch)
        outcomes = await asyncio.gather(*(self._read(user_id) for user_id in batch), return_exceptions=True)
        failed = [user_id for user_id, outcome in zip(batch, outcomes, strict=True) if is_worth_another(outcome)]
        self.add(user_id for user_id in failed if not self._is_gone(user_id))
        return not failed

    def _wake(self) -> None:
        if self._waiting:
            self._any_waiting.set()
        else:
            self._any_waiting.clear()
