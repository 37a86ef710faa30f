"""What the bot asks when it is in doubt, with one-tap answers."""

from dataclasses import replace
from datetime import date, datetime

from bot.domain.punches import AskAgain, AskConfirm
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.receipts import check_type, clock_in_button, clock_out_button
from bot.views.reply import Button, Reply

SAYS = {
    CheckType.ON_DUTY: "button.clock_in_says",
    CheckType.OFF_DUTY: "button.clock_out_says",
    None: "button.punch_says",
}

_LABEL = 24  # characters of a tap that says what somebody wrote
_SAYS_NOW = {
    CheckType.ON_DUTY: "ask.says_in_now",
    CheckType.OFF_DUTY: "ask.says_out_now",
}  # a plain "clock in" may answer the question


def direction(texts: Texts, place: str = "") -> Reply:
    """Ask whether a bare 打卡 is coming or going; `place` is the site or position that was said with it."""
    text = texts("ask.direction")
    return Reply(text, text, punch_buttons(None, texts, place))


def if_now(wanted: CheckType, texts: Texts, place: str = "") -> Reply:
    """Ask whether a punch whose direction was said is one of now, or was said of another time or in passing."""
    text = texts("ask.if_now_out" if wanted is CheckType.OFF_DUTY else "ask.if_now_in")
    return Reply(text[:40], text, punch_buttons(wanted, texts, place))


def arrived(wanted: CheckType | None, texts: Texts, place: str) -> Reply:
    """Ask somebody who tells of the traffic beside a punch whether they are there; `place` as for `direction`."""
    text = texts("ask.leaving" if wanted is CheckType.OFF_DUTY else "ask.arrived")
    label = texts("button.clock_out" if wanted is CheckType.OFF_DUTY else "ask.arrived_yes")
    return Reply(text[:40], text, (Button(label, f"{texts(SAYS[wanted])} {place}".rstrip()),))


def confirm_voice(question: AskConfirm, heard: str, place: str, texts: Texts) -> Reply:
    """Ask whether a voice message was understood, with the place that was `heard`; `place` as for `direction`."""
    what = ", ".join(part for part in (check_type(question.direction, texts), escape(heard)) if part)
    text = texts("ask.voice", what=what)
    return Reply(text, text, punch_buttons(question.direction, texts, place))


def still_meant(question: AskConfirm, at: datetime, place: str, texts: Texts) -> Reply:
    """Ask whether a punch of `at` is wanted that came after it was taken back; `place` as for `direction`."""
    text = texts("ask.still_meant", at=texts.clock(at), what=check_type(question.direction, texts))
    return Reply(text, text, punch_buttons(question.direction, texts, place))


def again(question: AskAgain, texts: Texts) -> Reply:
    """Ask whether somebody still wants a punch from a message that came too late, or from the future."""
    text = texts("ask.again", at=texts.day_and_clock(question.sent_at))
    return Reply(text, text, punch_buttons(question.direction, texts))


def days(first: date, last: date, texts: Texts) -> Reply:
    """Ask what is wanted of days that were named without another word: one's own punches, or one's people's."""
    named = first.isoformat() if first == last else texts("ask.from_to", first=first, last=last)
    text = texts("ask.days", days=named)
    taps = tuple(
        Button(texts(f"ask.days_{of}"), texts(f"ask.days_{of}_says", days=named)) for of in ("own", "team")
    )
    return Reply(text, text, taps)


def day_off(texts: Texts) -> Reply:
    """Offer whoever says that they do not work today to hear no reminders today; nothing is changed yet."""
    text = texts("ask.day_off")
    return Reply(text, text, (Button(texts("ask.day_off_quiet"), texts("ask.day_off_says")),))


def counting_for(question: Reply, at: datetime, until: datetime, texts: Texts) -> Reply:
    """Return a question that was asked late with the time for which an answer before `until` counts, `at`."""
    said = texts.clock(at) if texts.on_same_day(at, until) else texts.day_and_clock(at)
    rules = texts("ask.counts_for", until=texts.clock(until), at=said)
    return replace(question, text=f"{question.text}\n\n{rules}")


def now_or_then(wanted: CheckType, place: str, others: tuple[Button, ...], texts: Texts) -> Reply:
    """Ask whether a punch of now is meant, at `place` (as for `direction`), or one of `others`."""
    text, says = texts("ask.now_or_then"), texts(_SAYS_NOW[wanted])
    now = Button(texts("ask.now_or_then_now", what=check_type(wanted, texts)), f"{says} {place}".rstrip())
    return Reply(text[:40], text, (now, *others))


def one_of_two(wanted: CheckType | None, rest: str, texts: Texts, place: str) -> Reply:
    """Ask which is meant, a punch, at `place`, or what else was said in the same message; nothing was done."""
    text = texts("ask.one_of_two")
    return Reply(text[:40], text, (*punch_buttons(wanted, texts, place), Button(rest[:_LABEL], rest)))


def also(answer: Reply, wanted: CheckType | None, texts: Texts, place: str) -> Reply:
    """Return an answer that asks about the punch, at `place`, which stood beside the question; none was made."""
    buttons = (*punch_buttons(wanted, texts, place), *answer.buttons)
    return replace(answer, text=f"{answer.text}\n\n{texts('ask.also')}", buttons=buttons)


def punch_buttons(wanted: CheckType | None, texts: Texts, place: str = "") -> tuple[Button, ...]:
    """Return the one-tap answer that punches as was said, at `place`; without a direction one for each."""
    every = {CheckType.ON_DUTY: clock_in_button(texts), CheckType.OFF_DUTY: clock_out_button(texts)}
    taps = every.values() if wanted is None else (every[wanted],)
    return tuple(Button(tap.label, f"{tap.says} {place}".rstrip()) for tap in taps)


def said_place(site: str | None, fix: Fix | None) -> str:
    """Return how a tap says a site, or a position that was given with the punch; nothing for neither."""
    if fix is None:
        return f"@{site}" if site else ""
    accuracy = "" if fix.accuracy_m is None else f" ±{fix.accuracy_m:g}m"
    return f"{fix.latitude:.6f},{fix.longitude:.6f}{accuracy}"
