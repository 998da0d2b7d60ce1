"""People of a tenant and who of them may see whom: the one rule behind every page and every list (R6).

Invariant: `may_see` is the only place that decides; a rep sees themselves, a trainer or manager their own team,
an executive everybody, and whoever is no longer active sees nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PersonRole = Literal["rep", "trainer", "manager", "executive"]
PERSON_ROLES: tuple[PersonRole, ...] = ("rep", "trainer", "manager", "executive")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works for the tenant; `id` is the CRM's (a visit's `rep_id`), `row_id` ours, for cursors."""

    id: str
    tenant_id: str
    name: str
    role: PersonRole
    updated_at: datetime
    team: str = ""
    active: bool = True
    row_id: str = ""


def may_see(viewer: Person, *, rep_id: str = "", team: str = "") -> bool:
    """Whether `viewer` may see what belongs to the rep `rep_id`, who works in `team`.

    Leave `rep_id` empty to ask for a whole team, and both empty to ask for everybody.
    """
    if not viewer.active:
        return False
    if viewer.role == "executive":
        return True
    if rep_id and rep_id == viewer.id:
        return True
    return viewer.role in {"trainer", "manager"} and bool(team) and team == viewer.team


def may_lead(viewer: Person, *, team: str) -> bool:
    """Whether `viewer` may act for `team`: approve courses, rule on appeals, correct labels."""
    return viewer.active and viewer.role != "rep" and may_see(viewer, team=team)


def visible_to(viewer: Person, people: Iterable[Person]) -> list[Person]:
    """Those of `people` whose work `viewer` may see, in the order given."""
    return [one for one in people if may_see(viewer, rep_id=one.id, team=one.team)]
