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

_CALLED_OFF = re.compile(
    r"(?:^|[,，。.;；!！?？ ])(?:"
    r"(?:还是|那|就)?(?:不用|不必|不想|不要|别|不)补(?:卡)?(?:了)?|(?:还是)?算了(?:吧)?|不用了|当我没说|"
    r"(?:我)?(?:开玩笑|逗你|说着玩)(?:的)?(?:啦|了)?|"
    r"never ?mind|nvm|(?:i'?m |i am )?(?:just )?(?:kidding|joking)|jk|forget (?:it|about it)|"
    r"no need|ignore (?:this|that)"
    r")[.!。！~ ]*$"
)
_MY = r"(?:(?:我的|我|这个|那个)?(?:的)?(?:补卡|补签)?(?:的)?(?:申请|请求)?)"
_MY_EN = r"(?:(?: my| the)?(?: make-?up)?(?: punch)?(?: request| correction)?)"
_REFERENCE = r"c-[0-9a-z]{6}"
_BACK = r"(?:撤回|撤销|撤消|取消|收回)(?:掉|一下|下)?"
_WITHDRAWS = re.compile(
    rf"(?:请|麻烦|帮我|我要|我想|帮忙|把)*{_BACK}{_MY} ?{_REFERENCE} ?(?:{_MY})(?:了|吧|谢谢|[.!。！,， ])*"
    rf"|(?:请|麻烦|帮我|我要|我想)*(?:把)?{_MY} ?{_REFERENCE} ?{_BACK}(?:了|吧|谢谢|[.!。！,， ])*"
    rf"|(?:please |i want to |i'd like to )?(?:withdraw|take back|cancel|revoke|retract|undo){_MY_EN} {_REFERENCE}"
    r"(?: please|[.!, ])*"
)


def withdraws(folded: str) -> bool:
    """Tell whether a folded text takes back the request that it names, and says nothing else: 撤回 C-7F3K2M."""
    return _WITHDRAWS.fullmatch(" ".join(folded.split())) is not None


def calls_off(folded: str) -> bool:
    """Tell whether a folded text ends by taking back what it asks for: "..., just kidding", …，不用补了."""
    return _CALLED_OFF.search(" ".join(folded.split())) is not None


def takes_back(text: str) -> bool:
    """Tell whether a message takes back what was said before it, and says nothing else."""
    return _SAYS.fullmatch(" ".join(normalise(text).folded.split())) is not None
