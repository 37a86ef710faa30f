"""Questions known by the whole of their wording: of somebody's lateness, of leave, for a next page. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from bot.understanding.normalise import has_han

_DAYS = r"(?P<days>(?:on )?(?:today|yesterday|(?:this|last) (?:week|month)|(?:mon|tues|wednes|thurs|fri)day))"
_NOBODY = "i|we|you|he|she|it|they|that|this|there|everybody|everyone|nobody|somebody|the|a|an|my|our|your"
_NAME = rf"(?P<name>(?!(?:{_NOBODY})\b)[^,;?!]{{1,40}}?)"
_ZH_DAYS = r"(?P<days>今天|昨天|前天|(?:这|本|上)(?:个)?(?:周|星期|月))"
_ZH_NAME = (
    r"(?P<name>(?!我|你|您|他|她|咱|谁|大家|又|老是|总|会|算|今|昨|前天|这|那|本|上)[^，,；;？?！!。]{2,20}?)"
)
_WHY = (
    re.compile(
        rf"why\s+(?:is|was|did)\s+{_NAME}\s+(?:counted\s+as\s+|marked\s+|come\s+)?late(?:\s+{_DAYS})?\s*[?.!]*",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:为什么|为啥|为何|怎么)\s*{_ZH_NAME}\s*{_ZH_DAYS}?\s*(?:又|算|是|会)?(?:迟到|算迟到)了?[？?。!！]*"
    ),
    re.compile(
        rf"{_ZH_NAME}\s*{_ZH_DAYS}?\s*(?:为什么|为啥|为何|怎么)(?:又|算|是|会)?(?:迟到|算迟到)了?[？?。!！]*"
    ),
)
_HOW_LATE = r"(?:一共|总共|累计)?\s*(?:迟到|晚到)了?(?:一共|总共)?(?:多少|几)(?:分钟|个?小时)[？?。呢啊]*"
_LATE = (
    re.compile(
        r"how\s+(?:late|often|many\s+times|many\s+minutes(?:\s+late)?)\s+(?:was|is|has)"
        rf"\s+{_NAME}(?:\s+been)?(?:\s+late)?(?:\s+in\s+total)?\s+{_DAYS}\s*[?.!]*",
        re.IGNORECASE,
    ),
    re.compile(rf"{_ZH_NAME}\s*{_ZH_DAYS}?\s*{_HOW_LATE}"),
    re.compile(rf"{_ZH_DAYS}\s*{_ZH_NAME}\s*{_HOW_LATE}"),
)
_IN = r"(?:in|here|at\s+work|there)(?:\s+yet)?"
_NOT_IN = (
    re.compile(rf"why\s+is\s+{_NAME}\s+not\s+{_IN}(?:\s+{_DAYS})?\s*[?.!]*", re.IGNORECASE),
    re.compile(rf"why\s+isn['’]?t\s+{_NAME}\s+{_IN}(?:\s+{_DAYS})?\s*[?.!]*", re.IGNORECASE),
    re.compile(rf"(?:为什么|为啥|为何|怎么)\s*{_ZH_NAME}\s*{_ZH_DAYS}?\s*(?:还|也)?(?:没来|没到|不在)[？?。!！]*"),
    re.compile(rf"{_ZH_NAME}\s*{_ZH_DAYS}?\s*(?:为什么|为啥|为何|怎么)(?:还|也)?(?:没来|没到|不在)[？?。!！]*"),
)
_LEAVE = re.compile(
    r"""(?:请问|我想问|想问)?(?:我)?(?:应该)?(?:怎么|如何|怎样|在哪里?|去哪里?|哪里)(?:才能|可以|能)?(?:申请|提交|请)(?:年|病|事|调休)?假[？?。呢啊]*
    |请假(?:在哪里?|去哪里?|怎么|如何)(?:申请|提交|弄|办|请)?[？?。呢啊]*
    |(?:how|where)\s+(?:do|can|should)\s+(?:i|we)\s+(?:request|apply\s+for|take|ask\s+for|file|book)\s+(?:a\s+|my\s+|for\s+)?
     (?:leave|time\s+off|(?:a\s+)?day\s+off|vacation|sick\s+leave|annual\s+leave)\s*[?.!]*""",
    re.VERBOSE,
)
_REQUESTS = re.compile(
    r"""(?:查看|看看?|查一?下|列出)?(?:我的|我有哪些|待我?审批的|待审的|待处理的|未处理的|还没批的|没批的)(?:全部|所有)?
      补卡(?:申请|请求)?(?:列表|有哪些|进度)?
      (?:\s*第(?P<zh_page>\d{1,3})页)?[？?。！!]*
    |补卡申请(?:列表|进度)(?:\s*第(?P<zh_page2>\d{1,3})页)?
    |(?:show\s+|list\s+|what\s+are\s+)?(?:me\s+)?(?:my\s+|all\s+|the\s+)?(?:open|pending)\s+
      (?:make-?\s?up\s+)?(?:requests|corrections)(?:\s+page\s+(?P<page>\d{1,3}))?[?.!]*
    |(?:show\s+|list\s+)?my\s+(?:make-?\s?up\s+(?:punch\s+)?requests|correction\s+requests|corrections|requests)
      (?:\s+page\s+(?P<page2>\d{1,3}))?[?.!]*""",
    re.VERBOSE,
)
_PAGE = re.compile(
    r"(?:the\s+)?next\s+page(?:\s+please)?[.!?]*|(?:看|翻到?|到)?下一?页[吧。！!]*|(?:请)?翻页[。！!]*"
)


class AskedOf(NamedTuple):
    """A question about somebody else: `why` or how `late`, or why not `in`; `whose` is the name with the days."""

    what: Literal["why", "late", "in"]
    whose: str


def asked_of_somebody(text: str) -> AskedOf | None:
    """Return the question about somebody's lateness or absence that is all a message says, else None."""
    said = text.strip()
    asked: Mapping[Literal["why", "late", "in"], Sequence[re.Pattern[str]]]
    asked = {"why": _WHY, "late": _LATE, "in": _NOT_IN}
    for what, patterns in asked.items():
        found = next(filter(None, (pattern.fullmatch(said) for pattern in patterns)), None)
        if found is not None:
            days = found["days"] or ("今天" if has_han(said) else "today")
            return AskedOf(what, f"{found['name']} {days}")
    return None


def asks_how_to_take_leave(text: str) -> bool:
    """Tell whether a message asks how or where leave is requested, and nothing else."""
    return _LEAVE.fullmatch(text.strip().lower()) is not None


def asks_for_next_page(text: str) -> bool:
    """Tell whether a message asks for a next page, and not of what."""
    return _PAGE.fullmatch(text.strip().lower()) is not None


def page_of_requests(text: str) -> int | None:
    """Return which page of the open make-up requests a message asks for, None for any other message."""
    found = _REQUESTS.fullmatch(text.strip().lower())
    if found is None:
        return None
    return max(1, int(next(filter(None, found.groups()), "1")))
