"""The stored data about a person, and who sees the days of whom."""

from collections.abc import Iterable, Mapping, Sequence

from bot.actions import MyData, WhoSeesMe
from bot.chat.context import Answer, Context, answers
from bot.storage.privacy import CARD_DAYS, TOLD_DAYS
from bot.views.sentences import acting, escape, list_names, reply_with_title

_ROWS = {  # by topic
    "punches": "privacy.of_punches",
    "corrections": "privacy.of_corrections",
    "decisions": "privacy.of_decisions",
    "excuses": "privacy.of_excuses",
    "excused": "privacy.of_excused",
    "stand_ins": "privacy.of_stand_ins",
    "months": "privacy.of_months",
    "month_decisions": "privacy.of_month_decisions",
    "positions": "privacy.of_positions",
    "told": "privacy.of_told",
    "messages": "privacy.of_messages",
    "buttons": "privacy.of_buttons",
    "tokens": "privacy.of_tokens",
    "cards": "privacy.of_cards",
    "plans": "privacy.of_plans",
    "memberships": "privacy.of_memberships",
    "absences": "privacy.of_absences",
    "native_punches": "privacy.of_native_punches",
}
_LANGUAGES = {"zh": "privacy.language_zh", "en": "privacy.language_en"}
_TARGETS = {
    "signed": "privacy.target_signed",
    "record_upload": "privacy.target_record_upload",
    "approve_check": "privacy.target_approve_check",
}
_READINGS = ("stand_ins", "plans", "memberships", "absences", "native_punches")


@answers(MyData)
async def my_data(ctx: Context, action: MyData) -> Answer:
    """List the stored data about the sender, their retention, and the people who see them."""
    is_known = await ctx.services.visibility.is_role_known(ctx.user_id)
    held = await ctx.services.store.privacy.count_rows(ctx.user_id, asked_by=ctx.message.message_id)
    seen = _viewers(ctx) if is_known else [ctx.texts("team.not_read")]
    lines = [
        *_points(await _lines_about_person(ctx)),
        *lines_of_rows(ctx, held),
        ctx.texts("privacy.seen"),
    ]
    lines += _points([*seen, ctx.texts("sees.not_shown"), _targets(ctx)])
    return reply_with_title(ctx.texts("privacy.title"), [*lines, ctx.texts("privacy.rights")])


@answers(WhoSeesMe)
async def who_may_see(ctx: Context, action: WhoSeesMe) -> Answer:
    """Explain who sees the sender's days, and which people the sender sees."""
    texts = ctx.texts
    if not await ctx.services.visibility.is_role_known(ctx.user_id):
        return ctx.sentence("team.not_read")
    known = ctx.services.visibility.who_sees(ctx.user_id)
    lines = [texts("sees.you"), *_viewers(ctx)]
    if known.all:
        lines.append(texts("sees.you_all", people=known.people))
    elif known.departments:
        names = list_names(list(known.departments.values()), texts)
        lines.append(texts("sees.you_lead", people=known.people, names=names))
    else:
        lines.append(texts("sees.you_nobody"))
    lines += [texts("sees.precedence"), texts("sees.not_shown")]
    return reply_with_title(texts("sees.title"), lines)


async def _lines_about_person(ctx: Context) -> list[str]:
    """Return lines on the sender: name, departments, language and wishes."""
    who = ctx.who
    texts = ctx.texts
    wishes = await ctx.services.store.wishes.get(who.user_id)
    names = ctx.services.directory.view.department_names
    led = ctx.services.visibility.who_sees(who.user_id).departments  # that this person leads
    ids = texts(
        "privacy.ids" if who.union_id is not None else "privacy.id", user_id=escape(who.user_id)
    )
    lines = [
        texts("privacy.name", name=escape(who.name) or texts("privacy.none"), ids=ids),
        texts(
            "privacy.departments",
            names=_names(ctx, [names.get(number) or str(number) for number in who.department_ids]),
        ),
    ]
    if led:
        lines.append(texts("privacy.leads", names=_names(ctx, list(led.values()))))
    language = _LANGUAGES[wishes.language] if wishes.language else "privacy.no_language"
    lines.append(texts("privacy.language", language=texts(language)))
    lines.append(texts("privacy.wishes" if wishes.has_own_rules else "privacy.no_wishes"))
    if wishes.arrivals:
        lines.append(texts("privacy.arrivals"))
    if wishes.digest:
        lines.append(texts("privacy.digests"))
    if wishes.knows_positions:
        lines.append(texts("privacy.told_positions"))
    return lines


def lines_of_rows(ctx: Context, held: Mapping[str, int]) -> list[str]:
    """Return a line for each kind of stored rows, grouped by retention, and a line for all other
    kinds.
    """
    texts = ctx.texts
    # The topics that end, with their days of retention. Those without days end by use.
    days: dict[str, int | None] = {
        **dict.fromkeys(("messages", "buttons", "tokens")),
        "positions": ctx.services.settings.retention.coordinates_days,
        "told": TOLD_DAYS,
        "cards": CARD_DAYS,
        **dict.fromkeys(_READINGS, ctx.services.settings.retention.days),
    }

    def line(topic: str) -> str:
        kept = days.get(topic)
        counted = texts(_ROWS[topic], count=held[topic])
        return counted if kept is None else f"{counted} · {texts('privacy.for_days', days=kept)}"

    for_good = [line(topic) for topic in _ROWS if topic in held and topic not in days]
    for_a_time = [line(topic) for topic in days if topic in held]
    lines = [texts("privacy.for_good"), *_points([*for_good, texts("privacy.of_answered")])]
    lines += [texts("privacy.for_a_time"), *_points(for_a_time)] if for_a_time else []
    return [*lines, texts("privacy.empty")]


def _viewers(ctx: Context) -> list[str]:
    """Return a line for each kind of people who see the sender's days."""
    texts = ctx.texts
    known = ctx.services.visibility.who_sees(ctx.user_id)
    leads = [
        acting(
            lead.shown_name,
            (who.shown_name for who in known.stood_in_for.get(lead.user_id, ())),
            texts,
        )
        for lead in known.leads
    ]
    viewers = {
        "sees.leads": leads,
        "sees.hr": [who.shown_name for who in known.hr],
        "sees.admins": [who.shown_name for who in known.admins],
    }
    lines = [texts(key, names=list_names(names, texts)) for key, names in viewers.items() if names]
    return lines if leads else [texts("sees.no_leads"), *lines]


def _targets(ctx: Context) -> str:
    targets = (*ctx.services.dingtalk.targets, *ctx.services.dingtalk.make_up_targets)
    names = dict.fromkeys(ctx.texts(_TARGETS[target.name]) for target in targets)
    return ctx.texts("privacy.targets", names=ctx.texts("nudge.separator").join(names))


def _points(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _names(ctx: Context, names: Sequence[str]) -> str:
    return list_names(names, ctx.texts) or ctx.texts("privacy.none")
