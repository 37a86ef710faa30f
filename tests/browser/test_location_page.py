"""The page for a position in headless Chromium at a faked place, with the real bot behind it.

With SCREENSHOTS=folder each outcome is kept there as a picture.
"""

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.datum import Datum, convert
from tests.browser.chromium import MARKS, browser, expect
from tests.browser.phones import a_page, link_of, punches, shot
from tests.builders import TUESDAY
from tests.company import Company, a_company
from tests.waiting import until
from tests.web.visiting import HQ

__all__ = ["browser"]  # the fixture

pytestmark = MARKS

NARROW = {"width": 320, "height": 568}
REQUIRED = {"location": "required", "new_phone": "accept"}
DINGTALK = {"agent_id": "4711", "corp_id": "dingsandbox"}
IN_DINGTALK = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile AliApp(DingTalk/7.6.0)"
IN_HARMONY = (
    "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 "
    "ArkWeb/4.1.6.1 Mobile DingTalk/7.6.0"
)
SIMULATED = {
    "latitude": 39.909,
    "longitude": 116.3975,
    "accuracy": 20,
    "isFromMock": True,
}  # a mock: Android alone
UNKNOWN_CALL = {"errorCode": "3", "errorMessage": "there is no such call"}
# The bridges by which dingtalk-jsapi reaches its client, on Android and on HarmonyOS.
BRIDGES = """
window.nuva = {
  isReady: true,
  require: () => async (done, failed, plugin, action, wish) => {
    const { answer, error } = await window.askClient(`${plugin}.${action}`, wish, location.href);
    if (error) failed(error); else done(answer);
  },
};
window.DingTalkJSBridge = {
  init() {},
  async call(name, wish, done) {
    const { answer, error } = await window.askClient(name, wish, location.href);
    done({ success: !error, body: error ?? answer });
  },
};
"""


async def a_client(
    company: Company,
    page: Any,
    who: str = "user001",
    position: dict[str, Any] = SIMULATED,
    *,
    before_7_0_45: bool = False,
) -> list[str]:
    """Put the page into the pretend DingTalk's client of somebody, which checks signatures and knows who is there.

    Return what it is asked. `position` is its answer, or with `errorCode` its error. A client before 7.0.45 fails
    the newer call for a login code.
    """
    asked: list[str] = []

    async def sandbox(name: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{company.sandbox.url}/_sandbox/client/{name}"
        async with aiohttp.ClientSession() as bridge, bridge.post(url, json={"user_id": who, **body}) as answer:
            said = await answer.json()
        if said["errcode"]:
            return {"error": {"errorCode": said["errcode"], "errorMessage": said["errmsg"]}}
        return {"answer": said}

    async def ask(call: str, wish: dict[str, Any], url: str) -> dict[str, Any]:
        asked.append(call)
        if call == "runtime.permission.requestJsApis":
            return await sandbox("config", {**wish, "url": url})
        newer = call == "runtime.permission.requestAuthCodeV2" and not before_7_0_45
        if newer or call == "runtime.permission.requestAuthCode":
            return await sandbox("code", {"corpId": wish["corpId"]})
        if call == "device.geolocation.get":
            assert (wish["coordinate"], wish["useCache"]) == (1, False)
            return {"error" if "errorCode" in position else "answer": position}
        return {"error": UNKNOWN_CALL}

    await page.expose_function("askClient", ask)
    await page.add_init_script(BRIDGES)
    return asked


async def off_centre(page: Any) -> float:
    """Return by how many pixels the sketch's fence and dot stand beside the middle of the page."""
    return await page.evaluate("""() => {
      const spans = ["fence", "blur"].map((id) => document.getElementById(id).getBoundingClientRect());
      const middle = (Math.min(...spans.map((one) => one.left)) + Math.max(...spans.map((one) => one.right))) / 2;
      return Math.abs(middle - document.documentElement.clientWidth / 2);
    }""")


async def test_inside_one_reads_what_is_kept_sees_where_one_is_and_punches(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser, north_m=90) as page:
        await page.goto(await link_of(company))
        await expect(page.get_by_text("坐标保存 60 天")).to_be_visible()
        await shot(page, "first-use")
        await page.get_by_role("button", name="知道了，获取位置").click()
        await expect(page.get_by_role("status")).to_contain_text("您在 HQ 范围内，距中心 90 米")
        await expect(page.get_by_role("status")).to_contain_text("定位误差约 18 米")
        await expect(page.get_by_role("status")).to_contain_text(re.compile(r"08:52:\d\d 前点按，按 08:50 记录"))
        assert await off_centre(page) < 1
        await shot(page, "inside")
        await page.get_by_role("button", name="上班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("已记录：上班卡 08:5")
        await expect(page.get_by_role("status")).to_be_focused()
        await expect(page.get_by_role("button")).to_have_count(0)
        await shot(page, "recorded")
        assert await punches(company) == 1

        await page.reload()
        await expect(page.get_by_role("status")).to_contain_text("此前已记录")
        await shot(page, "replayed")
        assert await punches(company) == 1


async def test_on_the_edge_one_reads_so_and_punches(browser: Any, tmp_path: Path) -> None:
    edge = a_page(browser, north_m=240, accuracy_m=60)
    async with a_company(tmp_path, clock_in=REQUIRED) as company, edge as page:
        await page.goto(await link_of(company, "clock in"))
        await page.get_by_role("button", name="I see, find my position").click()
        await expect(page.get_by_role("status")).to_contain_text("on the edge of HQ, 240 m from its centre")
        await shot(page, "edge")
        await page.get_by_role("button", name="Clock in").click()
        await expect(page.get_by_role("status")).to_contain_text("Recorded: clock-in 08:5")


async def test_outside_one_gives_a_reason(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser, north_m=3200) as page:
        await page.goto(await link_of(company))
        await page.get_by_role("button", name="知道了").click()
        await expect(page.get_by_role("status")).to_contain_text("您在范围外，距 HQ 3.2 公里")
        await page.get_by_role("button", name="上班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("请先填写外勤原因")
        await expect(page.get_by_role("status")).to_contain_text("前点按，按 08:50 记录")
        await expect(page.get_by_label("外勤原因")).to_be_focused()
        await page.get_by_label("外勤原因").fill("拜访客户")
        await shot(page, "outside")
        await page.get_by_role("button", name="上班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("已记录：上班卡")
        assert "拜访客户" in await company.sandbox.wait_for_reply("lead01")


async def test_denied_nothing_is_punched_and_one_reads_what_to_do(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser, allowed=False) as page:
        await page.goto(await link_of(company, "clock in"))
        await page.get_by_role("button", name="I see, find my position").click()
        await expect(page.get_by_role("status")).to_contain_text("You did not let this page know where you are")
        await expect(page.get_by_role("status")).to_contain_text("Nothing was recorded")
        await expect(page.get_by_role("button")).to_have_text(["Find it again"])
        await shot(page, "denied")
        assert await punches(company) == 0


async def test_where_it_is_open_whether_one_comes_or_goes_one_is_asked(browser: Any, tmp_path: Path) -> None:
    rules = {"new_phone": "accept"}
    async with a_company(tmp_path, at="13:30", clock_in=rules) as company, a_page(browser) as page:
        await page.goto(await link_of(company, "where can I clock in?"))
        await page.get_by_role("button", name="I see, find my position").click()
        await expect(page.get_by_role("status")).not_to_contain_text("A tap before")
        await page.get_by_role("button", name="Punch").click()
        await expect(page.get_by_role("status")).to_contain_text(
            "Clocking in or clocking out? Nothing is recorded yet"
        )
        assert await punches(company) == 0
        await page.get_by_role("button", name="Clock out").click()
        await expect(page.get_by_role("status")).to_contain_text("Recorded: clock-out 13:3")


async def test_a_coarse_position_is_not_used(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser, accuracy_m=1500) as page:
        await page.goto(await link_of(company))
        await page.get_by_role("button", name="知道了").click()
        await expect(page.get_by_role("status")).to_contain_text("定位误差约 1.5 公里，太大")
        await expect(page.get_by_role("button")).to_have_text(["重新定位"])
        await shot(page, "coarse")


async def test_a_position_that_has_grown_old_is_not_used(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as page:
        await page.clock.install()
        await page.goto(await link_of(company))
        await page.get_by_role("button", name="知道了").click()
        await expect(page.get_by_role("status")).to_contain_text("您在 HQ 范围内")
        await page.clock.fast_forward(55_000)
        await expect(page.get_by_role("button", name="上班打卡")).to_be_visible()
        await page.clock.fast_forward(20_000)
        await expect(page.get_by_role("status")).to_contain_text("已经太旧，不能用来打卡")  # without a tap
        await expect(page.get_by_role("button")).to_have_text(["重新定位"])
        await shot(page, "stale")
        assert await punches(company) == 0


async def test_after_a_tap_whose_answer_is_lost_the_next_one_tells(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as page:
        await page.goto(await link_of(company, "clock in"))
        await page.get_by_role("button", name="I see, find my position").click()
        await expect(page.get_by_role("status")).to_contain_text("You are at HQ")

        async def lose(route: Any) -> None:
            await route.fetch()
            await route.abort()

        async def busy(route: Any) -> None:
            await route.fulfill(status=429, json={"error": "busy"})

        await page.route("**/here/punch", lose, times=1)
        await page.get_by_role("button", name="Clock in").click()
        await expect(page.get_by_role("status")).to_contain_text("it is not known whether it is recorded")
        await shot(page, "unknown")
        assert await punches(company) == 1

        await page.route("**/here/punch", busy, times=1)
        await page.get_by_role("button", name="Tap again").click()
        await expect(page.get_by_role("status")).to_contain_text("No sure answer came")
        await page.get_by_role("button", name="Tap again").click()
        await expect(page.get_by_role("status")).to_contain_text("Recorded already: clock-in 08:50")
        assert await punches(company) == 1


async def test_names_of_people_sites_and_reasons_only_ever_become_text(browser: Any, tmp_path: Path) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    sites = [{"name": evil, "latitude": HQ[0], "longitude": HQ[1], "radius_m": 200}]
    outside = a_page(browser, north_m=3200)
    async with a_company(tmp_path, clock_in=REQUIRED, sites=sites) as company, outside as page:
        assert company.app is not None
        company.sandbox.world.change("user001", name=evil)
        await until(lambda: company.app.directory.name_of("user001") == evil, what="the new name")
        await page.goto(await link_of(company))
        await expect(page.locator("#who")).to_have_text(f"{evil}，您好")
        await page.get_by_role("button", name="知道了").click()
        await expect(page.get_by_role("status")).to_contain_text(f"距 {evil} 3.2 公里")
        await page.get_by_label("外勤原因").fill(evil)
        await page.get_by_role("button", name="上班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("已记录")
        await expect(page.locator("img")).to_have_count(0)


async def test_inside_dingtalk_a_simulated_position_is_said_to_be_told(browser: Any, tmp_path: Path) -> None:
    inside = a_page(browser, user_agent=IN_DINGTALK)
    async with a_company(tmp_path, clock_in=REQUIRED, dingtalk=DINGTALK) as company, inside as page:
        await a_client(company, page)
        await page.goto(await link_of(company))
        await page.get_by_role("button", name="知道了").click()
        await expect(page.get_by_role("status")).to_contain_text("手机报告这个位置是模拟的")
        (signed,) = [call for call in company.sandbox.requests if call.api == "jsapi_config"]
        assert signed.answer["errcode"] == 0  # the pretend DingTalk computes the signature itself
        await shot(page, "simulated")
        await page.get_by_role("button", name="上班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("已记录")
        assert "模拟" in await company.sandbox.wait_for_reply("lead01")
        (punch,) = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
        assert (punch.where.fix.source, punch.where.fix.datum) == ("dingtalk", "gcj02")


@pytest.mark.parametrize(
    ("trusted", "said", "buttons"),
    [
        (["browser", "dingtalk"], "DingTalk gave this page no position", ["Clock in", "Find it again"]),
        (["dingtalk"], "DingTalk gave this page none", ["Find it again"]),
    ],
)
async def test_a_page_whose_signature_dingtalk_refuses_says_so(
    browser: Any, tmp_path: Path, trusted: list[str], said: str, buttons: list[str]
) -> None:
    inside = a_page(browser, user_agent=IN_DINGTALK, expected="Object")  # a rejection that `dd.ready` leaves alone
    rules = {**REQUIRED, "trusted_sources": trusted}
    wrong = {**DINGTALK, "agent_id": "4712"}
    async with a_company(tmp_path, clock_in=rules, dingtalk=wrong) as company, inside as page:
        await a_client(company, page)
        await page.goto(await link_of(company, "clock in"))
        await page.get_by_role("button", name="I see, find my position").click()
        await expect(page.get_by_role("status")).to_contain_text(said)
        await expect(page.get_by_role("button")).to_have_text(buttons)
        (refused,) = [call for call in company.sandbox.requests if call.api == "jsapi_config"]
        assert refused.answer["errcode"] == 52013


@pytest.mark.parametrize(
    ("code", "said"), [("2", "DingTalk gave this page no position"), ("11", "You did not let")]
)
async def test_a_client_without_positions_leaves_it_to_the_browser_and_one_that_says_no_does_not(
    browser: Any, tmp_path: Path, code: str, said: str
) -> None:
    inside = a_page(browser, user_agent=IN_DINGTALK)
    async with a_company(tmp_path, clock_in=REQUIRED, dingtalk=DINGTALK) as company, inside as page:
        await a_client(company, page, position={"errorCode": code})
        await page.goto(await link_of(company, "clock in"))
        await page.get_by_role("button", name="I see, find my position").click()
        await expect(page.get_by_role("status")).to_contain_text(said)


@pytest.mark.parametrize(
    ("user_agent", "older"), [(IN_DINGTALK, False), (IN_DINGTALK, True), (IN_HARMONY, False), (IN_HARMONY, True)]
)
async def test_android_and_harmony_clients_say_who_is_there_old_ones_by_the_older_call(
    browser: Any, tmp_path: Path, user_agent: str, older: bool
) -> None:
    inside = a_page(browser, user_agent=user_agent)
    async with a_company(tmp_path, clock_in=REQUIRED, dingtalk=DINGTALK) as company, inside as page:
        asked = await a_client(company, page, position=SIMULATED | {"isFromMock": False}, before_7_0_45=older)
        await page.goto(await link_of(company))
        await page.get_by_role("button", name="知道了").click()
        await page.get_by_role("button", name="上班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("已记录")
        names = {call for call in asked if "AuthCode" in call}
        both = {"runtime.permission.requestAuthCodeV2", "runtime.permission.requestAuthCode"}
        assert names == (both if older else {"runtime.permission.requestAuthCodeV2"})
        assert len([call for call in company.sandbox.requests if call.api == "getuserinfo"]) >= 3
        (punch,) = await company.app.store.ledger.punches("user001", TUESDAY, TUESDAY)
        assert (punch.where.fix.source, punch.where.fix.datum) == ("dingtalk", "gcj02")
        assert "simulated" not in punch.note


async def test_without_dingtalks_script_the_browser_says_where_one_is(browser: Any, tmp_path: Path) -> None:
    inside = a_page(browser, user_agent=IN_DINGTALK)
    async with a_company(tmp_path, clock_in=REQUIRED, dingtalk=DINGTALK) as company, inside as page:
        await page.route("**/here/dingtalk-jsapi.js", lambda route: route.abort())
        await page.goto(await link_of(company))
        await page.get_by_role("button", name="知道了").click()
        await page.get_by_role("button", name="上班打卡").click()
        await expect(page.get_by_role("status")).to_contain_text("已记录")


async def test_inside_dingtalk_a_colleague_who_opens_the_link_is_refused(browser: Any, tmp_path: Path) -> None:
    inside = a_page(browser, user_agent=IN_DINGTALK)
    async with a_company(tmp_path, clock_in=REQUIRED, dingtalk=DINGTALK) as company, inside as page:
        await a_client(company, page, who="user002")
        await page.goto(await link_of(company))
        await expect(page.get_by_role("status")).to_contain_text("这个链接无效或已失效")
        await expect(page.get_by_text("王小明")).to_have_count(0)
        assert await punches(company) == 0


async def test_a_forwarded_link_shows_nobodys_name(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        link = await link_of(company)
        async with a_page(browser) as mine, a_page(browser) as theirs:
            await mine.goto(link)
            await expect(mine.get_by_text("王小明")).to_be_visible()
            await theirs.goto(link)
            await expect(theirs.get_by_role("status")).to_contain_text("这个链接无效或已失效")
            await expect(theirs.get_by_text("王小明")).to_have_count(0)
            await expect(theirs.get_by_role("button")).to_have_count(0)
            await shot(theirs, "forwarded")
        assert await punches(company) == 0


async def test_it_is_read_in_the_dark_on_the_smallest_phone_and_by_keyboard(browser: Any, tmp_path: Path) -> None:
    dark = a_page(browser, north_m=60, viewport=NARROW, color_scheme="dark")
    async with a_company(tmp_path, clock_in=REQUIRED) as company, dark as page:
        await page.goto(await link_of(company, "clock in"))
        assert await page.evaluate("document.documentElement.lang") == "en"
        await expect(page.get_by_role("button")).to_have_count(1)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("You are at HQ")
        await shot(page, "dark")
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        for button in await page.get_by_role("button").all():
            box = await button.bounding_box()
            assert box and box["height"] >= 44
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Recorded: clock-in")


async def test_the_chat_page_shows_the_link(browser: Any, tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company, a_page(browser) as page:
        link = await link_of(company)
        await page.goto(f"{company.sandbox.url}/")
        await expect(page.get_by_role("status")).to_have_text("bot connected")
        await page.get_by_label("Speaking as").select_option(label="王小明")
        await expect(page.get_by_role("link", name="打开定位页，一键打卡")).to_have_attribute("href", link)


def test_the_pages_own_code_is_small() -> None:
    folder = Path(__file__).parents[2] / "bot/web/page"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 50_000
    assert convert(*HQ, source=Datum.GCJ02, target=Datum.WGS84) != HQ
