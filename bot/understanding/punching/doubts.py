"""What a message shows as a whole that keeps its words from being a punch: a claim, a record, a call to others."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from bot.understanding.punching.done_by_now import done_by_now
from bot.understanding.punching.lookalikes import lookalikes
from bot.understanding.punching.somebody_else import somebody_else
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.grammar import grammar
from bot.understanding.words.tokens import COMMANDS, PLACES, Token, kinds_of

_OF_WORK = COMMANDS | {"word_on", "word_off"}
_ON, _OFF = frozenset({"cmd_on", "word_on"}), frozenset({"cmd_off", "word_off"})
_GOING = frozenset({"say_off", "word_off", "cmd_wide_off"})
_ONES_OWN = _GOING | {"cmd_off", "for_me", "self", "say_on", "arrive"}
_WONDERING = frozenset({"how_to", "question"})
_FORBIDDEN = frozenset({"negation", "no_need", "other", "third", "person"})
_MOMENTS = frozenset({"time", "minutes", "number"})
_ANSWERING = frozenset({"self", "confirm"})  # who says 下班打 with one of these promises it
_LONGEST_JUDGEMENT = 4  # characters of 这么早了
_VERDICTS = words_of("verdict")
_MADE_BEFORE = words_of("made_before")
_VISITED, _SAYS_AT = words_of("visited"), words_of("says_at")
_RATES = words_of("rate_unit")
_AGREED = words_of("agreed")
_THEREUPON = words_of("thereupon")
_ALREADY = cue("already")
_CLAIMS = cue("claims")
_JUST_NOW = words_of("just_now")
_STANDS_IN = cue("stands_in")
_BY_MEANS = cue("by_means")
_HANDLING = cue("handling")
_LABELS = words_of("label")
_JOINS_LABELS = words_of("joins_labels")
_JUST_OPENED = cue("just_opened")
_GOES_THERE = cue("going_there")
_WENT_THERE = cue("went_there")
_HOME_AGAIN = cue("home_again")
_MEAL_OR_MEETING = cue("meal_or_meeting")
_CROWD = cue("crowd_called")
_TEAM = cue("team_called")
_BARE = words_of("bare_command")
_ALLOWS = cue("allowing")
_VERY = cue("very")
_WEARY = cue("weary")
_OF_ITS_HOUR = cue("of_its_hour")
_JUDGED = words_of("judged")
_ASKED_AFTER = words_of("asked_after")
_CARD = cue("card")
_CARD_MADE = cue("card_made")
_STATED = words_of("stated")
_PROMISES = words_of("promised")
_DAY_OFF = words_of("day_off")
_OPENS_DAY_OFF = cue("opens_a_day_off")
_ONESELF = words_of("oneself")
_APPOINTED = cue("appointed")
_LOOKS_AT = cue("looking_at")
_ONWARD = words_of("onward")
_STEP = cue("step")
_STEP_DONE = cue("step_done")
_GOT_THERE = words_of("got_there")
_OVER = cue("over_by_now")


def doubts(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> frozenset[str]:
    """Return the kinds that forbid a punch and that no word of a message has by itself; `present` are those."""
    kinds: set[str] = set()
    tokens = [token for clause in clauses for token in clause]
    commanded = not present.isdisjoint(COMMANDS)
    commanding = [clause for clause in clauses if not kinds_of(clause).isdisjoint(COMMANDS)] if commanded else []
    if any(_claims(clause) or _claims_elsewhere(clause) for clause in commanding if len(clause) > 1):
        just_now = any(token.words in _JUST_NOW for clause in commanding for token in clause)
        kinds.add("done_already" if just_now else "claimed")
    if "time" in present and any(
        "time" in one.kinds and other.words in _VERDICTS for one, other in pairwise(tokens)
    ):
        kinds.add("reported")  # 上班打卡 09:00 正常
    somewhere = not present.isdisjoint({"spot", "place"})
    if somewhere and any(token.has("spot", "place") and token.words.split()[-1] in _RATES for token in tokens):
        kinds.add("other_sense")  # "clocking in at 3 GHz"
    if len(clauses) > 1 and len(clauses[-1]) == 1 and clauses[-1][0].words in _AGREED:
        kinds.add("asked")  # "I clock in this morning, right"
    then = any(clause[-1].words in _THEREUPON for clause in commanding)
    if then and any(token.of(_MOMENTS) for token in tokens):
        kinds.add("future")  # "bus leaves at 6, clock me out then"
    if any(map(_allowed, commanding)):
        kinds.add("reported")
    if (somewhere and _visits(tokens)) or any(map(_after_a_step, commanding)):
        kinds.add("asked")
    if "greeting" in present and (any(map(_calls, clauses)) or _calls_team(clauses)):
        kinds.add("asked")
    if not present.isdisjoint(_GOING) and (_goes_on(clauses) or any(map(_looks_at, clauses))):
        kinds.add("asked")
    if _of_something_else(clauses, present):
        kinds.add("asked")
    both = not (present.isdisjoint(_ON) or present.isdisjoint(_OFF))
    labels = (both and _names_both(tokens)) or ("slash" in present and any(map(_is_label, clauses)))
    if labels and present.isdisjoint(_WONDERING):
        kinds.add("asked")
    if "day_part" in present and any(map(_plans, clauses)):
        kinds.add("future")
    of_others = somebody_else(clauses, present)
    return (
        frozenset(kinds or _made_already(clauses, present))
        | _spoken_of(clauses, present)
        | lookalikes(clauses, present)
        | of_others
    )


def _made_already(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> frozenset[str]:
    """Return that a punch is claimed to be made already, where nothing else forbids it."""
    made = present.isdisjoint(grammar().vetoing) and any(map(done_by_now, clauses))
    return frozenset({"claimed"}) if made else frozenset()


def _words_of(clause: Sequence[Token]) -> str:
    return " ".join([token.words for token in clause])


def _may_visit(clause: Sequence[Token]) -> bool:
    """Tell whether one says to be, and not to have come, where one may be a patient or a parent."""
    return any(one.words in _SAYS_AT and other.words in _VISITED for one, other in pairwise(clause))


def _spoken_of(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> frozenset[str]:
    """Return the kinds that forbid a punch that is spoken of (how it was, whether it is to come), not made."""
    kinds: set[str] = set()
    if "feeling" in present and any(map(_groans, clauses)):
        kinds.add("asked")
    if present.isdisjoint({"past", "past_day"}) and not present.isdisjoint(_OF_WORK):
        kinds |= {kind for kind in map(_judged, clauses) if kind is not None}
    if "struck" in present and present.isdisjoint(_ONES_OWN) and not present.isdisjoint(COMMANDS):
        kinds.add("asked")  # 八点了，打卡 may call others; 八点了，下班打卡 tells why one goes
    if "say_on" in present and any(_words_of(clause) in _MADE_BEFORE for clause in clauses):
        kinds.add("asked")
    if "arrive" in present and present.isdisjoint(COMMANDS) and any(map(_may_visit, clauses)):
        kinds.add("asked")
    directed = not (present.isdisjoint(_ON) and present.isdisjoint(_OFF))
    if (directed and any(map(_wonders, clauses))) or any(map(_rests, clauses)):
        kinds.add("asked")
    if not present.isdisjoint(_ANSWERING) and _promises(clauses):
        kinds.add("asked")
    return frozenset(kinds)


def _claims(clause: Sequence[Token]) -> bool:
    """Tell whether somebody says that it was done today: 今天打卡了, 早上打卡了."""
    before: list[Token] = []
    for token in clause:
        if token.of(COMMANDS):
            break
        before.append(token)
    said = "".join(token.words for token in clause)
    named = any(token.has("today", "day_part") or _ALREADY.ends(token.words) for token in before)
    named |= _CLAIMS.opens(said)
    if len(clause) > 1 and clause[-1].words in _ALREADY.words and clause[-2].of(COMMANDS):
        return True  # 打卡了已经
    return named and len(before) < len(clause) and _OVER.ends(said)


def _claims_elsewhere(clause: Sequence[Token]) -> bool:
    """Tell whether it is said that it was done just now, at a machine, by other means or by somebody else.

    刚才在闸机打卡了, 在门口下班打卡了, 刷卡了, 替我打卡了: to whom it is done already it is no command.
    """
    at = next(place for place, token in enumerate(clause) if token.of(COMMANDS))
    before, said = clause[:at], clause[: at + 1]
    ending = clause[at].words[-1]
    if ending not in _OVER.words and at + 1 < len(clause):
        ending = clause[at + 1].words
    if ending not in _OVER.words:
        return False
    if any(token.words in _JUST_NOW or _STANDS_IN.opens(token.words) for token in before):
        return True
    if ending in _STATED and any(token.has("for_me") for token in before):
        return not any(token.of(_FORBIDDEN) for token in before) and not _HANDLING.opens(clause[at].words)
    return any(_BY_MEANS.opens(token.words) for token in said)


def _visits(tokens: Sequence[Token]) -> bool:
    """Tell whether a shop that has just opened is what is visited: 打卡星巴克新店."""
    return any(
        one.has("cmd") and other.has("place", "spot") and _JUST_OPENED.ends(other.words.replace(" ", ""))
        for one, other in pairwise(tokens)
    )


def _goes_on(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether who leaves goes to a customer or to a meal, and may be at work still: 走了，去吃饭."""
    tokens = [token for clause in clauses for token in clause]
    kinds = kinds_of(tokens)
    leaves = not kinds.isdisjoint({"say_off", "word_off"}) and kinds.isdisjoint(COMMANDS)
    return leaves and any(map(_goes_to, clauses))


def _goes_to(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says that one goes to a customer, a meal or a meeting: 去见客户, 吃饭去了, 跑客户."""
    if any(token.has("fieldwork") for token in clause):
        return True
    toward = any(_GOES_THERE.opens(token.words) or _WENT_THERE.ends(token.words) for token in clause)
    said = "".join(token.words for token in clause)
    return toward and _MEAL_OR_MEETING.search(said) is not None and _HOME_AGAIN.search(said) is None


def _calls(clause: Sequence[Token]) -> bool:
    """Tell whether a greeting to many goes straight on into a bare command: "hey team clock in"."""
    return any(
        one.has("greeting") and _CROWD.ends(one.words) and other.words in _BARE for one, other in pairwise(clause)
    )


def _calls_team(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether a team is greeted before a bare command, which may be meant for it: "hi team, clock in"."""
    return any(
        one[-1].has("greeting") and _TEAM.ends(one[-1].words) and other[0].words in _BARE
        for one, other in pairwise(clauses)
    )


def _allowed(clause: Sequence[Token]) -> bool:
    """Tell whether somebody's leave to punch is told of, not yet used: 老板批准下班打卡."""
    allowing = next((index for index, token in enumerate(clause) if _ALLOWS.ends(token.words)), None)
    return allowing is not None and any(token.of(COMMANDS) for token in clause[allowing + 1 :])


def _groans(clause: Sequence[Token]) -> bool:
    """Tell whether how it feels is said of punching itself (打卡好累, 打卡累了), not of the day."""
    return any(
        one.of(COMMANDS)
        and other.has("feeling")
        and one.end == other.start
        and (_VERY.opens(other.words) or _WEARY.search(other.words) is not None)
        for one, other in pairwise(clause)
    )


def _judged(clause: Sequence[Token]) -> str | None:
    """Return what it makes of a clause to say of a punch how it was: 打卡迟到, 打卡早了.

    Of a mere day's work (上班好早) it is small talk.
    """
    for index, (one, other) in enumerate(pairwise(clause)):
        if one.end != other.start or not one.of(_OF_WORK):
            continue
        said = "".join(token.words for token in clause[index + 1 : index + 2 + _LONGEST_JUDGEMENT])
        judged = _OF_ITS_HOUR.opening(said)
        if (judged and len(said) <= judged + 1) or (one.of(COMMANDS) and other.words in _JUDGED):
            return "asked" if one.of(COMMANDS) else "other_sense"
    return None


def _wonders(clause: Sequence[Token]) -> bool:
    """Tell whether a card is asked after, not a punch made: 下班卡呢, 上班卡嘛; a bare 打卡呢 is one."""
    *before, last = clause
    if not before or not before[-1].has("cmd_on", "cmd_off", "word_on", "word_off"):
        return False
    if last.words in _ASKED_AFTER and before[-1].has("cmd_on", "cmd_off"):
        return True
    card = _CARD.ends(before[-1].words) and _CARD_MADE.search(before[-1].words) is None
    doubted = last.has("particle", "suggest") and last.words not in _STATED
    return card and doubted and not any(token.has("for_me", "request", "want") for token in before)


def _promises(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether 下班打, which alone is a punch, tells when one will: 好，我下班打."""
    if not any(token.words in _PROMISES for clause in clauses for token in clause):
        return False
    return any(token.of(_ANSWERING) for clause in clauses for token in clause)


def _rests(clause: Sequence[Token]) -> bool:
    """Tell whether one has the day off, beside whatever command: 今天休息，上班打卡."""
    return _OPENS_DAY_OFF.opens(clause[0].words) and "".join(token.words for token in clause) in _DAY_OFF


def _of_something_else(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> bool:
    """Tell whether a place is said of how it is there, or a time behind the command of something to come."""
    if "at_work" in present and present.isdisjoint(COMMANDS) and any(map(_tells_of_a_place, clauses)):
        return True
    # "clock me out, dinner at 6": before the command it is why, behind it maybe when
    last = clauses[-1] if "departs" in present and len(clauses) > 1 else ()
    return any(token.has("departs") and _APPOINTED.ends(token.words) for token in last)


def _names_both(tokens: Sequence[Token]) -> bool:
    """Tell whether a label names coming and going, and nobody says which: 上班/下班打卡, "clock in/out"."""
    for one, other, third in zip_longest(tokens, tokens[1:], tokens[2:]):
        if one.words not in _LABELS or other is None:
            continue
        joined = other.has("slash", "dash", "sign") or other.has("either_or") or other.words in _JOINS_LABELS
        second = third if joined else other
        if second is None or (second.words.isascii() and not other.has("slash")):
            continue  # "out in the rain", "in and out"
        if second.words in _LABELS or second.of(COMMANDS):
            return any(one.of(way) and second.of(back) for way, back in ((_ON, _OFF), (_OFF, _ON)))
    return False


def _is_label(clause: Sequence[Token]) -> bool:
    """Tell whether a command is only one of several things that a label names: 早退/下班打卡."""
    return any(
        one.words in _LABELS and slash.has("slash") and other.has("cmd_on", "cmd_off")
        for one, slash, other in zip(clause, clause[1:], clause[2:], strict=False)
    )


def _tells_of_a_place(clause: Sequence[Token]) -> bool:
    """Tell whether it is said how it is at work: "raining at the site", "power's out at the office"."""
    return any(
        one.has("feeling", "trouble", "ended") and other.has("at_work") and other.words.isascii()
        for one, other in pairwise(clause)
    )


def _plans(clause: Sequence[Token]) -> bool:
    """Tell whether one says what one does in a part of the day, not that it is done: 我晚上打卡, 我下午到公司."""
    if clause[0].words not in _ONESELF or len(clause) < 3 or _OVER.ends(clause[-1].words):
        return False
    return (
        clause[1].has("day_part")
        and not clause[1].has("greeting")
        and clause[2].of(COMMANDS | {"say_on", "say_off"})
    )


def _looks_at(clause: Sequence[Token]) -> bool:
    """Tell whether a place is looked at or gone to, not left: "check out Pudong office", "heading out to HQ"."""
    for one, other, third in zip_longest(clause, clause[1:], clause[2:]):
        if other is None:
            return False
        if one.has("cmd_wide_off") and _LOOKS_AT.opens(one.words) and other.of(PLACES):
            return True
        onward = one.has("say_off", "word_off") and one.words.isascii() and other.words in _ONWARD
        if onward and third is not None and third.of(PLACES):
            return True
    return False


def _after_a_step(clause: Sequence[Token]) -> bool:
    """Tell whether a command stands behind what is to be done first and is not said to be done: 开完会打卡."""
    for index, (one, other) in enumerate(pairwise(clause)):
        if not other.of(COMMANDS) or one.has("greeting", "polite"):
            continue
        if _STEP.ends(one.words) or (one.has("ended") and _STEP_DONE.search(one.words)):
            return not any(_OVER.ends(token.words) for token in clause[: index + 1])
        if one.has("work_place") and index and clause[index - 1].words in _GOT_THERE:
            return index == 1
    return False
