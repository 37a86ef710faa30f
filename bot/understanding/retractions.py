"""Words that take back what was said just before: "never mind", 点错了. They undo no punch that is out."""

import re

from bot.understanding.normalise import normalise

_NO = (
    r"(?:no+|nope|nah|oh no|oops|whoops|sorry|wait|hold on|"
    r"不|不是|不对|别|啊|哎呀?|等等|等一下|抱歉|对不起|不好意思)"
)
_EN = (
    r"(?:(?:please )?(?:cancel|stop|ignore|scrap|forget|disregard)(?: (?:it|that|this|the last one))?|never ?mind|"
    r"nvm|wrong(?: (?:one|button))?|not me|it wasn'?t me|(?:it was |that was )?(?:by|a) (?:mistake|accident)|"
    r"my (?:mistake|bad)|misclick(?:ed)?|mis-?tap(?:ped)?|(?:i )?did(?: ?n'?t| not) mean (?:it|that|to)|"
    r"(?:i )?(?:pressed|tapped|hit|clicked) (?:it )?by (?:mistake|accident)|(?:i'?m|i am) not there(?: yet)?)"
)
_ZH = (
    r"(?:请?取消(?:掉|吧|它|这个|刚才的)?|算了(?:吧)?|不用了|不要了|(?:刚才|我|刚)*(?:点|按|打|发|说|弄|搞)错了?|"
    r"(?:刚才|我)*(?:误触|误点|误操作|手滑|手误)了?|不算(?:数)?|作废|收回|撤回|不是我(?:打的|点的)?|(?:我)?还没到(?:呢)?)"
)
_SAYS = re.compile(rf"(?:{_NO}[,，. 。!！]*)*(?:{_NO}|{_EN}|{_ZH})(?: please|了|吧|啊|呀)?[.!。！~,，]*")


def takes_back(text: str) -> bool:
    """Tell whether a message takes back what was said before it, and says nothing else."""
    return _SAYS.fullmatch(" ".join(normalise(text).folded.split())) is not None
