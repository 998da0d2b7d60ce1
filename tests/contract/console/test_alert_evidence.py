"""The words behind an alert open the visit where they were said, for those who may read on (V7)."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from service.usecases.console.view_alerts import list_alerts
from service.usecases.crm.judge_events import note_visit
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.builders import TENANT, an_id
from tests.support.coached import coached
from tests.support.console import ConsoleApi
from tests.support.crm import a_cloud_event
from tests.support.fakes import NOON
from tests.support.owned_playbooks import an_alert

QUOTE = "今年的预算大概二十万。"
LINES = ("r|||您这边一般怎么批钱？", f"c||budget_info|{QUOTE}")
SAID_AT = timedelta(days=4)


@pytest.fixture
def visit_id(console: ConsoleApi) -> str:
    """A visit in which the customer spoke of a budget, four days before anybody looks; the CRM never heard of it."""
    api = console.api
    at = NOON - SAID_AT
    found = coached(api.services, 7, *LINES, at=at, rep="rep_lin", account="acc_7")
    data = {"name": "手柄采购", "stage": "proposal", "owner_id": "rep_lin", "account_id": "acc_7"}
    api.client().post("/v1/events", json=a_cloud_event("opportunity.created", "opportunity/o1", at, data))
    with api.services.uow() as tx:
        visit, record = tx.visits.get(TENANT, found), tx.analyses.latest(TENANT, found)
        assert visit is not None
        assert record is not None
        note_visit(tx, api.services, replace(visit, opportunity_id="o1"), replace(record, created_at=at))
    evaluate_playbooks(api.services)
    api.clock.forward(hours=73)
    evaluate_playbooks(api.services)
    return found


def card(console: ConsoleApi, person: str) -> str:
    page = unescape(console.enter(person).get("/alerts").text)
    return page.split("客户谈过预算，还没有记")[1].split("</section>")[0]


def test_a_quote_opens_its_visit_at_the_turn_and_names_the_second(console: ConsoleApi, visit_id: str) -> None:
    place = f'href="/console/visits/{visit_id}?turn=1#turn-1"'
    shown = card(console, "rep_lin")
    quoted = shown.split(f"<blockquote>{QUOTE}")[1].split("</blockquote>")[0]
    assert place in quoted
    assert f"{NOON - SAID_AT:%Y-%m-%d} · 0:10</a>" in quoted
    assert f"{place}>看拜访" in shown, "and so does the link to the visit"
    opened = console.enter("mgr_he").get(f"/visits/{visit_id}?turn=1").text
    assert 'found" id="turn-1" data-start="10000"' in opened, "the page's player goes to the second of this turn"


def test_words_that_the_newest_analysis_does_not_hold_there_lead_nowhere(console: ConsoleApi, visit_id: str) -> None:
    proof = {"event_id": "e", "at": NOON.isoformat(), "what": "signal:budget_info", "value": "", "visit_id": visit_id}
    evidence = [
        {**proof, "turn": 0, "quote": QUOTE},
        {**proof, "turn": 900, "quote": QUOTE},
        {**proof, "turn": None, "quote": QUOTE},
        {**proof, "turn": 1, "quote": ""},
        {**proof, "turn": 1, "quote": QUOTE, "visit_id": an_id("vis", 404)},
        {**proof, "turn": 1, "quote": QUOTE},
    ]
    with console.api.services.uow() as tx:
        for number, piece in enumerate(evidence, start=1):
            tx.playbooks.alerts.add(an_alert(number, owner_id="rep_lin", evidence=[piece]))
        person = tx.people.get(TENANT, "rep_lin")
    assert person is not None
    lines, _ = list_alerts(console.api.services, person, open_only=True)
    found = {line.alert.id: [one.place is not None for one in line.said] for line in lines}
    assert [found[an_alert(number).id] for number in range(1, 7)] == [[False], [False], [False], [], [False], [True]]


def test_whoever_was_handed_the_alert_reads_the_words_but_not_a_strangers_visit(
    console: ConsoleApi, visit_id: str
) -> None:
    piece = {"event_id": "e", "at": NOON.isoformat(), "what": "", "value": "", "visit_id": visit_id, "turn": 1,
             "quote": QUOTE}  # fmt: skip
    links = {"visit": f"/v1/visits/{visit_id}"}
    with console.api.services.uow() as tx:
        tx.playbooks.alerts.add(an_alert(1, owner_id="rep_lin", handed_to="rep_wu", evidence=[piece], links=links))
    page = unescape(console.enter("rep_wu").get("/alerts").text)
    assert QUOTE in page
    assert visit_id not in page
