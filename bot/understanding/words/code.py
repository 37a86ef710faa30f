"""Commands as they are written in programs, which are spoken of and not said."""

import re

_NOTHING: frozenset[str] = frozenset()
_CODE_SIGN = frozenset({"code_sign"})
_VERBS = "(?:clock|punch|check|sign)"
_CODE = re.compile(
    rf"""[a-z)\]](?:\.|::|->){_VERBS}(?:[_-]?(?:me_)?(?:in|out))(?![a-z])   # bot.clock_in
    |[a-z0-9]_{_VERBS}_(?:in|out) | {_VERBS}_(?:in|out)_[a-z0-9]       # do_clock_in
    |{_VERBS}_(?:in|out)\s*;                                           # clock_in;
    |(?<![^\s(])(?:\.{{1,2}}/|--){_VERBS}                               # ./clock_out, --clock-in""",
    re.VERBOSE,
)
_SIGN = re.compile(r"[._:>/-][a-z0-9]")  # all of those have one


def code_signs(text: str) -> frozenset[str]:
    """Return the kind `code_sign` for a text (as written) in which a command is spelled as in a program.

    A bare `clock_in`, `clock.in` or `/clock_in` is not: so people type, and so other bots are told.
    """
    lowered = text.lower()
    return _CODE_SIGN if _SIGN.search(lowered) and _CODE.search(lowered) else _NOTHING
