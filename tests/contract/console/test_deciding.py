"""What people decide on the pages: courses, labels, appeals; who may, who may not, and what is kept."""

from datetime import timedelta
from typing import Any

import pytest

from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.observations import ObservationRow
from service.domain.coaching.reviews import FindingPlace
from service.domain.evidence import Evidence
from tests.support.builders import TENANT, an_id
from tests.support.console import VISIT_OF, Browser, ConsoleApi
from tests.support.fakes import NOON

LIN, WU = an_id("vis", VISIT_OF["rep_lin"]), an_id("vis", VISIT_OF["rep_wu"])
COURSE = an_id("crs")
SEEN = an_id("obs")


def a_course() -> CourseRow:
    because = (Evidence(LIN, 0, "价格太高了", NOON, "customer"),)
    due = NOON + timedelta(days=14)
    why = "两次没接住价格"
    return CourseRow(
        COURSE, TENANT, NOON, LIN, "rep_lin", "price_unfold", "objection", "rule", why, because, "proposed", due
    )


@pytest.fixture
def seen(console: ConsoleApi) -> ConsoleApi:
    with console.api.services.uow() as tx:
        tx.coaching.courses.add(a_course())
        tx.coaching.places.put(FindingPlace("f1", TENANT, NOON, LIN))
        row = (SEEN, TENANT, NOON, LIN, "rep_lin", "acc_1", "objection", "left", "没有回应", 20, 1.0, "talk", 0)
        tx.coaching.observations.put(ObservationRow(*row, quote="价格太高了"))
    return console


def course(console: ConsoleApi, course_id: str = COURSE) -> CourseRow:
    with console.api.services.uow(write=False) as tx:
        found = tx.coaching.courses.get(TENANT, course_id)
    assert found is not None
    return found


def decide(browser: Browser, move: str, **fields: str) -> Any:
    return browser.post(f"/courses/{COURSE}/{move}", {"back": "/console/reps/rep_lin#courses", **fields})


def test_a_manager_approves_a_course_and_the_rep_completes_it(seen: ConsoleApi) -> None:
    manager, rep = seen.enter("mgr_he"), seen.enter("rep_lin")
    assert "两次没接住价格" in manager.get("/teams/华东一组").text
    assert decide(manager, "approve").headers["location"] == "/console/reps/rep_lin#courses"
    assert (course(seen).state, course(seen).decided_by) == ("assigned", "mgr_he")
    assert "嫌贵" in rep.get(f"/courses/{COURSE}").text
    assert decide(rep, "complete", answer="先问跟哪一块比").status_code == 303
    assert (course(seen).state, course(seen).answer) == ("completed", "先问跟哪一块比")
    assert decide(manager, "decline").status_code == 409


def test_a_course_is_replaced_with_its_reasons_and_one_is_added_with_the_trainers(seen: ConsoleApi) -> None:
    manager = seen.enter("mgr_he")
    assert decide(manager, "replace", course="trade_not_give").status_code == 303
    old = course(seen)
    new = course(seen, old.replaced_by or "")
    assert (old.state, new.course, new.state, new.because) == ("replaced", "trade_not_give", "assigned", old.because)
    assert (
        manager.post("/reps/rep_lin/courses", {"course": "decision_map", "reason": "下周要见总监"}).status_code == 303
    )
    assert "下周要见总监" in manager.get("/reps/rep_lin").text
    for fields, status in (
        ({"course": "nothing", "reason": "x"}, 404),
        ({"course": "decision_map", "reason": " "}, 422),
    ):
        assert manager.post("/reps/rep_lin/courses", fields).status_code == status


@pytest.mark.parametrize(("person", "status"), [("rep_lin", 403), ("rep_zhou", 404), ("mgr_tan", 404)])
def test_nobody_else_decides_on_courses(seen: ConsoleApi, person: str, status: int) -> None:
    browser = seen.enter(person)
    for move in ("approve", "decline", "replace"):
        assert decide(browser, move, course="decision_map").status_code == status
    assert course(seen) == a_course()


def test_a_course_is_read_by_its_rep_and_their_leaders_and_done_by_the_rep_alone(seen: ConsoleApi) -> None:
    reads = {person: seen.enter(person).get(f"/courses/{COURSE}").status_code
             for person in ("rep_lin", "mgr_he", "exe_gu", "rep_zhou", "mgr_tan")}  # fmt: skip
    assert reads == {"rep_lin": 200, "mgr_he": 200, "exe_gu": 200, "rep_zhou": 404, "mgr_tan": 404}
    assert decide(seen.enter("mgr_he"), "complete", answer="x").status_code == 403
    assert decide(seen.enter("rep_lin"), "complete").status_code == 422
    assert decide(seen.enter("mgr_he"), "burn").status_code == 404


def review(browser: Browser, **fields: str) -> Any:
    return browser.post(f"/visits/{LIN}/findings/f1/review", fields)


def labels(console: ConsoleApi) -> list[tuple[str, tuple[str, ...], str, str]]:
    with console.api.services.uow(write=False) as tx:
        return [(it.verdict, it.should_be, it.by, it.source) for it in tx.coaching.labels.find(TENANT)]


def test_a_label_is_corrected_where_it_stands_and_kept_for_training(seen: ConsoleApi) -> None:
    manager = seen.enter("mgr_he")
    answer = review(manager, verdict="should_be", should_be="budget")
    assert answer.headers["location"] == f"/console/visits/{LIN}?turn=0#turn-0"
    assert labels(seen) == [("should_be", ("budget",), "何曼", "review")]
    shown = manager.get(f"/visits/{LIN}").text
    assert "何曼 认为：应为" in shown


@pytest.mark.parametrize("fields", [{}, {"verdict": "maybe"}, {"verdict": "should_be", "should_be": "nonsense"}],
                         ids=["nothing", "unknown verdict", "unknown label"])  # fmt: skip
def test_a_verdict_that_says_nothing_is_refused(seen: ConsoleApi, fields: dict[str, str]) -> None:
    assert review(seen.enter("mgr_he"), **fields).status_code == 422
    assert labels(seen) == []


@pytest.mark.parametrize(("person", "status"), [("rep_lin", 403), ("rep_wu", 404), ("mgr_tan", 404)])
def test_only_who_leads_the_team_corrects_labels(seen: ConsoleApi, person: str, status: int) -> None:
    assert review(seen.enter(person), verdict="wrong").status_code == status
    assert labels(seen) == []


def add(browser: Browser, **fields: str) -> Any:
    return browser.post(f"/visits/{LIN}/labels", {"turn": "0", "label": "objection.budget", **fields})


def test_a_trainer_adds_what_the_model_missed_and_takes_it_back(seen: ConsoleApi) -> None:
    manager = seen.enter("mgr_he")
    form = manager.get(f"/visits/{LIN}?turn=0&mark=1").text
    assert 'value="objection.budget"' in form
    assert 'value="objection.price"' not in form  # that one the model did find
    assert add(manager).headers["location"] == f"/console/visits/{LIN}?turn=0#turn-0"
    assert labels(seen) == [("missing", ("budget",), "何曼", "review")]
    assert "何曼 补标" in manager.get(f"/visits/{LIN}").text
    with seen.api.services.uow(write=False) as tx:
        (label,) = tx.coaching.labels.find(TENANT)
    elsewhere = f"/visits/{an_id('vis', VISIT_OF['rep_zhou'])}/labels/{label.id}/withdraw"
    assert manager.post(elsewhere).status_code == 404
    assert manager.post(f"/visits/{LIN}/labels/{label.id}/withdraw").status_code == 303
    assert labels(seen) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"label": "budget"}, 422), ({"label": "mood.budget"}, 422), ({"label": "objection.weather"}, 422),
     ({"turn": "x"}, 422), ({"turn": "99"}, 422), ({"turn": "9" * 40}, 422), ({"label": "objection.price"}, 409)],
)  # fmt: skip
def test_a_label_that_cannot_be_added_is_refused(seen: ConsoleApi, fields: dict[str, str], status: int) -> None:
    assert add(seen.enter("mgr_he"), **fields).status_code == status
    assert labels(seen) == []


@pytest.mark.parametrize(("person", "status"), [("rep_lin", 403), ("rep_wu", 404), ("mgr_tan", 404)])
def test_only_who_leads_the_team_adds_labels(seen: ConsoleApi, person: str, status: int) -> None:
    browser = seen.enter(person)
    assert add(browser).status_code == status
    assert "mark-it" not in browser.get(f"/visits/{LIN}").text
    assert labels(seen) == []


def contest(browser: Browser, subject: str, target: str, reason: str = "他说的是另一家") -> Any:
    return browser.post("/appeals", {"visit_id": LIN, "subject": subject, "target_id": target, "reason": reason})


def appeal_id(console: ConsoleApi) -> str:
    with console.api.services.uow(write=False) as tx:
        (appeal,) = tx.coaching.appeals.find(TENANT)
    return appeal.id


def test_a_rep_contests_a_finding_and_the_manager_upholds_it(seen: ConsoleApi) -> None:
    rep, manager = seen.enter("rep_lin"), seen.enter("mgr_he")
    assert contest(rep, "finding", "f1").status_code == 303
    assert contest(rep, "finding", "f1").status_code == 409
    assert "他说的是另一家" in manager.get("/appeals").text
    ruled = manager.post(f"/appeals/{appeal_id(seen)}", {"state": "upheld", "ruling": "听了录音，确实"})
    assert ruled.status_code == 303
    assert labels(seen) == [("wrong", (), "何曼", "appeal")]
    assert "听了录音，确实" in rep.get("/appeals").text
    assert manager.post(f"/appeals/{appeal_id(seen)}", {"state": "rejected"}).status_code == 409


def test_a_value_under_appeal_is_marked_so(seen: ConsoleApi) -> None:
    rep = seen.enter("rep_lin")
    assert contest(rep, "observation", SEEN).status_code == 303
    assert "申诉中" in rep.get("/reps/rep_lin").text
    seen.enter("mgr_he").post(f"/appeals/{appeal_id(seen)}", {"state": "rejected", "ruling": "原话清楚"})
    assert "申诉中" not in rep.get("/reps/rep_lin").text


@pytest.mark.parametrize(
    ("subject", "target", "reason", "status"),
    [
        ("finding", "f9", "x", 404),
        ("observation", "f1", "x", 404),
        ("mood", "f1", "x", 422),
        ("finding", "f1", " ", 422),
    ],
)
def test_what_cannot_be_contested_is_refused(
    seen: ConsoleApi, subject: str, target: str, reason: str, status: int
) -> None:
    assert contest(seen.enter("rep_lin"), subject, target, reason).status_code == status


def test_appeals_are_the_reps_own_and_ruled_within_the_team(seen: ConsoleApi) -> None:
    assert contest(seen.enter("mgr_he"), "finding", "f1").status_code == 403
    assert contest(seen.enter("rep_wu"), "finding", "f1").status_code == 404
    contest(seen.enter("rep_lin"), "finding", "f1")
    for person, status in (("rep_lin", 403), ("rep_zhou", 404), ("mgr_tan", 404)):
        answer = seen.enter(person).post(f"/appeals/{appeal_id(seen)}", {"state": "upheld"})
        assert answer.status_code == status, person
    assert "他说的是另一家" not in seen.enter("mgr_tan").get("/appeals").text
    assert seen.enter("mgr_he").post(f"/appeals/{appeal_id(seen)}", {"state": "open"}).status_code == 422
