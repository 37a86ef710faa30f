"""What is stored about somebody, put together for them alone."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from bot.domain.people import Employee
from bot.domain.privacy import StoredAbout
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.upkeep import KEEP_PHONES, KEEP_READINGS, KEEP_REMINDERS
from bot.storage.privacy import StoredRows
from bot.storage.wishes import WishBook


class PrivacyService:
    """Answers "what do you store about me?" from the database and the directory."""

    def __init__(
        self,
        *,
        rows: StoredRows,
        wishes: WishBook,
        directory: Directory,
        visibility: Visibility,
        admins: Collection[str],
        targets: Sequence[str],
        keep_positions: timedelta,
    ) -> None:
        self._rows = rows
        self._wishes = wishes
        self._directory = directory
        self._visibility = visibility
        self._admins = frozenset(admins)
        self._targets = tuple(targets)
        self._keep_positions = keep_positions

    async def about(self, who: Employee, *, asked_by: str = "") -> StoredAbout:
        """Return everything that is kept of `who`, without the message `asked_by`. Raises StoreRefused."""
        is_known = await self._visibility.is_role_known(who.user_id)
        sees = self._visibility.who_sees(who.user_id)
        return StoredAbout(
            user_id=who.user_id,
            name=who.name,
            has_union_id=who.union_id is not None,
            departments=self._names(who.department_ids),
            leads=tuple(one.name or str(one.department_id) for one in sees.departments),
            wishes=await self._wishes.get(who.user_id),
            held=await self._rows.held(who.user_id, asked_by=asked_by),
            viewers=tuple(sorted(one.name or one.user_id for one in sees.leads)) if is_known else None,
            admins=tuple(sorted(self._directory.name_of(one) or one for one in self._admins)),
            targets=self._targets,
            positions_days=self._keep_positions / timedelta(days=1),
            phones_days=KEEP_PHONES.days,
            reminders_days=KEEP_REMINDERS.days,
            readings_days=KEEP_READINGS.days,
        )

    def _names(self, department_ids: Sequence[int]) -> tuple[str, ...]:
        names = {one.department_id: one.name for one in self._directory.departments()}
        return tuple(names.get(one) or str(one) for one in department_ids)
