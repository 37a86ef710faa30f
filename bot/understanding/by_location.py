"""Whether somebody wants to punch with where they are ("clock in with my location"), or cannot. Pure."""

import re

_SLIPS = "locaton|locatin|loction|loaction|locaiton|locatoin|lcoation|locatiom|locatio|postion|positon|posiiton"
_WORDS = re.compile(
    rf"""
      [,;]?\s*\b(?:and\s+)?(?:with|using|use|by|via|through|from|share|sharing|send|sending)
      \s+(?:my\s+|the\s+)?(?:current\s+|live\s+|phone\s+|phone's\s+)?(?:location|gps|position|{_SLIPS})(?:\s+service)?\b(?:\s+and\b)?
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


_FIX = r"(?:定位|位置|gps|location|position)"
_FAILS = re.compile(
    rf"""{_FIX}(?:信息|服务|功能)?(?:一直|总是|老是|总|也|又|都)?
      (?:不准确?|不对|不行|有误|错了?|错误|出错|有问题|偏了?|偏移|漂移?了?|飘了?|不到|失败|异常|打不开|用不了|没反应)
    |{_FIX}(?:\s+service)?(?:\s+(?:is|was|seems|looks|keeps\s+being)|'s)\s+(?:all\s+|way\s+|so\s+|always\s+|totally\s+)?
      (?:wrong|off|inaccurate|not\s+accurate|incorrect|not\s+working|broken|drifting|jumping)
    |{_FIX}\s+(?:is\s+not|isn't|won't|doesn't|does\s+not|not)\s+(?:work|working|accurate|right|found)
    |(?:wrong|inaccurate|no|bad)\s+(?:gps\s+)?{_FIX}(?:\s+fix)?""",
    re.VERBOSE | re.IGNORECASE,
)
_CANNOT = re.compile(
    r"""(?:打|签|刷)不(?:了|上|成)(?:卡|到)?|(?:无法|不能|没法|没办法|不让我?)(?:上班|下班)?(?:打卡|签到|签退|刷卡)|打卡打不(?:了|上)|打卡失败
    |(?:can't|cannot|can\s+not|can’t|unable\s+to|not\s+able\s+to|couldn't|won't\s+let\s+me)\s+(?:even\s+)?
      (?:clock|punch|check|sign)(?:\s+me)?\s+(?:in|out)""",
    re.VERBOSE | re.IGNORECASE,
)


def lacks_position(text: str) -> bool:
    """Tell whether somebody says that they cannot punch since their position is wrong: 定位不准打不了卡."""
    return _FAILS.search(text) is not None and _CANNOT.search(text) is not None
