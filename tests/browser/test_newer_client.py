"""DingTalk's client that gives positions by `dd.getLocation`, and has no `device.geolocation.get`."""

from pathlib import Path
from typing import Any

import pytest

from bot.domain.datum import Datum
from bot.domain.sites import LocationSource
from tests.browser.chromium import MARKS, browser, expect
from tests.browser.phones import a_page, link_of
from tests.browser.test_location_page import DINGTALK, IN_DINGTALK, REQUIRED, SCRIPT, a_client
from tests.builders import TUESDAY
from tests.company import a_company

__all__ = ["browser"]
pytestmark = MARKS

OLDER = SCRIPT[SCRIPT.index("    device: {") : SCRIPT.index("  };\n})();")]
NEWER = """    getLocation(wish) {
      window.wished = wish;
      wish.success({ latitude: 39.909, longitude: 116.3975, accuracy: 20, isFromMock: MOCK });
    },
"""


@pytest.mark.parametrize("mock", [True, False])
async def test_its_position_is_in_the_datum_that_was_asked_for_and_says_if_it_is_simulated(
    browser: Any, tmp_path: Path, mock: bool
) -> None:
    newer = SCRIPT.replace(OLDER, NEWER.replace("MOCK", str(mock).lower()))
    async with (
        a_company(tmp_path, clock_in=REQUIRED, dingtalk=DINGTALK) as company,
        a_page(browser, user_agent=IN_DINGTALK) as page,
    ):
        await a_client(company, page, script=newer)
        await page.goto(await link_of(company))
        await page.get_by_role("button", name="知道了").click()
        button = page.get_by_role("button", name="上班打卡")
        await expect(button).to_be_visible()
        assert await page.get_by_text("手机报告这个位置是模拟的").is_visible() == mock
        asked = await page.evaluate("window.wished")
        assert (asked["coordinate"], asked["useCache"]) == ("1", False)  # GCJ-02, measured now
        await button.click()
        await expect(page.get_by_role("status")).to_contain_text("已记录")
        assert company.app is not None
        (punch,) = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
        assert punch.where.fix is not None
        assert (punch.where.fix.datum, punch.where.fix.source) == (Datum.GCJ02, LocationSource.DINGTALK)
        assert ("position simulated" in punch.note) == mock
