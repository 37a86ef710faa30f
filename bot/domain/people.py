"""Who somebody is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Employee:
    """A person of the organisation, as the directory knows them.

    `user_id` is DingTalk's `userid`. `department_ids` are the departments they belong to,
    `leads` those in which DingTalk marks them as the lead. `active` is false for somebody who never
    logged in to DingTalk and so cannot be messaged. `known` is false while the directory has not answered: then
    the id is vouched for and nothing else is.
    """

    user_id: str
    name: str
    union_id: str | None = None
    department_ids: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    active: bool = True
    known: bool = True
