"""What an ordinary person types who does not know the commands: the nearest one is named, and nothing is done."""

import pytest

from bot.i18n import LANGUAGES, Texts
from bot.understanding import understand
from bot.understanding.asking.near_commands import LONGEST, near_command
from bot.understanding.asking.respelling import respelt
from bot.understanding.intents import IntentName
from bot.views.markdown import escape
from bot.views.reply import Language
from handlers.near import meant
from tests.builders import SHANGHAI, TUESDAY
from tests.handlers.a_desk import Desk

OPEN, OPEN_ZH = "open requests", "我的补卡申请"
PICTURE, PICTURE_ZH = "export this month as a picture", "本月考勤发图"
NEAR = [
    # no request is named: each is decided by its own reference
    *((text, OPEN) for text in ("approve all", "Approve everything!", "refuse everything")),
    *((text, OPEN) for text in ("please approve all requests", "reject all", "refuse them all")),
    *((text, OPEN) for text in ("approve", "aproove", "reject them all", "approve the request", "aprove C-123…")),
    *((text, OPEN) for text in ("reject C-7F3", "pending approvals", "show pending approvals", "my approvals")),
    *((text, OPEN_ZH) for text in ("全部批准", "批准全部", "都批准", "一键审批", "全部拒绝", "皮准全部")),
    *((text, OPEN_ZH) for text in ("批准所有补卡申请", "都通过")),
    *((text, OPEN_ZH) for text in ("待审批", "待我审批的", "我的待审批", "等我批的", "审批", "哪些要我批的")),
    # nor is it by whose it is
    *((text, OPEN_ZH) for text in ("批准Hana的补卡", "批准 Hana 的补卡申请", "批准张三的补卡")),
    *((text, OPEN_ZH) for text in ("拒绝Hana的补卡", "驳回王小明的补卡申请", "确认批准Hana的补卡")),
    *((text, OPEN_ZH) for text in ("通过Hana的补卡", "请同意李娜的补卡单")),
    *((text, OPEN) for text in ("approve Hana's correction", "approve the request of Hana")),
    *((text, OPEN) for text in ("reject Bob's request", "reject Bob's correction")),
    *((text, OPEN) for text in ("approve Hana's make-up punch", "please accept Alice Johnson's correction")),
    # one's own, which are taken back by their references
    *((text, OPEN) for text in ("withdraw my request", "cancel my request", "undo my correction")),
    *((text, OPEN) for text in ("withdrw my request", "please cancel the request")),
    *((text, OPEN_ZH) for text in ("撤回补卡申请", "撤回我的申请", "取消补卡申请")),
    *((text, OPEN_ZH) for text in ("把补卡申请撤回", "撤回一下我的补卡")),
    # days as a picture
    *((text, PICTURE) for text in ("chart", "charts", "graph please", "team chart", "show me a chart", "chrat")),
    *((text, PICTURE_ZH) for text in ("图表", "看个图", "来张图", "途表")),
    # a slip of a command's word
    *(("aprove C-7F3K2M", "approve C-7F3K2M"), ("nugde Bob", "nudge Bob"), ("refues C-7F3K2M", "refuse C-7F3K2M")),
    *(("hlep", "help"), ("helpp", "help"), ("udno", "undo"), ("digset", "digest"), ("prviacy", "privacy")),
    *(("remindme", "remind me"), ("mystatus", "my status"), ("opne requests", OPEN), ("requsts", OPEN)),
    *(("导除", "导出"), ("请暇", "请假"), ("提型我", "提醒我"), ("绑助", "帮助")),
    *(("会总", "汇总"), ("隐司", "隐私")),
]  # fmt: skip


async def test_what_is_offered_of_somebodys_own_words_is_no_markdown() -> None:
    said = await Desk().say("refsue C-7F3K2M [x](http://e.co)")
    assert "](http" not in said.partition("Did you mean")[2].partition("?")[0]


@pytest.mark.parametrize(("text", "phrase"), NEAR)
async def test_a_near_miss_is_answered_with_the_nearest_command(text: str, phrase: str) -> None:
    desk = Desk()
    assert understand(text, today=TUESDAY).name is IntentName.NONE
    said = await desk.say(text)
    assert f"“{escape(phrase)}”" in said
    assert desk.taps.count(phrase) == 1
    assert (desk.book.writes, desk.punched.wished) == (0, [])


@pytest.mark.parametrize("phrase", sorted({phrase for _, phrase in NEAR}))
def test_what_is_offered_is_understood(phrase: str) -> None:
    assert understand(phrase, today=TUESDAY).name is not IntentName.NONE


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["requests", "withdrawal", "picture"])
def test_the_command_behind_each_near_miss_is_one(language: Language, key: str) -> None:
    phrase = Texts(language, SHANGHAI)(f"near.{key}")
    intent = understand(phrase, today=TUESDAY)
    assert intent.form == "picture" if key == "picture" else intent.name is IntentName.REQUESTS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("sumary", IntentName.SUMMARY_TODAY), ("exprot", IntentName.EXPORT), ("histroy", IntentName.HISTORY)),
        *(("考情", IntentName.SUMMARY_TODAY), ("补咔", IntentName.CORRECTION), ("打咔", IntentName.CLOCK_IN)),
    ],
)
def test_what_can_only_be_a_slip_is_understood_at_once(text: str, name: IntentName) -> None:
    assert understand(text, today=TUESDAY).name is name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("撤回", IntentName.UNDO), ("撤回打卡", IntentName.UNDO), ("cancel my punch", IntentName.UNDO)),
        *(("approve C-7F3K2M", IntentName.APPROVE), ("撤回补卡申请 C-7F3K2M", IntentName.REFUSE)),
        *(("补卡申请", IntentName.CORRECTION), ("取消请假申请", IntentName.LEAVE)),
        *(("open requests", IntentName.REQUESTS), ("考勤图表", IntentName.SUMMARY_TODAY)),
        *(("chart of last week", IntentName.SUMMARY_RANGE), ("export chart", IntentName.EXPORT)),
    ],
)  # fmt: skip
def test_what_is_a_command_stays_one(text: str, name: IntentName) -> None:
    assert understand(text, today=TUESDAY).name is name


@pytest.mark.parametrize(
    "text",
    [
        *(
            "approve of it",
            "the boss approves",
            "my request for coffee",
            "chart the course",
            "批评",
            "批发市场",
            "地图",
        ),
        *("看图说话", "通过面试了", "请求支援", "取消会议", "cancel the meeting", "plot twist", "bar", "allow me"),
        *("拒绝张三的邀请", "同意王小明的看法", "老板同意我补卡"),
        *("reject Bob's offer", "accept Hana's invitation"),
        *("coffee", "together we stand", "hello there", "help" * LONGEST, "批准" * LONGEST),
    ],
)
def test_what_says_something_else_is_near_nothing(text: str) -> None:
    assert near_command(text) is None
    offered = [said for said in respelt(text) if understand(said, today=TUESDAY).name is not IntentName.NONE]
    assert offered == []


@pytest.mark.parametrize("name", ["Hana", "Remindme", "Aprove", "Exprot"])
def test_a_word_with_a_capital_inside_a_message_may_be_a_name_and_stays_as_it_is(name: str) -> None:
    assert all(name in said for said in respelt(f"send the daily sumary to {name}"))


@pytest.mark.parametrize("text", ["Remindme", "REMINDME"])
def test_a_capital_elsewhere_makes_no_name(text: str) -> None:
    assert any("remind me" in said.lower() for said in respelt(text))


@pytest.mark.parametrize("text", ["atthe office", "headinghome"])
def test_no_punch_is_read_out_of_slips(text: str) -> None:
    punches = {IntentName.CLOCK_IN, IntentName.CLOCK_OUT}
    assert not punches.isdisjoint(understand(said, today=TUESDAY).name for said in respelt(text))
    assert meant(Desk().context(text)) is None
