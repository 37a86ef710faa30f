"""Whom a site, a shift or anything else of the configuration is for."""

from dataclasses import dataclass

from bot.domain.people import Employee


@dataclass(frozen=True, slots=True)
class Members:
    """Some departments and users; everybody where `departments` is None."""

    departments: frozenset[int] | None = None
    users: frozenset[str] = frozenset()

    def include(self, who: Employee) -> bool:
        """Tell whether `who` is one of them, by the departments that are known of `who`."""
        if self.departments is None:
            return True
        return who.user_id in self.users or not self.departments.isdisjoint(who.department_ids)

    def may_include(self, who: Employee) -> bool:
        """Tell whether only departments that the directory did not tell of `who` decide it."""
        return not who.known and bool(self.departments) and who.user_id not in self.users


EVERYBODY = Members()
