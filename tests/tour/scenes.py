"""What is asked on the tour, in its order."""

from dataclasses import dataclass
from typing import Literal

from tests.tour.company import COLLEAGUE, LEAD, LEAD_OF_LEADS

Picture = Literal["arrivals", "team", "person"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: who says what, where; `answers` come to them. `{C}` is the last request's code.

    `picture` names what a picture that comes is called.
    """

    who: str
    text: str
    answers: int = 1
    in_group: bool = False
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Hear:
    """What somebody has been told meanwhile without asking; everything owed is told before."""

    who: str


@dataclass(frozen=True, slots=True)
class Later:
    """The clock goes on to a local time, and the bot does what it does every minute."""

    at: str


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph between the scenes."""

    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that people ask for."""

    title: str
    steps: tuple[Ask | Hear | Later | Words, ...]


def in_group(text: str, who: str = LEAD_OF_LEADS) -> Ask:
    """Return a question in the department's group: the group hears one line, the asker the answer."""
    return Ask(who, text, 2, in_group=True)


SECTIONS = (
    Section(
        "Who may see whom",
        (
            Ask(LEAD, "who can see my days?"),
            Ask(LEAD_OF_LEADS, "谁能看我的考勤"),
            Ask(COLLEAGUE, "谁能看我的考勤"),
            in_group("谁能看我的考勤", COLLEAGUE),
            Words("Whoever asks for somebody else's people is refused, whether or not those exist."),
            Ask(COLLEAGUE, "李娜今天考勤"),
            Ask(LEAD, "attendance of Tom Baker today"),
            Ask(LEAD, "attendance of Zelda Zimmer today"),
        ),
    ),
    Section(
        "Today",
        (
            Later("09:30"),
            Words("At 09:30 leads hear by themselves who has not come to a shift that began at 09:00."),
            Hear(LEAD),
            Later("09:42"),
            Ask(LEAD, "summary"),
            Ask(LEAD_OF_LEADS, "今天考勤"),
            Ask(LEAD_OF_LEADS, "前端组今天考勤"),
            Ask(LEAD, "who is late?"),
            Ask(LEAD_OF_LEADS, "谁没打卡"),
            Ask(LEAD, "李娜今天考勤"),
            Ask(LEAD, "hana today"),
            Words("A name or a department that is not among the asker's is asked about, and never left out."),
            Ask(LEAD, "hanna attendance today"),
            Ask(LEAD, "export zelda last month"),
            Ask(LEAD, "华东大区今天考勤"),
            Ask(COLLEAGUE, "今天考勤"),
            Ask(COLLEAGUE, "我今天的考勤"),
            Words("In a group nobody's day is shown, unless the company sets `summaries.in_groups: open`."),
            in_group("研发部今天考勤"),
            in_group("谁没打卡", COLLEAGUE),
        ),
    ),
    Section(
        "A range of days",
        (
            Ask(LEAD, "team summary last week"),
            Ask(LEAD_OF_LEADS, "上周考勤汇总"),
            Ask(LEAD_OF_LEADS, "9月1日到9月15日考勤"),
            Ask(LEAD_OF_LEADS, "前端组本月考勤"),
            Ask(LEAD, "who was late most this month?"),
            Ask(LEAD, "attendance of Hana Ito last week"),
            Ask(COLLEAGUE, "团队上周考勤汇总"),
            in_group("上周考勤汇总"),
        ),
    ),
    Section(
        "A picture",
        (
            Ask(LEAD_OF_LEADS, "今天考勤发图", 2, picture="arrivals"),
            Ask(LEAD, "team summary this month as a picture", 2, picture="team"),
            Ask(LEAD_OF_LEADS, "李娜本月考勤发图", 2, picture="person"),
            Ask(COLLEAGUE, "研发部今天考勤发图"),
            Ask(LEAD_OF_LEADS, "今天考勤发图", 3, in_group=True),
        ),
    ),
    Section(
        "A spreadsheet",
        (
            Ask(LEAD_OF_LEADS, "导出本月考勤", 2),
            Ask(LEAD, "export last week as csv", 2),
            Ask(COLLEAGUE, "导出李娜本月考勤"),
            Ask(COLLEAGUE, "导出本月考勤", 2),
            Ask(LEAD_OF_LEADS, "导出本月考勤", 3, in_group=True),
        ),
    ),
    Section(
        "Summaries by themselves",
        (
            Ask(LEAD, "send me a daily summary"),
            Ask(LEAD_OF_LEADS, "每周给我发考勤汇总"),
            Ask(COLLEAGUE, "开启每日汇总"),
            in_group("开启每日汇总"),
            Later("09:45"),
            Hear(LEAD),
            Ask(LEAD, "stop summaries"),
        ),
    ),
    Section(
        "A forgotten punch",
        (
            Ask(COLLEAGUE, "昨天忘打下班卡了"),
            Ask(COLLEAGUE, "昨天忘打下班卡了，20:40走的，手机没电"),
            Hear(LEAD_OF_LEADS),
            Ask(LEAD, "approve {C}"),
            Ask(COLLEAGUE, "批准 {C}"),
            Ask(LEAD_OF_LEADS, "批准 {C}"),
            Ask(LEAD_OF_LEADS, "确认批准 {C}", 1),
            Hear(COLLEAGUE),
            Hear(LEAD_OF_LEADS),
            Ask(LEAD_OF_LEADS, "确认批准 {C}"),
            Ask("user021", "forgot to clock in yesterday, arrived at 08:20, the door was broken"),
            Hear(LEAD),
            Ask(LEAD, "refuse {C}: the door log says 08:50"),
            Ask(LEAD, "confirm refuse {C}: the door log says 08:50"),
            Hear("user021"),
            Ask(LEAD, "forgot to clock out yesterday, left at 21:30, train"),
            Hear(LEAD_OF_LEADS),
            Ask(LEAD, "approve {C}"),
            Ask(LEAD_OF_LEADS, "批准 {C}", in_group=True),
        ),
    ),
    Section(
        "Nudging and excusing",
        (
            Ask(LEAD, "nudge 李娜"),
            Hear("user003"),
            Ask(LEAD, "nudge user003"),
            Ask(COLLEAGUE, "催 李娜"),
            Ask(LEAD_OF_LEADS, "催 李娜", in_group=True, answers=2),
            Ask(LEAD, "excuse 李娜 today: doctor"),
            Hear("user003"),
            Ask(LEAD_OF_LEADS, "谁没打卡"),
            Ask(LEAD_OF_LEADS, "取消豁免 李娜 今天：下午会到"),
            Hear("user003"),
            Ask(COLLEAGUE, "豁免 李娜 今天"),
        ),
    ),
    Section(
        "What is stored",
        (
            Ask(COLLEAGUE, "你存了我什么数据"),
            Ask(LEAD, "what do you store about me?"),
            in_group("你存了我什么数据"),
        ),
    ),
    Section(
        "The end of the day",
        (
            Later("18:10"),
            Ask(LEAD, "who has not clocked out?"),
            Ask(LEAD_OF_LEADS, "前端组谁没打下班卡"),
            Ask(COLLEAGUE, "谁没打下班卡"),
            in_group("谁没打下班卡"),
        ),
    ),
)
