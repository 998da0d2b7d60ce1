"""Every page of the console with the address of one worth looking at, and the people whose work it shows."""

from dataclasses import dataclass

from service.domain.coaching.course_rows import CourseRow
from service.usecases.coaching.manage_courses import add_course
from tests.browser.conftest import A_WEDNESDAY, TENANT, Served

EAST, SOUTH = "华东一组", "华南二组"
OF_EAST = ("林晓岚", "周启明", "许若宁", "范逸飞", "裘文博")
OF_SOUTH = ("苏念慈", "江承志", "陆思远")
PAGES = ("team", "plans", "rep", "plan", "visit", "account", "appeals", "models", "course", "alerts", "process",
         "metrics", "reports", "playbooks")  # fmt: skip


@dataclass(frozen=True)
class Addresses:
    """Where the pages are that show one rep's work, and those that show the team's or the firm's."""

    team: str
    rep_id: str
    visit_id: str
    account_id: str
    course_id: str

    def of(self, name: str) -> str:
        """The path of the page that `PAGES` names."""
        return {
            "team": f"/teams/{self.team}",
            "rep": f"/reps/{self.rep_id}",
            "plan": f"/reps/{self.rep_id}/plan?week={A_WEDNESDAY:%Y-%m-%d}",
            "plans": f"/teams/{self.team}/plans?week={A_WEDNESDAY:%Y-%m-%d}",
            "visit": f"/visits/{self.visit_id}",
            "account": f"/accounts/{self.account_id}",
            "course": f"/courses/{self.course_id}",
            "process": "/processes/hospital_admission",
        }.get(name, f"/{name}")


def addresses(served: Served, rep_id: str) -> Addresses:
    """Those of a rep: their newest visit, and a course that a trainer has just given them."""
    services = served.installation.services
    with services.uow() as tx:
        person = tx.people.get(TENANT, rep_id)
        assert person is not None
        (visit,) = tx.visits.history(TENANT, before=services.clock.now(), limit=1, rep_id=rep_id)
        course = add_course(tx, services, tenant_id=TENANT, rep_id=rep_id, course_id="listen_then_speak",
                            reason="先听完再开口", by="沈一帆")  # fmt: skip
    return Addresses(person.team, rep_id, visit.visit_id, visit.account_id, _kept(course).id)


def _kept(row: CourseRow) -> CourseRow:
    assert row.state == "assigned", "what a trainer gives needs no approval"
    return row
