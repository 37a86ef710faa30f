"""A month of sixty people, played day by day: each door tells the figures of a plain calculation."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from bot.sandbox.world import DAY, NIGHT, SPLIT
from tests.a_month import GRACE, Story, at, came, sums
from tests.builders import SHANGHAI
from tests.changing_company import World
from tests.command_line import bot
from tests.company import ENGINEERING, members
from tests.reminders.stage import RemindingCompany, a_reminding_company
from tests.waiting import until, work_until_idle
from tests.web.visiting import a_visitor

FIRST = date(2026, 11, 1)
DATES = [FIRST + timedelta(days=offset) for offset in range(30)]
READ = [date(2026, 11, day) for day in (7, 14, 21, 26)]  # DingTalk is read at these noons
OUTAGE = READ[-1]  # from then on it shows no punches; its events go on
LEAD, HR, WANG, SUPPORT = "lead01", "user009", "user001", 102
MENDED = date(2026, 11, 24)  # a make-up punch at 08:55 replaces Wang's late clock-in
# By user id, when somebody left, joined, or moved from Engineering to Support.
LEFT = {
    "user002": (date(2026, 11, 12), "20:00"),
    "user012": (date(2026, 11, 14), "13:00"),
    "user008": (date(2026, 11, 20), "10:30"),  # without a punch on this day
}
JOINED = {"new01": (date(2026, 11, 15), "20:00"), "new02": (date(2026, 11, 18), "07:00")}
MOVED = {"user003": (date(2026, 11, 14), "14:00"), "user004": (date(2026, 11, 18), "20:30")}
CHANGED = LEFT | JOINED | MOVED
NAMES = {DAY.id: "day", SPLIT.id: "split", NIGHT.id: "night"}
PLANNED = [
    ("day", [["09:00", "18:00"]], [["12:00", "13:00"]]),
    ("split", [["08:30", "12:00"], ["13:30", "18:00"]], []),
    ("night", [["22:00", "06:00"]], [["23:45", "00:15"]]),
]
# The columns of the sheet of totals. The rate is none of sums().
SUMS = [
    *("due", "present", "absent", "unknown", "excused", "rate", "leave_days", "leave_minutes"),
    *("late", "serious_late", "late_minutes", "early", "early_minutes", "missed"),
    *("worked_minutes", "worked_unknown", "breaks_minutes"),
]
FIELDS = {
    **{f"days_{name}": name for name in ("due", "present", "absent", "unknown")},
    **{f"{name}_times": name for name in ("late", "early")},
    **{name: f"{name}_minutes" for name in ("late", "early", "breaks", "leave", "worked")},
    **{"days_away": "leave_days", "missed": "missed", "worked_unknown": "worked_unknown"},
}
Month = dict[str, list[Story]]


def a_story(chance: random.Random, who: str, day: date, shift: str) -> Story:
    """Return a day: worked, on leave, on leave until 13:00, or away without leave."""
    if day.weekday() > 4:
        return Story(day, shift, "off")
    kind = chance.choices(["worked", "leave", "morning"], [90, 5, 5])[0]
    left_on = LEFT.get(who, (OUTAGE, ""))[0]
    if day >= OUTAGE or day > max((read for read in READ if read <= left_on), default=FIRST):
        kind = "leave" if kind == "leave" else "unread"  # nobody reads the punches of a leaver
    if (who, day) == (WANG, MENDED):
        return Story(day, shift, "worked", ((535, 1105),))
    if (who, day) == ("user008", left_on):
        return Story(day, shift, "unread", ((None, None),))
    if kind == "leave" or (kind == "morning" and shift != "day"):
        return Story(day, shift, "leave")
    away = chance.random() < 0.05
    sections = Story(day, shift, kind).sections
    punches = tuple(
        (
            None if away or chance.random() < 0.05 else begins + chance.randrange(-38, 28),
            None if away or chance.random() < 0.05 else ends + chance.randrange(-28, 38),
        )
        for begins, ends in sections
    )
    return Story(day, shift, kind, punches)


def a_month(world: World, seed: int) -> Month:
    """Return the days that count of each person."""
    chance = random.Random(seed)
    shifts = {person.user_id: NAMES[person.shift.id] for person in world}
    month: Month = {}
    for who, shift in (shifts | dict.fromkeys(JOINED, "day")).items():
        begins, ends = JOINED.get(who, (FIRST, ""))[0], LEFT.get(who, (date.max, ""))[0]
        stories = [a_story(chance, who, day, shift) for day in DATES if begins <= day <= ends]
        month[who] = [story for story in stories if story.day < ends or came(story)]
    return month


def moment(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI)


async def play(company: RemindingCompany, month: Month) -> None:
    """Live through the month: punches, leave and changes in their order, and a read each week."""
    sandbox, directory = company.sandbox, company.app.directory
    steps: list[tuple[datetime, str, str, Any]] = []
    steps += [(moment(*change), "change", who, None) for who, change in CHANGED.items()]
    steps += [(moment(day, "12:00"), "read", HR, day) for day in READ]
    steps += [(moment(day, "08:00"), "plans", "", None) for day in DATES]
    for who, stories in month.items():
        for story in stories:
            if (who, story.day) == (WANG, MENDED):
                steps.append((at(story.day, 560), "mend", WANG, None))
                continue
            if story.kind in ("leave", "morning"):
                first = 1200 if story.shift == "night" else 480
                last = 780 if story.kind == "morning" else first + 720
                steps.append((at(story.day, 450), "leave", who, (story.day, first, last)))
            for minutes in (minutes for pair in story.punches for minutes in pair):
                if minutes is not None:
                    steps.append((at(story.day, minutes), "punch", who, None))
    for now, step, who, more in sorted(steps, key=lambda step: step[:3]):
        if step == "punch":
            sandbox.clock.move_to(now)
            sandbox.native_punch(who, now)
            continue
        await company.events_heard()
        sandbox.clock.move_to(now)
        if step == "leave":
            day, first, last = more
            sandbox.absences.add(who, at(day, first), at(day, last))
        elif step == "plans":
            await company.app.rosters.catch_up()
            await company.app.reads.read_if_due()
        elif step == "mend":
            await company.ask(WANG, "打卡")
            sandbox.clock.move_to(at(MENDED, 1105))
            await company.ask(WANG, "下班打卡")
            await company.change(WANG, "早上忘打上班卡了，8点55到的，原因：手机没电")
            await work_until_idle(company.app.outbox)
            (approve,) = (label for label in company.buttons(LEAD) if label.startswith("批准"))
            await company.press(LEAD, approve)
            await company.press(LEAD, company.buttons(LEAD)[0])
            await work_until_idle(company.app.outbox)
        elif step == "read":
            await company.ask(HR, "本周全公司考勤")
            if more == OUTAGE:
                await sandbox.fault("http_500", {"apis": ["listRecord"]})
        elif who in MOVED:
            sandbox.world.move(who, SUPPORT)
            await until(lambda who=who: _departments(directory, who) == (SUPPORT,))
        else:
            (sandbox.world.leave if who in LEFT else sandbox.world.join)(who)
            await until(lambda who=who: (directory.employee(who) is None) is (who in LEFT))
    await company.events_heard()
    sandbox.clock.move_to(moment(date(2026, 12, 1), "12:00"))


def _departments(directory: Any, who: str) -> object:
    employee = directory.employee(who)
    return employee and not directory.is_doubted(who) and employee.department_ids


def in_words(total: Counter[str]) -> str:
    """Return totals as chat and page say them."""

    def hours(minutes: int) -> str:
        whole, rest = divmod(minutes, 60)
        parts = (f"{whole} 小时" if whole else "", f"{rest} 分钟" if rest else "")
        return " ".join(filter(None, parts)) or "0 分钟"

    known = total["present"] + total["absent"]
    worked = hours(total["worked_minutes"])
    parts = [
        f"出勤 {total['present']}/{total['due']} 天",
        f"出勤率 {total['present'] / known:.1%}",
        f"迟到 {total['late']} 次 {hours(total['late_minutes'])}" if total["late"] else "",
        f"早退 {total['early']} 次 {hours(total['early_minutes'])}" if total["early"] else "",
        f"缺勤 {total['absent']} 天" if total["absent"] else "",
        f"缺卡 {total['missed']} 次" if total["missed"] else "",
        f"不在岗（请假/出差/外出）{total['leave_days']} 天" if total["leave_days"] else "",
        f"查不到 {total['unknown']} 天（不算缺勤）" if total["unknown"] else "",
        f"至少 {worked}（{total['worked_unknown']} 天未知）" if total["worked_unknown"] else worked,
    ]
    return " · ".join(filter(None, parts))


def cells(total: Counter[str], stories: Sequence[Story]) -> dict[str, int | None]:
    """Return the cells of a payroll row. Nothing unknown becomes 0."""
    unsure = any(
        story.kind == "unread" and None in [minutes for pair in story.punches for minutes in pair]
        for story in stories
    )
    row: dict[str, int | None] = {}
    for name, own in FIELDS.items():
        lacks = name == "worked" and total["worked_unknown"]
        is_unknown = lacks or (unsure and not name.startswith("days_"))
        row[name] = total[own] or (None if is_unknown else 0)
    return row | ({"breaks": None} if total["breaks_unknown"] else {})


async def payroll(folder: Path, schedule: object) -> dict[str, dict[str, int | None]]:
    config, out = folder / "config.yaml", folder / "out.jsonl"
    columns = [{name: name} for name in ("user_id", *FIELDS)]
    exports = {"payroll": {"format": "jsonl", "columns": columns}}
    raw = yaml.safe_load(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps({**raw, "schedule": schedule, "exports": exports}))
    named = ("--profile", "payroll", "--month", "2026-11", "--out", str(out))
    done = await bot("export", "--config", str(config), *named)
    assert done.returncode == 1 and "unknown days" in done.stderr, done
    rows = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    return {row.pop("user_id"): row for row in rows}


async def sheet(company: RemindingCompany) -> dict[str, dict[str, Any]]:
    before = len(company.sandbox.replies(HR))
    await company.ask(HR, "导出上个月全公司考勤")
    await company.sandbox.wait_for_reply(HR, after=before + 1)
    _, *rows = company.workbook()["汇总"].values
    return {str(row[0]): dict(zip(SUMS, row[-len(SUMS) :], strict=True)) for row in rows}


async def test_each_door_tells_the_same_month(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    world = World(60)
    for person in list(world):
        if person.shift.id not in NAMES:
            world.change(person.user_id, shift=DAY)
    month = a_month(world, seed=35)
    engineering = members(world, ENGINEERING) - {LEAD} | JOINED.keys()
    shifts = [
        {
            "name": name,
            "sections": sections,
            "breaks": breaks,
            "grace_minutes": GRACE,
            "people": {"users": [who for who in month if month[who][0].shift == name]},
        }
        for name, sections, breaks in PLANNED
    ]
    schedule = {"source": "config", "calendar": "none", "shifts": shifts}
    roles = {"admins": ["user010"], "hr": [HR]}
    start = moment(FIRST, "20:00")
    async with a_reminding_company(
        tmp_path, start, world=world, schedule=schedule, roles=roles
    ) as company:
        company.sandbox.page.origin = company.app.web.url
        await play(company, month)
        total = {who: sums(stories) for who, stories in month.items()}
        whole = sum(total.values(), Counter())
        in_sheet = await sheet(company)
        assert in_sheet.keys() == {*month, "合计"}
        for who, own in {**total, "合计": whole}.items():
            breaks = {"breaks_minutes": None} if own["breaks_unknown"] else {}
            expected = {name: own[name] for name in SUMS} | breaks
            assert in_sheet[who] | {"rate": 0} == expected, who
        in_chat = await company.ask(HR, "上个月全公司考勤")
        assert f"**{len(month)} 人**：{in_words(whole)}" in in_chat
        team = {
            who: [story for story in stories if story.day <= MOVED.get(who, (date.max,))[0]]
            for who, stories in month.items()
            if who in engineering
        }
        in_chat = await company.ask(LEAD, "上个月团队考勤")
        words = in_words(sums([story for stories in team.values() for story in stories]))
        assert f"**{len(team)} 人**：{words}" in in_chat
        in_payroll = await payroll(tmp_path, schedule)
        assert in_payroll == {who: cells(total[who], of) for who, of in month.items()}
        for who in (WANG, "user003", "user007", "user010", "new02"):
            history = await company.ask(who, "我上个月的打卡记录")
            assert in_words(total[who]) in history, who
            visitor = await a_visitor(company, session, who)
            _, page = await visitor.call(
                "month", day="2026-11-15", headers={"Accept-Language": "zh"}
            )
            assert page["totals"] == in_words(total[who]), who
