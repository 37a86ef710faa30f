"""A phone at a faked place in headless Chromium, for the tests of the page."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.builders import TUESDAY
from tests.company import Company
from tests.web.visiting import HQ, a_fix, link_in

PHONE = {"width": 360, "height": 660}


@asynccontextmanager
async def a_page(
    browser: Any,
    *,
    north_m: float = 0,
    accuracy_m: float = 18,
    allowed: bool = True,
    expected: str = "Failed to load resource",
    **more: Any,
) -> AsyncIterator[Any]:
    """Open a phone that stands `north_m` metres north of HQ; what its browser complains about fails the test, but
    for answers that are errors: what begins as `expected`.
    """
    fix = a_fix(HQ, north_m=north_m)
    place = {"latitude": fix["latitude"], "longitude": fix["longitude"], "accuracy": accuracy_m}
    wish = {"viewport": PHONE, "geolocation": place, "permissions": ["geolocation"] if allowed else []}
    context = await browser.new_context(**{**wish, **more})
    page = await context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
        assert not [one for one in complaints if not one.startswith(expected)], complaints
    finally:
        await context.close()


async def link_of(company: Company, text: str = "上班打卡", who: str = "user001") -> str:
    return link_in(await company.ask(who, text))


async def shot(page: Any, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"location-{name}.png")


async def punches(company: Company, who: str = "user001") -> int:
    assert company.app is not None
    return len(await company.app.store.ledger.punches(who, TUESDAY, TUESDAY))
