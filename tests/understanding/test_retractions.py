"""Which messages take back what was said just before them."""

import pytest

from bot.understanding.retractions import takes_back


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
    ],
)
def test_what_takes_back_what_was_said(text: str) -> None:
    assert takes_back(text)


@pytest.mark.parametrize(
    "text",
    [
        *("clock out", "cancel my reminders", "no reminders today", "never mind the rain, clock me in", "ok"),
        *("取消提醒", "不上班", "算了吧，明天再说", "打卡", "误触是什么", "stop reminders", "撤回 C-7F3K2M", ""),
    ],
)
def test_what_says_more_or_something_else(text: str) -> None:
    assert not takes_back(text)
