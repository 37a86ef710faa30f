"""Names of people in answers about teams."""

from collections import Counter
from collections.abc import Sequence

from bot.domain.people import Employee
from bot.views.markdown import escape


class Names:
    """Names by user id, escaped; two people of one name are told apart by their user ids."""

    def __init__(self, people: Sequence[Employee]) -> None:
        self._people = {one.user_id: one for one in people}
        self._shared = Counter(one.name for one in people)

    def __call__(self, user_id: str) -> str:
        """Return how somebody is called in a text."""
        name = self.plain(user_id)
        shown = escape(name)
        return shown if name == user_id or self._shared[name] == 1 else f"{shown} ({escape(user_id)})"

    def plain(self, user_id: str) -> str:
        """Return somebody's name as it is, their user id where there is none."""
        one = self._people.get(user_id)
        return one.name if one is not None and one.name else user_id
