"""What the coach stage keeps beside the analysis, once, however often it runs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.adapters.content.loader import load_content
from service.domain.coaching.hint_rows import HintFeedback, Reason
from service.domain.coaching.hints import HintStatus
from service.domain.people import Person
from service.settings import ROOT
from service.usecases.coaching.keep_coaching import read_given_hints, read_open_courses, read_ticks
from service.usecases.services import Services
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.coached import ASKED, PRICE_ANSWERED, PRICE_LEFT_OPEN, coach_again, coached
from tests.support.fakes import NOON, FakeClock
from tests.support.service import services_over

CONTENT = load_content(ROOT / "prompts")


@pytest.fixture
def services() -> Services:
    return services_over(content=CONTENT)


def kept(services: Services) -> dict[str, list[object]]:
    with services.uow(write=False) as tx:
        kinds = ("observations", "visits", "hints", "courses", "places")
        return {kind: getattr(tx.coaching, kind).find(TENANT) for kind in kinds}


def test_observations_carry_words_and_the_second_they_were_said(services: Services) -> None:
    coached(services, 1, *PRICE_LEFT_OPEN, *ASKED, at=NOON - timedelta(days=1))
    with services.uow(write=False) as tx:
        rows = tx.coaching.observations.find(TENANT)
    left = next(row for row in rows if row.rule == "left_open")
    assert (left.skill, left.quote, left.turn, left.start_ms) == ("objection", "两万八一把太贵了。", 0, 0)
    asked = next(row for row in rows if row.quote == "现在这道工序一天停几次？")
    assert (asked.rep_id, asked.account_id, asked.source) == ("rep-1", "acc-1", "talk")
    assert asked.start_ms == 20_000


def test_running_twice_keeps_everything_once(services: Services) -> None:
    visit_id = coached(services, 1, *PRICE_LEFT_OPEN, *ASKED, at=NOON - timedelta(days=1))
    first = kept(services)
    coach_again(services, visit_id)
    assert kept(services) == first
    assert all(first[kind] for kind in ("observations", "visits", "hints", "places"))


def test_what_a_rep_answered_meanwhile_stays(services: Services) -> None:
    visit_id = coached(services, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1))
    with services.uow() as tx:
        (hint, *_) = tx.coaching.hints.find(TENANT)
        tx.coaching.hints.put(replace(hint, status="accepted"))
    coach_again(services, visit_id)
    with services.uow(write=False) as tx:
        assert tx.coaching.hints.get(TENANT, hint.id) == replace(hint, status="accepted")


def test_every_finding_is_found_again_by_its_id(services: Services) -> None:
    visit_id = coached(services, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1))
    with services.uow(write=False) as tx:
        record = tx.analyses.latest(TENANT, visit_id)
        assert record is not None
        for finding in record.analysis.findings:
            place = tx.coaching.places.get(TENANT, finding.id)
            assert place is not None
            assert place.visit_id == visit_id
            assert tx.coaching.places.get(OTHER_TENANT, finding.id) is None


def test_hints_given_before_are_known_for_their_cool_down_but_not_this_visits_own(services: Services) -> None:
    visit_id = coached(services, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1))
    later = NOON + timedelta(seconds=1)
    with services.uow(write=False) as tx:
        others = read_given_hints(tx, TENANT, account_id="acc-1", until=later)
        own = read_given_hints(tx, TENANT, account_id="acc-1", until=later, but_visit=visit_id)
        elsewhere = read_given_hints(tx, TENANT, account_id="acc-2", until=later)
        earlier = read_given_hints(tx, TENANT, account_id="acc-1", until=NOON)
    assert others
    assert all(hint.given_at == NOON and not hint.dismissed for hint in others)
    assert own == elsewhere == earlier == []


def test_a_hint_is_not_given_again_within_its_cool_down(services: Services) -> None:
    coached(services, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1))
    clock = services.clock
    assert isinstance(clock, FakeClock)
    clock.forward(days=3)
    coached(services, 2, *PRICE_LEFT_OPEN, at=NOON + timedelta(days=2))
    with services.uow(write=False) as tx:
        first, second = (
            {row.card for row in tx.coaching.hints.find(TENANT, among={"visit_id": [an_id("vis", n)]})} for n in (1, 2)
        )
    assert first
    assert not first & second


def test_a_course_assigned_within_the_month_is_not_assigned_again(services: Services) -> None:
    clock = services.clock
    assert isinstance(clock, FakeClock)
    for number in (1, 2, 3):
        coached(services, number, *PRICE_LEFT_OPEN, at=clock.now() - timedelta(hours=1))
        clock.forward(days=1)
    with services.uow(write=False) as tx:
        rows = tx.coaching.courses.find(TENANT)
        month = read_open_courses(tx, TENANT, rep_id="rep-1", now=clock.now())
        others = read_open_courses(tx, TENANT, rep_id="rep-2", now=clock.now())
    assert rows
    assert len({row.course for row in rows}) == len(rows)
    assert all(row.state == "proposed" and row.because for row in rows)
    assert month == {row.course for row in rows}
    assert others == set()


def test_a_settled_course_may_come_back_after_a_month(services: Services) -> None:
    for number in (1, 2):
        coached(services, number, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=3 - number))
    with services.uow() as tx:
        for row in tx.coaching.courses.find(TENANT):
            tx.coaching.courses.put(replace(row, state="completed", completed_at=NOON))
        assert read_open_courses(tx, TENANT, rep_id="rep-1", now=NOON + timedelta(days=1))
        assert read_open_courses(tx, TENANT, rep_id="rep-1", now=NOON + timedelta(days=31)) == set()


def test_a_reps_values_lean_on_their_team(services: Services) -> None:
    with services.uow() as tx:
        for one, team in (("rep-1", "甲组"), ("rep-2", "甲组"), ("rep-3", "乙组")):
            tx.people.put(Person(one, TENANT, one, "rep", NOON, team=team, row_id=an_id("per", int(one[-1]))))
    for number in range(1, 6):
        coached(services, number, *PRICE_ANSWERED, at=NOON - timedelta(days=number), rep="rep-2", account="b")
        coached(services, 10 + number, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=number), rep="rep-3", account="c")
    for number, rep in ((21, "rep-1"), (31, "rep-3")):
        at = NOON - timedelta(hours=1)
        coached(services, number, *PRICE_LEFT_OPEN * 3, at=at, rep=rep, account=rep)
    with services.uow(write=False) as tx:
        records = [tx.analyses.latest(TENANT, an_id("vis", number)) for number in (21, 31)]
    leaning, alone = (
        next(skill["score"] for skill in (record.coaching or {})["skills"] if skill["code"] == "objection")
        for record in records
        if record is not None
    )
    assert leaning > alone


def test_ticks_and_proofs_are_read_for_scoring_and_talk_is_not(services: Services) -> None:
    coached(services, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1))
    with services.uow() as tx:
        (row, *_) = tx.coaching.observations.find(TENANT)
        tx.coaching.observations.put(replace(row, id=an_id("obs", 7), source="tick"))
        assert [seen.id for seen in read_ticks(tx, TENANT, rep_id="rep-1", now=NOON)] == [an_id("obs", 7)]
        assert read_ticks(tx, TENANT, rep_id="rep-1", now=NOON + timedelta(days=400)) == []


@pytest.mark.parametrize(
    ("status", "reason", "counts"),
    [
        pytest.param("proposed", "", False, id="only_given"),
        pytest.param("accepted", "", False, id="accepted"),
        pytest.param("done", "", True, id="done"),
        pytest.param("dismissed", "not_my_customer", False, id="waved_away_for_themselves"),
        pytest.param("dismissed", "already_done", True, id="done_already"),
        pytest.param("dismissed", "wrong", True, id="wrong"),
    ],
)
def test_of_a_colleagues_hints_those_count_that_settle_the_matter(
    services: Services, status: HintStatus, reason: Reason, counts: bool
) -> None:
    coached(services, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1), rep="rep-2")
    with services.uow() as tx:
        for row in tx.coaching.hints.find(TENANT):
            tx.coaching.hints.put(replace(row, status=status))
            if status in ("done", "dismissed"):
                answer = HintFeedback(f"fdb_{row.id}", TENANT, NOON, row.id, "rep-2", row.card, row.action, status,
                                      reason, "", "", {})  # fmt: skip
                tx.coaching.feedback.add(answer)
    later = NOON + timedelta(seconds=1)
    with services.uow(write=False) as tx:
        mine = read_given_hints(tx, TENANT, account_id="acc-1", until=later, rep_id="rep-1")
        theirs = read_given_hints(tx, TENANT, account_id="acc-1", until=later, rep_id="rep-2")
    assert theirs
    assert bool(mine) is counts
