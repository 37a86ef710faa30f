"""Whether somebody asks to punch with where they are: "clock in with my location", 用定位打卡. Pure."""

import re

_WORDS = re.compile(
    r"""
      [,;]?\s*\b(?:and\s+)?(?:with|using|use|by|via|through|from|share|sharing|send|sending)
      \s+(?:my\s+|the\s+)?(?:current\s+|live\s+|phone\s+|phone's\s+)?(?:location|gps|position)(?:\s+service)?\b(?:\s+and\b)?
    | [，,、；\s]*(?:请|帮我)?(?:用|使用|通过|利用|凭|开启|打开|开|带上|带|附上|发|发送|获取)
      (?:一下|上)?(?:我的|手机的?|当前的?|实时的?)*(?:定位|位置|gps)(?:信息|服务)?(?:来|去|再|并)?
    | (?<![一-鿿])(?:请|帮我)?定位(?=(?:上班|下班)?(?:打卡|签到|签退|打个卡))
    """,
    re.VERBOSE | re.IGNORECASE,
)


def without_location(text: str) -> str | None:
    """Return what else is said by a message that asks for its sender's location to be used, else None."""
    rest, times = _WORDS.subn(" ", text, count=1)
    return rest.strip(" ,，、;；") if times else None
