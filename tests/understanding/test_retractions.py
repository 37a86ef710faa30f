"""Which messages take back what was said just before them."""

import pytest

from bot.understanding import understand
from bot.understanding.intents import IntentName, NoneReason
from bot.understanding.wishing.retractions import takes_back
from tests.builders import TUESDAY


@pytest.mark.parametrize(
    "text",
    [
        *(
            "cancel",
            "Cancel that!",
            "never mind",
            "nvm",
            "no",
            "oops, wrong button",
            "by mistake",
            "not me",
            "stop",
        ),
        *("that was a mistake", "I pressed it by accident", "no, ignore that", "I didn't mean to", "my bad"),
        *("取消", "算了", "不是", "不，点错了", "刚才按错了", "误触", "手滑了", "不是我打的", "不算", "我还没到"),
        *("算了算了", "wait, by mistake", "不，我刚才点错了", "算了，点错了"),
        *("别打", "别打了", "先别打", "不打了", "请别打", "还没", "先不了", "等等，先别打"),
        *("no thanks", "No, thanks!", "not yet", "sorry, not yet", "please don't", "don't do it", "withdraw"),
    ],
)
def test_what_takes_back_what_was_said(text: str) -> None:
    assert takes_back(text)


@pytest.mark.parametrize(
    "text",
    [
        *("clock out", "cancel my reminders", "no reminders today", "never mind the rain, clock me in", "ok"),
        *("取消提醒", "不上班", "算了吧，明天再说", "打卡", "误触是什么", "stop reminders", "撤回 C-7F3K2M", ""),
        *("thanks", "谢谢", "不打扰了", "还没打卡", "还没吃饭", "no thanks, clock me in", "withdraw C-7F3K2M"),
    ],
)
def test_what_says_more_or_something_else(text: str) -> None:
    assert not takes_back(text)


ASKED = "昨天忘打下班卡了，18:40走的，手机没电"


@pytest.mark.parametrize(
    "text",
    [
        *("撤回 C-7F3K2M", "撤回申请 C-7F3K2M", "撤销 C-7F3K2M", "撤回补卡申请 C-7F3K2M", "取消 C-7F3K2M"),
        *("withdraw C-7F3K2M", "take back C-7F3K2M", "cancel C-7F3K2M", "please cancel my request C-7F3K2M"),
        *("取消申请 C-7F3K2M", "把 C-7F3K2M 撤回吧", "拒绝 C-7F3K2M"),
        *("撤回我的补卡申请 C-7F3K2M", "C-7F3K2M 撤回", "please withdraw my make-up punch request C-7F3K2M"),
    ],
)
def test_ones_own_request_is_taken_back_by_its_reference(text: str) -> None:
    intent = understand(text, today=TUESDAY)
    assert (intent.name, intent.reference, intent.confirmed) == (IntentName.REFUSE, "C-7F3K2M", False)


@pytest.mark.parametrize(
    "text",
    [
        *("C-7F3K2M 被拒绝了", "我的 C-7F3K2M 被拒绝了吗", "不要撤回 C-7F3K2M", "can I withdraw C-7F3K2M?"),
        *("怎么撤回 C-7F3K2M", "撤回 C-7F3K2M C-8F3K2M", "C-7F3K2M 被撤回了", "我撤回了 C-7F3K2M"),
    ],
)
def test_what_only_tells_of_a_request_takes_none_back(text: str) -> None:
    assert understand(text, today=TUESDAY).name is not IntentName.REFUSE


@pytest.mark.parametrize(
    "text",
    [
        *(f"{ASKED}，不用补了", f"{ASKED}，算了", f"{ASKED}。还是算了吧", f"{ASKED}，开玩笑的"),
        "forgot to clock out yesterday, left at 18:40, phone died, just kidding",
        "forgot to clock out yesterday, left at 18:40, phone died. never mind!",
        *(f"{ASKED}，先不补", f"{ASKED}，等会再补"),
        "forgot to clock out yesterday, left at 18:40, phone dead. forget it please",
        "forgot to clock out yesterday, left at 18:40, actually no",
    ],
)
def test_who_calls_off_a_make_up_punch_asks_for_none(text: str) -> None:
    intent = understand(text, today=TUESDAY)
    assert (intent.name, intent.none_reason) == (IntentName.NONE, NoneReason.NEGATED)


@pytest.mark.parametrize(
    ("text", "unsure"),
    [
        (ASKED, False),
        (f"老板说我{ASKED}", True),
        (f"{ASKED}，麻烦老板批一下", False),
    ],
)
def test_what_somebody_else_says_of_ones_punch_is_asked_about(text: str, unsure: bool) -> None:
    intent = understand(text, today=TUESDAY)
    assert (intent.name, intent.unsure) == (IntentName.CORRECTION, unsure)
