"""Whose data left the region: counted when it is sent, told at thresholds, forgotten without lowering totals."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content
from service.domain.delivery.deliveries import Attempt, Event
from service.domain.privacy.rules import ProcessorRow
from service.domain.privacy.transfers import TransferLimits, YearOfTransfers, may_have_left, persons_in, year_of
from service.settings import ROOT
from service.usecases.delivery.deliver_events import Deliverer
from service.usecases.privacy.count_transfers import (
    Sent,
    counter_over,
    left,
    persons_of_visit,
    transfers_of,
    watch_transfers,
)
from service.usecases.privacy.decide_privacy import new_processor, register_processor
from service.usecases.privacy.erase_subject import Subject, erase_subject
from service.usecases.privacy.verify_privacy import verify_privacy
from service.usecases.services import Services
from tests.support.builders import TENANT, a_visit, an_endpoint
from tests.support.fakes import NOON, FakeClock, FakeSender
from tests.support.privacy import some_installation
from tests.support.service import services_over

ABROAD, OTHER, HOME = "crm.example", "llm.example", "home.example"
REGIONS = {ABROAD: "SG", OTHER: "US", HOME: "CN"}


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(ROOT / "prompts")


@pytest.fixture
def services(content: Content, tmp_path: Path) -> Services:
    made = services_over(content=content, folder=tmp_path, regions=("CN", "SG", "US"),
                         transfer_limits=TransferLimits(persons=3, assessed=5, sensitive=1))  # fmt: skip
    with made.uow() as tx:
        tx.visits.add(a_visit())
        for host, region in REGIONS.items():
            tx.privacy.processors.put(
                ProcessorRow(f"prc_{host}", TENANT, NOON, "webhook", host, "n", region, "p", ("f",), "c")
            )
    return made


def send(services: Services, host: str, *names: str, said: str = "") -> None:
    who = frozenset(("person", name) for name in names)
    counter_over(services)(Sent(TENANT, host, lambda _tx: who, [said]))  # type: ignore[arg-type, return-value]


def counted(services: Services) -> YearOfTransfers:
    with services.uow(write=False) as tx:
        return transfers_of(tx, TENANT, year_of(services.clock.now()))


def numbers(services: Services) -> tuple[int, int, Mapping[str, int]]:
    found = counted(services)
    return found.persons, found.sensitive, {each.host: each.persons for each in found.receivers}


def events(services: Services) -> list[Mapping[str, Any]]:
    with services.uow(write=False) as tx:
        return [each.data for each in tx.events.after(TENANT, None, 99) if each.type == "privacy.transfer_threshold"]


def forward(services: Services, **span: float) -> None:
    assert isinstance(services.clock, FakeClock)
    services.clock.forward(**span)


def test_a_person_counts_once_a_year_however_often_and_to_whomever_it_went(services: Services) -> None:
    send(services, ABROAD, "rep-1")
    send(services, ABROAD, "rep-1", "rep-2")
    send(services, OTHER, "rep-1")
    assert numbers(services) == (2, 0, {ABROAD: 2, OTHER: 1})


def test_what_stays_in_the_region_is_not_counted(services: Services) -> None:
    send(services, HOME, "rep-1")
    assert numbers(services) == (0, 0, {})


def test_no_row_holds_a_name_and_digests_of_two_years_differ(services: Services) -> None:
    send(services, ABROAD, "rep-1")
    forward(services, days=366)
    send(services, ABROAD, "rep-1")
    with services.uow(write=False) as tx:
        rows = tx.privacy.transferred.find(TENANT)
    assert "rep-1" not in str(rows)
    assert len({row.subject for row in rows}) == 2


@pytest.mark.parametrize(
    ("said", "sensitive"),
    [
        ("两万八一把太贵了", 0),
        ("我身份证号是11010519491231002X", 1),
        ("我上个月查出糖尿病", 1),
        ("我电话13800001111", 0),
    ],
)
def test_sensitive_data_is_what_was_really_sent(services: Services, said: str, sensitive: int) -> None:
    send(services, ABROAD, "rep-1")
    send(services, ABROAD, "rep-1", said=said)
    assert numbers(services)[:2] == (1, sensitive)


def test_an_erasure_takes_the_digests_and_leaves_the_number(services: Services) -> None:
    send(services, ABROAD, "rep-1", "rep-2")
    send(services, OTHER, "rep-1", said="身份证号11010519491231002X")
    before = counted(services)
    with services.uow() as tx:
        tx.visits.update(a_visit(rep_id="rep-1"))
    receipt = erase_subject(services, TENANT, Subject("person", "rep-1"), actor="key:k", reason="")
    assert receipt.counts["digests"] == 2
    assert counted(services) == before
    with services.uow(write=False) as tx:
        assert len(tx.privacy.transferred.find(TENANT)) == 1
    send(services, ABROAD, "rep-1")  # who it was is not remembered
    assert counted(services).persons == before.persons + 1


def test_a_year_that_is_over_is_kept_as_numbers(services: Services) -> None:
    send(services, ABROAD, "rep-1", "rep-2")
    send(services, OTHER, "rep-1")
    before, last = counted(services), year_of(services.clock.now())
    forward(services, days=366)
    assert watch_transfers(services) == 1
    with services.uow(write=False) as tx:
        assert tx.privacy.transferred.find(TENANT) == []
        assert transfers_of(tx, TENANT, last) == before
    assert numbers(services) == (0, 0, {})
    assert watch_transfers(services) == 0


def test_a_threshold_is_told_once_a_year(services: Services) -> None:
    send(services, ABROAD, "rep-1", "rep-2")
    assert (watch_transfers(services), events(services)) == (0, [])
    send(services, OTHER, "rep-3", said="我身份证号是11010519491231002X")
    assert [watch_transfers(services), watch_transfers(services)] == [2, 0]
    told = {each["threshold"]: (each["limit"], each["persons"], each["sensitive_persons"]) for each in events(services)}
    assert told == {"persons": (3, 3, 1), "sensitive": (1, 3, 1)}
    forward(services, days=366)
    send(services, ABROAD, "rep-1", "rep-2", "rep-3")
    watch_transfers(services)
    assert [each["threshold"] for each in events(services)].count("persons") == 2


def test_a_receiver_nobody_placed_counts_once_its_region_is_told(services: Services) -> None:
    def register(region: str) -> None:
        made = new_processor(services, TENANT, kind="webhook", host="new.example", name="n", region=region, purpose="p",
                             fields=("f",), contract_ref="c", now=NOON)  # fmt: skip
        with services.uow() as tx:
            register_processor(tx, services, made, actor="key:k", regions=services.regions)

    send(services, "new.example", "rep-1", "rep-2")
    assert numbers(services) == (0, 0, {"new.example": 2})
    assert counted(services).unplaced == ("new.example",)
    with services.uow() as tx:
        tx.visits.update(a_visit(rep_id="rep-1"))
    erase_subject(services, TENANT, Subject("person", "rep-1"), actor="key:k", reason="")
    register("US")
    assert (numbers(services), counted(services).unplaced) == ((2, 0, {"new.example": 2}), ())


def test_a_receiver_that_turns_out_to_be_at_home_never_counted(services: Services) -> None:
    send(services, "new.example", "rep-1")
    made = new_processor(services, TENANT, kind="webhook", host="new.example", name="n", region="CN", purpose="p",
                         fields=("f",), contract_ref="c", now=NOON)  # fmt: skip
    with services.uow() as tx:
        register_processor(tx, services, made, actor="key:k", regions=services.regions)
    assert numbers(services) == (0, 0, {})


@pytest.mark.parametrize(("payload", "persons"), [("full", 2), ("thin", 0)])
def test_a_delivery_counts_who_is_in_it_when_it_says_anything(services: Services, payload: Any, persons: int) -> None:
    deliver(services, payload, FakeSender())
    assert numbers(services)[0] == persons


def test_what_never_left_is_not_counted(services: Services) -> None:
    class Unreachable(FakeSender):
        def send(self, *given: Any, **named: Any) -> Attempt:
            del given
            return Attempt(named["delivery_id"], named["number"], named["now"], None, "connection_refused: none", 1)

    deliver(services, "full", Unreachable())
    assert numbers(services)[0] == 0


def deliver(services: Services, payload: Any, sender: FakeSender) -> None:
    with services.uow() as tx:
        tx.endpoints.add(an_endpoint(url=f"https://{ABROAD}/hooks", payload=payload))
        event = Event("evt_1", TENANT, "visit.analyzed", NOON, a_visit().id, 1, {"analysis": {"summary": "太贵了"}})
        tx.events.add(event)
    deliverer = Deliverer(services.uow, services.clock, sender, "o", services.ids, count=counter_over(services))
    assert deliverer.deliver_one()


def test_who_is_in_a_document_is_found_at_any_depth() -> None:
    document = {"rep_id": "r1", "alert": {"owner_id": "r2", "evidence": [{"account_id": "a1"}]}, "account_id": "",
                "opportunity_id": "o1"}  # fmt: skip
    assert persons_in(document) == {("person", "r1"), ("person", "r2"), ("account", "a1")}


def test_a_visit_counts_its_rep_and_the_customer_of_its_account(services: Services) -> None:
    with services.uow(write=False) as tx:
        found = persons_of_visit(tx, TENANT, a_visit().id)
        assert found == {("person", a_visit().rep_id), ("account", a_visit().account_id)}
        assert persons_of_visit(tx, TENANT, None) == persons_of_visit(tx, TENANT, "vis_none") == frozenset()


@pytest.mark.parametrize(
    ("status", "error", "went"),
    [(200, "", True), (500, "http_500", True), (None, "timeout: no complete answer", True),
     (None, "dns_failed: no name", False), (None, "processor_unregistered: not named", False)],
)  # fmt: skip
def test_an_attempt_that_may_have_arrived_counts(status: int | None, error: str, went: bool) -> None:
    assert left(Attempt("dlv_1", 1, NOON, status, error, 5)) == went
    assert may_have_left("connection_broken")


def test_a_year_turns_where_the_law_is() -> None:
    eve = NOON.replace(month=12, day=31, hour=15, minute=59)
    assert int(year_of(eve + timedelta(minutes=2))) == int(year_of(eve)) + 1


def test_the_duty_names_what_is_reached_and_whom_nobody_placed(services: Services) -> None:
    def duty() -> tuple[str, str]:
        judged = verify_privacy(
            services, some_installation(transfer_limits=services.transfer_limits, regions=("SG", "US"))
        )
        return next((each.state, each.found) for each in judged if each.name.startswith("Cross-border"))

    send(services, ABROAD, "rep-1")
    assert duty() == (
        "ok",
        "no registered receiver lies outside CN, SG, US; this year 1 persons were in what was sent to other regions",
    )  # fmt: skip
    send(services, ABROAD, "rep-2", "rep-3")
    send(services, "new.example", "rep-2")
    state, found = duty()
    assert state == "attention"
    assert "3 persons in what went abroad this year reach `persons` (3)" in found
    assert "nobody told where these lie: new.example" in found
