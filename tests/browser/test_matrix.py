"""Every page as every role: what stands there, what does not, and that nobody reads a word of another team's.

A cell names selectors that are on the page (`shows`) and selectors that are not (`hides`); None is a page that the role
does not get at all. One window a role, for the pages are many.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from service.usecases.coaching.review_findings import Complaint, open_appeal, rule_appeal
from tests.browser.conftest import NEIGHBOUR, TENANT, Served, Someone, sign_in
from tests.browser.pages import OF_EAST, OF_SOUTH, PAGES, Addresses, addresses

REFUSED = "这一页打不开"
ROLES = {"rep": "rep-lin", "trainer": "trn-shen", "manager": "mgr-he", "executive": "exe-gu"}
LEADERS = ("trainer", "manager", "executive")
SAID = """() => { const main = document.querySelector('main').cloneNode(true);
  main.querySelectorAll('select, script').forEach(e => e.remove()); return main.textContent }"""


@dataclass(frozen=True)
class Cell:
    """What one role meets on one page."""

    shows: tuple[str, ...]
    hides: tuple[str, ...] = ()


def cells(own: Cell | None, led: Cell, *, overseen: Cell | None = None) -> dict[str, Cell | None]:
    """One page: as the rep it is about, as who leads the rep, as an executive where that differs."""
    return {"rep": own, "trainer": led, "manager": led, "executive": overseen or led}


ADD, CONTEST, ANSWER = "form[action$='/courses'] [name=reason]", "form[action$='/appeals']", "#answer"
REVIEW, RULING, MARK = "form[action$='/review']", "textarea[name=ruling]", ".mark-it"
NEW_RULE = "a[href='/console/playbooks/new']"
MATRIX: dict[str, dict[str, Cell | None]] = {
    "team": cells(None, Cell(("a.tile[data-drawer]", ".need", "#radar[data-drawn]", "table.matrix tbody tr"))),
    "rep": cells(
        Cell(("#radar[data-drawn]", CONTEST, "a.figure[data-drawer]", ".spark"), (ADD,)),
        Cell(("#radar[data-drawn]", ADD, "a.figure[data-drawer]", ".spark"), (CONTEST,)),
    ),
    "plan": cells(
        Cell(("#tasks", "table.stack .chip", "a[href*='/visits/']"), ("a[href*='/plans']",)),
        Cell(("#tasks", "table.stack .chip", "a[href*='/visits/']", "a[href*='/plans']")),
    ),
    "plans": cells(None, Cell((".tiles .tile", "tbody a[href*='/plan?week=']", "tbody .chip"))),
    "visit": cells(
        Cell((".turn", ".chip[data-toggle]", "#sum", "#risk"), (REVIEW, MARK)),
        Cell((".turn", ".chip[data-toggle]", "#sum", "#risk", REVIEW, MARK), (CONTEST,)),
    ),
    "account": cells(Cell((".timeline > li", "#last", ".topics .chip")), Cell((".timeline > li", "#last"))),
    "appeals": cells(Cell(("article",), (RULING,)), Cell(("article", RULING))),
    "models": cells(None, Cell(("meter", "table.stack tbody tr", "details summary"))),
    "course": cells(Cell((".reading", ".points li", ANSWER)), Cell((".reading", ".points li"), (ANSWER,))),
    "alerts": cells(Cell(("h1",)), Cell(("li[id^=alert-]", "[data-first-action]"))),
    "process": cells(None, Cell((".board.stages section",)), overseen=Cell((".board .list > li .chip",))),
    "metrics": cells(None, Cell(("tbody th a[href*='/metrics/']", "tbody strong"))),
    "reports": cells(None, Cell((".tiles .tile", "#progress", "#stalled", "[data-print]"))),
    "playbooks": {
        **cells(None, Cell(("a[href^='/console/playbooks/']", NEW_RULE))),
        "trainer": Cell(("a[href^='/console/playbooks/']",), (NEW_RULE,)),
    },
}


@pytest.fixture(scope="module")
def own(served: Served) -> Iterator[Addresses]:
    """Lin's pages, with an appeal of hers that waits for a ruling; it is ruled on when the module ends."""
    services = served.installation.services
    found = addresses(served, "rep-lin")
    with services.uow() as tx:
        seen = tx.coaching.observations.find(TENANT, among={"visit_id": [found.visit_id]})[0]
        complaint = Complaint("observation", seen.id, "这里我是在确认数字")
        appeal = open_appeal(tx, services, tenant_id=TENANT, complaint=complaint)
    yield found
    with services.uow() as tx:
        rule_appeal(tx, services, tenant_id=TENANT, appeal_id=appeal.id, state="rejected", by="何曼", ruling="听过了")


@pytest.fixture(scope="module")
def foreign(served: Served) -> Addresses:
    return addresses(served, "rep-su")


@pytest.fixture(scope="module")
def windows(browser: Browser, served: Served) -> Iterator[dict[str, Someone]]:
    people = {role: sign_in(browser, served, person_id) for role, person_id in ROLES.items()}
    people["neighbour"] = sign_in(browser, served, "mgr-he", NEIGHBOUR)
    yield people
    for person in people.values():
        person.leave()


def names_unfit_for(role: str) -> tuple[str, ...]:
    """Whose names this role has no business reading."""
    return {"rep": (*OF_EAST[1:], *OF_SOUTH), "executive": ()}.get(role, OF_SOUTH)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ROLES)
def test_a_page_shows_a_role_what_is_theirs_and_nothing_else(
    windows: dict[str, Someone], own: Addresses, role: str, page: str
) -> None:
    someone, cell = windows[role], MATRIX[page][role]
    shown = someone.go(own.of(page))
    if cell is None:
        assert shown.locator("h1").inner_text() == REFUSED
        assert shown.locator(f"header nav a[href='/console{own.of(page)}']").count() == 0, "no way to it is offered"
        return
    for selector in cell.shows:
        shown.locator(selector).first.wait_for(state="attached")
    assert [selector for selector in cell.hides if shown.locator(selector).count()] == []
    said = shown.evaluate(SAID)
    assert [name for name in names_unfit_for(role) if name in said] == []
    someone.shoot(f"matrix-{page}-{role}")


@pytest.mark.parametrize("page", ["team", "rep", "plan", "plans", "visit", "account", "course"])
@pytest.mark.parametrize("role", ROLES)
def test_of_another_team_only_the_executive_sees_anything(
    windows: dict[str, Someone], foreign: Addresses, role: str, page: str
) -> None:
    shown = windows[role].go(foreign.of(page))
    heading = shown.locator("h1").inner_text()
    if role == "executive":
        assert heading != REFUSED
        return
    assert heading == REFUSED
    said = shown.evaluate(SAID)
    assert [name for name in OF_SOUTH if name in said] == []


@pytest.mark.parametrize("page", PAGES)
def test_another_tenants_manager_of_a_team_of_the_same_name_reads_nobodys_name(
    windows: dict[str, Someone], own: Addresses, served: Served, page: str
) -> None:
    shown = windows["neighbour"].go(own.of(page))
    said = shown.evaluate(SAID)
    with served.installation.services.uow(write=False) as tx:
        account = tx.entities.get(TENANT, "account", own.account_id)
    assert account is not None
    assert [name for name in (*OF_EAST, *OF_SOUTH, str(account.get("name"))) if name in said] == []
    if page in ("rep", "plan", "visit", "account", "course"):
        assert shown.locator("h1").inner_text() == REFUSED


def test_every_role_is_tried_on_every_page() -> None:
    assert set(MATRIX) == set(PAGES)
    assert [page for page, row in MATRIX.items() if set(row) != set(ROLES)] == []
    assert all(MATRIX[page][role] is not None for page in PAGES for role in LEADERS), "leaders get every page"
