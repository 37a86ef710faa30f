"""What somebody hears of who sees their days: nothing before it is known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.domain.privacy import Held
from bot.domain.reminders import Wishes
from bot.errors import NotSent
from bot.i18n import Texts
from bot.services.reporting.privacy import PrivacyService
from bot.views.privacy import stored
from tests.builders import SHANGHAI
from tests.services.directory_stage import ANN, BOB, a_stage

LEAD = replace(ANN, leads=(1,))


class NoRows:
    """A database with nothing of anybody."""

    async def held(self, user_id: str, *, asked_by: str = "") -> Mapping[str, Held]:
        return {}


class NoWishes:
    """People who never wished for anything."""

    async def get(self, user_id: str) -> Wishes:
        return Wishes(user_id)


async def test_that_no_lead_sees_ones_days_is_not_said_before_it_is_known(tmp_path: Path) -> None:
    async with a_stage(tmp_path, LEAD, BOB) as stage:
        service = PrivacyService(
            rows=NoRows(),
            wishes=NoWishes(),  # type: ignore[arg-type]
            directory=stage.directory,
            visibility=stage.visibility,
            admins=["cat"],
            targets=["signed"],
            keep_positions=timedelta(days=60),
        )

        async def said() -> str:
            return stored(await service.about(BOB), Texts("en", SHANGHAI)).text

        assert "I cannot tell yet which leads" in await said()
        assert "These leads" not in await said()
        await stage.directory.crawl()
        assert "These leads may see your days: Ann." in await said()
        stage.contacts.refusals = {"bob": NotSent("user", "HTTP 503")}
        await stage.directory.changed(["bob"])
        assert "I cannot tell yet which leads" in await said()
