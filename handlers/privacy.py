"""The stored data about a person. Only that person reads it."""

from collections.abc import Iterable, Mapping, Sequence

from bot.actions import MyData
from bot.chat.context import Answer, Context, answers
from bot.storage.privacy import CARD_DAYS, TOLD_DAYS, Held
from bot.views.sentences import escape, list_names, reply_with_title

MOST_NAMES = 30
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
    lines = [
        *_points(await _lines_about_person(ctx)),
        *lines_of_rows(ctx, held),
        ctx.texts("privacy.seen"),
    ]
    lines += [*_points(_lines_of_viewers(ctx, is_known=is_known)), ctx.texts("privacy.rights")]
    return reply_with_title(ctx.texts("privacy.title"), lines)


async def _lines_about_person(ctx: Context) -> list[str]:
    """Return lines on the sender: name, departments, language and wishes."""
    who = ctx.who
    texts = ctx.texts
    directory = ctx.services.directory
    wishes = await ctx.services.store.wishes.get(who.user_id)
    names = directory.view.department_names
    led = ctx.services.visibility.who_sees(who.user_id).departments  # that this person leads
    ids = texts(
        "privacy.ids" if who.union_id is not None else "privacy.id", user_id=escape(who.user_id)
    )
    language = _LANGUAGES[wishes.language] if wishes.language else "privacy.no_language"
    lines = [
        texts("privacy.name", name=escape(who.name) or texts("privacy.none"), ids=ids),
        texts(
            "privacy.departments",
            names=_names(ctx, [names.get(number) or str(number) for number in who.department_ids]),
        ),
    ]
    if led:
        lines.append(texts("privacy.leads", names=_names(ctx, list(led.values()))))
    lines.append(texts("privacy.language", language=texts(language)))
    lines.append(texts("privacy.wishes" if wishes.has_own_rules else "privacy.no_wishes"))
    if wishes.arrivals:
        lines.append(texts("privacy.arrivals"))
    if wishes.digest:
        lines.append(texts("privacy.digests"))
    return [*lines, texts("privacy.told_positions")] if wishes.knows_positions else lines


def lines_of_rows(ctx: Context, held: Mapping[str, Held]) -> list[str]:
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
        rows = held[topic]
        kept = days.get(topic)
        counted = texts(_ROWS[topic], count=rows.count)
        if rows.first:
            days_held = "–".join(dict.fromkeys((rows.first, rows.last)))
            counted += texts("privacy.from_to", days=days_held)
        return counted if kept is None else f"{counted} · {texts('privacy.for_days', days=kept)}"

    for_good = [line(topic) for topic in _ROWS if topic in held and topic not in days]
    for_a_time = [line(topic) for topic in days if topic in held]
    lines = [texts("privacy.for_good"), *_points([*for_good, texts("privacy.of_answered")])]
    lines += [texts("privacy.for_a_time"), *_points(for_a_time)] if for_a_time else []
    return [*lines, texts("privacy.empty")]


def _lines_of_viewers(ctx: Context, *, is_known: bool) -> list[str]:
    """Return the people who see the person's days, without leads while these are uncertain."""
    texts = ctx.texts
    services = ctx.services
    viewers = texts("privacy.viewers_unknown")
    if is_known:
        leads = services.visibility.who_sees(ctx.user_id).leads
        viewers = texts(
            "privacy.viewers",
            names=_names(ctx, sorted(lead.shown_name for lead in leads)),
        )
    roles = services.settings.roles

    def names_of(user_ids: Iterable[str]) -> str:
        return _names(ctx, sorted(map(services.directory.name_of, set(user_ids))))

    targets = (*services.dingtalk.targets, *services.dingtalk.make_up_targets)
    names = texts("nudge.separator").join(
        dict.fromkeys(texts(_TARGETS[target.name]) for target in targets)
    )
    return [
        viewers,
        *([texts("privacy.hr", names=names_of(roles.hr))] if roles.hr else []),
        texts("privacy.admins", names=names_of(roles.admins)),
        texts("privacy.targets", names=names),
    ]


def _points(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _names(ctx: Context, names: Sequence[str]) -> str:
    return list_names(names, ctx.texts, most=MOST_NAMES) or ctx.texts("privacy.none")
