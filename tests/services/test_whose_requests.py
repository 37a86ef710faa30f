"""Whose requests a lead is shown while another process reads that somebody moved."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.corrections import Correction, CorrectionPolicy
from bot.services.corrections import CorrectionService, OpenRequests
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from tests.builders import SHANGHAI
from tests.corrections.stage import a_request
from tests.services.directory_stage import ANN, BOB, CAT, Stage

LEAD = replace(ANN, leads=(1,))
ADMIN = CAT


class MovedMeanwhile:
    """The book of requests. While it is read another process reads that Bob is of another department."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def open(self) -> Sequence[tuple[Correction, frozenset[str]]]:
        self._stage.clock.pass_by(timedelta(seconds=1))
        await self._stage.database.put([replace(BOB, department_ids=(2,))], self._stage.clock.now())
        return [(a_request("bob"), frozenset({"ann"}))]


async def shown_to(who: str, stage: Stage, directory: Directory) -> OpenRequests:
    book: Any = MovedMeanwhile(stage)
    unused: Any = None
    service = CorrectionService(
        corrections=book,
        ledger=unused,
        native_punches=unused,
        past=unused,
        rosters=unused,
        directory=directory,
        visibility=Visibility(directory, [ADMIN.user_id]),
        admins=[ADMIN.user_id],
        targets=(),
        policy=CorrectionPolicy(),
        language_of=unused,
        clock=stage.clock,
        zone=SHANGHAI,
    )
    found = directory.employee(who)
    assert found is not None
    return await service.open_to(found)


async def test_who_moved_while_the_requests_were_read_is_not_shown_to_their_old_lead() -> None:
    for who, shown in (("ann", 0), ("cat", 1)):
        stage = Stage(LEAD, BOB, CAT)
        await stage.directory.crawl()
        other = stage.process()
        await other.load()
        found = await shown_to(who, stage, other)
        assert found.is_known
        assert len(found.to_decide) == shown, who
