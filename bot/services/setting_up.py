"""What `check --set-up` tries by itself of the first hour (docs/first-hour.md)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from bot.dingtalk.cards import TEST_CARD
from bot.errors import OperatorError
from bot.platform import DingTalk
from bot.settings import Settings
from bot.views.i18n import Texts, catalogue
from bot.views.sentences import Button, Reply, card_values, plain


@dataclass(eq=False)
class SettingUp:
    """Steps that change what people see. Each returns one line with what to look at.

    The first of `roles.admins` gets the test messages.
    """

    settings: Settings
    dingtalk: DingTalk

    def __post_init__(self) -> None:
        self._texts = Texts(self.settings.language, self.settings.zone)

    def steps(self) -> Mapping[str, Callable[[], Awaitable[str]]]:
        """Return the steps of these settings by their names. Each raises a BotError."""
        steps = {
            "quick entry": self._set_quick_entry,
            "group entry": self._describe_group_entry,
            "test message": self._send_message,
        }
        if self.settings.dingtalk.card_template_id:
            steps["test card"] = self._send_card
        return steps

    async def _set_quick_entry(self) -> str:
        url = self._page_url()
        names = {"zh_CN": catalogue("zh")["page.title"], "en_US": catalogue("en")["page.title"]}
        await self.dingtalk.robot.set_quick_entry(names, url)
        return (
            f"set to {url}, in place of all earlier entries. "
            "Look: it stands above the input box of a chat with the robot"
        )

    async def _describe_group_entry(self) -> str:
        url = self._page_url()
        return (
            f"nothing is changed. Paste {url} as quick entry (快捷入口) of a cool app (酷应用) in the "
            "console. Look: one tap in the group opens the page"
        )

    async def _send_message(self) -> str:
        user_id = self._administrator()
        button = plain("button.help", self._texts)
        reply = Reply(
            self._texts("test.title"),
            self._texts("test.message"),
            (button, plain("button.status", self._texts)),
        )
        result = await self.dingtalk.robot.send([user_id], reply)
        if user_id in (*result.invalid, *result.flow_controlled):
            raise _not_reached(user_id)
        return (
            f"sent to {user_id}. Look: it has two buttons. While the bot runs, a press of "
            f"“{button.label}” sends “{button.says}” as your own message, and the bot answers"
        )

    async def _send_card(self) -> str:
        user_id = self._administrator()
        button = Button(self._texts("test.button"))
        reply = Reply(self._texts("test.title"), self._texts("test.card"), (button,))
        values = card_values(reply)
        assert values is not None
        result = await self.dingtalk.cards.deliver(f"{TEST_CARD}{uuid4().hex}", [user_id], values)
        if result.missed:
            raise _not_reached(user_id)
        named = (
            "" if not result.unknown else "; DingTalk's answer names no person: please report it"
        )
        return (
            f"sent to {user_id}{named}. Look: it has one button, “{button.label}”. "
            "While the bot runs, a press shows a ✓ in its place"
        )

    def _page_url(self) -> str:
        url = self.settings.web.page_url
        if url is None:
            raise OperatorError("there is no page to open. Set web.public_url.")
        return url

    def _administrator(self) -> str:
        """Return the administrator who gets the tests. Raises OperatorError."""
        if not self.settings.roles.admins:
            raise OperatorError("there is no administrator. Set roles.admins.")
        return self.settings.roles.admins[0]


def _not_reached(user_id: str) -> OperatorError:
    return OperatorError(
        f"DingTalk did not deliver it to {user_id}. See that the app's version is published and "
        "that its visible scope holds this person."
    )
