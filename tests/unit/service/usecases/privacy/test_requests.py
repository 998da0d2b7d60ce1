"""Requests of people: told once, closed by what answers them, nameless when the subject is erased."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.privacy.rules import HoldRow, stone_of
from service.domain.privacy.subject_requests import SubjectRequestRow
from service.settings import ROOT
from service.usecases.privacy.erase_subject import Subject, erase_subject
from service.usecases.privacy.keep_requests import (
    Asked,
    answer_by_copy,
    change_terms,
    close_request,
    due_next,
    record_request,
)
from service.usecases.privacy.verify_privacy import verify_privacy
from service.usecases.privacy.watch_requests import watch_requests
from service.usecases.services import Services
from tests.support.builders import TENANT, a_visit
from tests.support.fakes import NOON, FakeClock
from tests.support.privacy import some_installation
from tests.support.service import services_over

REP = a_visit().rep_id


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(ROOT / "prompts")


@pytest.fixture
def services(content: Content, tmp_path: Path) -> Services:
    made = services_over(content=content, folder=tmp_path)
    with made.uow() as tx:
        tx.visits.add(a_visit())
    return made


def forward(services: Services, **span: float) -> None:
    assert isinstance(services.clock, FakeClock)
    services.clock.forward(**span)


def ask(services: Services, kind: Any = "copy", about: Any = "person", ref: str = REP) -> SubjectRequestRow:
    with services.uow() as tx:
        asked = Asked(kind, about, ref, "email", services.clock.now())
        return record_request(tx, services, TENANT, asked, actor="key:k")


def stored(services: Services, request: SubjectRequestRow) -> SubjectRequestRow:
    with services.uow(write=False) as tx:
        found = tx.privacy.requests.get(TENANT, request.id)
    assert found is not None
    return found


def told(services: Services) -> list[tuple[str, str]]:
    with services.uow(write=False) as tx:
        events = tx.events.after(TENANT, None, 100)
    return [(each.data["request_id"], each.data["urgency"]) for each in events if each.type == "privacy.request_due"]


def test_it_is_told_before_its_last_day_and_after_it_each_once(services: Services) -> None:
    request = ask(services)
    assert watch_requests(services) == 0
    forward(services, seconds=(request.warn_at - services.clock.now()).total_seconds())
    assert [watch_requests(services), watch_requests(services)] == [1, 0]
    forward(services, seconds=(request.due_at - services.clock.now()).total_seconds())
    assert [watch_requests(services), watch_requests(services)] == [1, 0]
    assert told(services) == [(request.id, "due_soon"), (request.id, "overdue")]


def test_an_event_says_nothing_of_whom_it_is_about(services: Services) -> None:
    request = ask(services)
    forward(services, days=40)
    watch_requests(services)
    with services.uow(write=False) as tx:
        (event,) = tx.events.after(TENANT, None, 10)
    assert REP not in str(event.data)
    assert event.data["links"] == {"request": f"/v1/privacy/requests/{request.id}"}


def test_what_was_answered_or_refused_is_told_of_no_more(services: Services) -> None:
    first, second = ask(services, "correction"), ask(services, "objection")
    with services.uow() as tx:
        close_request(tx, services, TENANT, first.id, state="answered", reason="已更正", actor="key:k")
        close_request(tx, services, TENANT, second.id, state="refused", reason="决定由主管作出", actor="key:k")
    forward(services, days=60)
    assert (watch_requests(services), told(services)) == (0, [])
    assert [stored(services, each).reason for each in (first, second)] == ["已更正", "决定由主管作出"]


def test_a_closed_request_stays_closed(services: Services) -> None:
    request = ask(services)
    with services.uow() as tx:
        close_request(tx, services, TENANT, request.id, state="refused", reason="身份无法核实", actor="key:k")
    with pytest.raises(Conflict), services.uow() as tx:
        close_request(tx, services, TENANT, request.id, state="answered", reason="x", actor="key:k")
    with pytest.raises(NotFound), services.uow() as tx:
        close_request(tx, services, TENANT, "req_none", state="answered", reason="x", actor="key:k")


def test_a_copy_answers_what_asked_for_one_and_nothing_else(services: Services) -> None:
    access, copy, other = ask(services, "access"), ask(services, "copy"), ask(services, "correction")
    somebody = ask(services, "copy", ref="rep-else")
    with services.uow() as tx:
        answer_by_copy(tx, services, TENANT, "person", REP, actor="key:k")
    assert [stored(services, each).state for each in (access, copy, other, somebody)] == [
        "answered", "answered", "open", "open"
    ]  # fmt: skip


def test_an_erasure_answers_everything_about_the_subject_and_takes_its_name(services: Services) -> None:
    mine = [ask(services, kind) for kind in ("erasure", "access")]
    visit = ask(services, "erasure", "visit", a_visit().id)
    receipt = erase_subject(services, TENANT, Subject("person", REP), actor="key:k", reason="来函")
    for request in (*mine, visit):
        row = stored(services, request)
        assert (row.state, row.reason, row.receipt_id) == ("answered", "erasure", receipt.id)
        assert row.subject_id == stone_of(TENANT, request.subject_kind, request.subject_id)
    assert REP not in str([stored(services, each) for each in mine])


def test_a_second_request_about_an_erased_visit_is_answered_by_the_receipt_that_stands(services: Services) -> None:
    visit_id = a_visit().id
    receipt = erase_subject(services, TENANT, Subject("visit", visit_id), actor="key:k", reason="")
    again = ask(services, "erasure", "visit", visit_id)
    assert erase_subject(services, TENANT, Subject("visit", visit_id), actor="key:k", reason="").id == receipt.id
    assert stored(services, again).receipt_id == receipt.id


def test_what_a_hold_keeps_leaves_the_request_open(services: Services) -> None:
    with services.uow() as tx:
        tx.visits.add(a_visit(id="vis_held", external_id=None))
        tx.privacy.holds.put(HoldRow("hld_1", TENANT, NOON, "visit", "vis_held", "诉讼", "key:k"))
    request = ask(services, "erasure")
    erase_subject(services, TENANT, Subject("person", REP), actor="key:k", reason="")
    assert (stored(services, request).state, stored(services, request).subject_id) == ("open", REP)


def test_a_tenant_counts_its_own_way_from_then_on(services: Services) -> None:
    before = ask(services)
    with services.uow() as tx:
        change_terms(tx, services, TENANT, "calendar_days", actor="key:k")
    after = ask(services, ref="rep-else")
    assert (before.time, after.time) == ("working_days", "calendar_days")
    with services.uow(write=False) as tx:
        assert [each.id for each in due_next(tx, TENANT)] == [before.id, after.id]


def test_nothing_is_received_in_the_future(services: Services) -> None:
    later = Asked("copy", "person", REP, "email", services.clock.now() + timedelta(minutes=1))
    with pytest.raises(Invalid, match="received_at"), services.uow() as tx:
        record_request(tx, services, TENANT, later, actor="key:k")


def test_overdue_requests_fail_their_duty_and_near_ones_need_attention(services: Services) -> None:
    def state() -> tuple[str, str]:
        duties = verify_privacy(services, some_installation())
        return next((duty.state, duty.found) for duty in duties if duty.name.startswith("Access"))

    request = ask(services)
    assert state()[0] == "ok"
    forward(services, seconds=(request.warn_at - services.clock.now()).total_seconds())
    assert state() == ("attention", "1 requests of people are due within three working days")
    forward(services, days=10)
    assert state() == ("fail", f"requests of people are overdue: {TENANT} (1)")
    with services.uow() as tx:
        close_request(tx, services, TENANT, request.id, state="answered", reason="已寄出", actor="key:k")
    assert state()[0] == "ok"


def test_what_was_closed_before_the_trail_begins_is_forgotten(services: Services) -> None:
    closed, standing = ask(services), ask(services, "objection")
    with services.uow() as tx:
        close_request(tx, services, TENANT, closed.id, state="answered", reason="已寄出", actor="key:k")
    forward(services, days=3 * 365 - 1)
    watch_requests(services)
    assert stored(services, closed).state == "answered"
    forward(services, days=2)
    assert watch_requests(services) == 1
    with services.uow(write=False) as tx:
        assert [each.id for each in tx.privacy.requests.find(TENANT)] == [standing.id]
