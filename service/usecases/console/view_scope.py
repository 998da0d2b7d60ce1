"""What one person of the console may look at: the same rule before every page, the same answer for all they may not.

Invariant: what lies outside somebody's scope is unknown to them, exactly as if it did not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from service.domain.crm.events import EntityKind
from service.domain.errors import Forbidden, NotFound
from service.domain.people import Person, may_lead, may_see, visible_to
from service.domain.ports import UnitOfWork
from service.domain.visit import Visit

VISITS_READ = 60  # of an account, the newest first


@dataclass(frozen=True, slots=True)
class Scope:
    """The people of the viewer's tenant, and the viewer."""

    viewer: Person
    people: Mapping[str, Person] = field(default_factory=dict)

    @property
    def tenant_id(self) -> str:
        """Whose data it is."""
        return self.viewer.tenant_id

    def name(self, rep_id: str) -> str:
        """What the rep is called, their id where nobody has told."""
        return self.people[rep_id].name if rep_id in self.people else rep_id

    def team_of(self, rep_id: str) -> str:
        """The rep's team, empty where none is known."""
        return self.people[rep_id].team if rep_id in self.people else ""

    def sees(self, rep_id: str) -> bool:
        """Whether the viewer may see this rep's work."""
        return may_see(self.viewer, rep_id=rep_id, team=self.team_of(rep_id))

    def leads(self, rep_id: str) -> bool:
        """Whether the viewer may act for this rep's team; for work of reps nobody has told of, whoever sees all."""
        return may_lead(self.viewer, team=self.team_of(rep_id))

    def teams(self) -> list[str]:
        """The teams the viewer may see, by name."""
        return sorted({one.team for one in self.people.values() if one.team and may_see(self.viewer, team=one.team)})

    def reps(self) -> list[Person]:
        """Active people whose work the viewer may see and who visit customers, by team and name."""
        seen = [one for one in visible_to(self.viewer, self.people.values()) if one.active and one.role == "rep"]
        return sorted(seen, key=lambda one: (one.team, one.name))

    def require_rep(self, rep_id: str) -> None:
        """Refuse a rep outside the scope as one who does not exist (`rep_not_found`)."""
        if not self.sees(rep_id):
            raise NotFound("there is no such rep", code="rep_not_found")

    def require_team(self, team: str) -> None:
        """Refuse a team outside the scope as one that does not exist (`team_not_found`)."""
        if team not in self.teams():
            raise NotFound("there is no such team", code="team_not_found")

    def require_lead(self, rep_id: str) -> None:
        """Refuse who may look but not act (`not_leading`), and who may not look as `require_rep`."""
        self.require_rep(rep_id)
        if not self.leads(rep_id):
            raise Forbidden("this takes a trainer or manager of the team", code="not_leading")


def read_scope(tx: UnitOfWork, viewer: Person) -> Scope:
    """The viewer's scope as it is now."""
    return Scope(viewer, {one.id: one for one in tx.people.of_team(viewer.tenant_id)})


def scoped_visit(tx: UnitOfWork, scope: Scope, visit_id: str) -> Visit:
    """The visit, when the viewer may see its rep.

    Raises:
        NotFound: it does not exist, or not for this viewer (`visit_not_found`).
    """
    visit = tx.visits.get(scope.tenant_id, visit_id)
    if visit is None or not scope.sees(visit.rep_id):
        raise NotFound("there is no such visit", code="visit_not_found")
    return visit


def has_account_page(tx: UnitOfWork, scope: Scope, account_id: str, *, before: datetime) -> bool:
    """Whether there is a page of the account for the viewer: it is made of visits, and without one it is not found."""
    for limit in (1, VISITS_READ):  # the newest visit nearly always decides
        visits = tx.visits.history(scope.tenant_id, before=before, limit=limit, account_id=account_id)
        if any(scope.sees(visit.rep_id) for visit in visits):
            return True
        if len(visits) < limit:
            return False
    return False


def account_name(tx: UnitOfWork, tenant_id: str, account_id: str) -> str:
    """What the CRM calls the account, its id where it has not told."""
    return _name(tx, tenant_id, "account", account_id)


def store_name(tx: UnitOfWork, tenant_id: str, store_id: str) -> str:
    """The same of a store."""
    return _name(tx, tenant_id, "store", store_id)


def _name(tx: UnitOfWork, tenant_id: str, kind: EntityKind, ref: str) -> str:
    entity = tx.entities.get(tenant_id, kind, ref)
    name = None if entity is None else entity.get("name")
    return name if isinstance(name, str) and name else ref
