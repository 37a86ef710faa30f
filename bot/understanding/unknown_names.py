"""The name of a person in a text about one person, if the directory does not know that name."""

import re
from collections.abc import Sequence

from bot.understanding.vocabulary import phrases, word_pattern

_SURNAME = (  # the most frequent surnames, without weekdays
    "(?!周[一二三四五六日天末报]|何[时地处]|马上|高[层管]|石油|江苏|康复|余[下额])"
    "(?:欧阳|上官|司马|诸葛|司徒|[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田姜范石姚谭廖邹熊陆孔崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎武贺])"
)
_LATIN = r"[a-z\u00df-\u024f]+(?:['-](?!s\b)[a-z\u00df-\u024f]+)*"  # Zoë, O'Brien, Jean-Luc
_NAME = rf"@?(?P<name>[小老阿]{_SURNAME}|{_SURNAME}[\u4e00-\u9fff]{{1,2}}?|{_LATIN}(?: {_LATIN})?)"
_PERIOD = "(?:今天|今日|昨天|昨日|前天|[明后]天|[本上这下]个?(?:周|星期|月))?"
_NAME_EN = f"@?(?P<name>{_LATIN}(?: {_LATIN}){{0,2}}?)"
_NAME_OR_ID = f"@?(?P<name>{_LATIN}(?: {_LATIN}){{0,2}}?|[a-z]+[0-9]+)"
_PERIOD_EN = "(?: (?:yet|already|today|yesterday|tomorrow|please|(?:this|last|next) (?:week|month)|now))*[.!?]?"
_DOES = (
    "(?:打[上下]?班?卡|签[到退]|[迟早]到|早退|在|[在到]岗|到公司|[来到走]|[上下]班|请假|休假|出差)"
)
_DOES_EN = (
    "(?:(?:clock|punch|check|sign)(?:ed)? (?:in|out)|in|out|here|there|back"
    "|(?:at|in|out of) (?:the )?(?:work|office)|late|early|absent|on time|on leave"
    "|working|arrived?|come(?: in)?|left|gone|doing)"
)
ABOUT_ONE = [
    word_pattern(pattern)
    for pattern in (
        rf"(?:请|麻烦|帮我)?(?:催|提醒)(?:一下|下)? ?{_NAME} ?"
        "(?:一下|去?(?:打卡|签[到退]|[上下]班打卡|打[上下]班卡))?[。!]?",
        rf"(?:看|查|统计)?(?:一下|下|看)?{_NAME} ?{_PERIOD}的?(?:考勤|出勤|打卡)(?:情况|汇总|记录|统计)?[。?]?",
        rf"{_NAME}{_PERIOD}(?:(?:有没有)?{_DOES}(?:了吗|了没有?|了么|没有?|吗)|(?:是?几点|什么时候){_DOES}的?)[?。]?",
        rf"(?:考勤|出勤)?汇总 ?{_NAME}",
        rf"(?:取消)?豁免 ?{_NAME} ?(?:(?:[今昨前明]天|上?周|\d|,).*)?",
        rf"(?:锁定|重开|重新打开|解锁|批准) ?{_NAME} ?的?[0-9上].*",
        rf"(?:(?:please|can you|could you) )*(?:nudge|remind) {_NAME_OR_ID}"
        rf"(?: to (?:(?:clock|punch|check) (?:in|out)|punch))?{_PERIOD_EN}",
        rf"(?:please )?(?:un)?excuse {_NAME_EN}(?:,? (?:today|yesterday|on|for)\b.*|,.*|[.!])?",
        rf"(?:approve|accept|refuse|reject|deny) {_NAME_EN}'s (?:requests?|punch|make-up)\b.*",
        rf"(?:summary(?: of| for)?|attendance (?:of|for)) {_NAME_EN}{_PERIOD_EN}",
        rf"(?:how )?(?:is|was|has|did) {_NAME_EN} (?:already )?{_DOES_EN}{_PERIOD_EN}",
        rf"(?:please )?(?:lock|re-?open|unlock|approve) {_NAME_EN}(?:'s)?(?: .*)?",
        rf"(?:.* )?@?(?P<name>{_LATIN})'s "
        r"(?:attendance|summary|day|hours|week|month|punch(?:es)?|record|request|make-?up)s?\b.*",
    )
]
SOMEBODY = word_pattern(
    rf"[他她]们?|同事|别人|\b(?:him|her|them)\b|(?<=[帮替给]) ?{_NAME} ?(?=(?:[上下]班)?[打签刷])"
)
OTHER_OBJECT = [  # of the verb of a punch
    word_pattern(pattern)
    for pattern in (
        rf".*\b(?:clock|punch|check|sign|log) (?P<name>{_LATIN}(?: {_LATIN})?) (?:in|out)\b.*",
        rf".*\b(?:clock|punch|check|sign|log) (?:in|out) (?:for|on behalf of) "
        rf"(?:my (?=colleague|friend|teammate|coworker|wife|husband))?(?P<name>{_LATIN}).*",
        ".*[帮替代给](?P<name>我(?:[和跟]|的?(?:同事|朋友|领导))[^,]{0,4}?"
        "|(?![一个忙班岗你您自本现今上下外])[^我,]{1,4}?) ?(?:打[^,]{0,3}卡|刷卡|签[到退]).*",
    )
]


def name_in(folded: str, patterns: Sequence[re.Pattern[str]]) -> str | None:
    """Return the name in a folded text without known names, by the first of these patterns."""
    matches = (pattern.fullmatch(folded) for pattern in patterns)
    names = (match["name"] for match in matches if match is not None)
    return next((name for name in names if phrases("noname").isdisjoint(name.split())), None)
