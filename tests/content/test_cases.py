"""Every pack's own cases hold, and each is able to fail: a number changed in it is told with its line."""

from collections.abc import Iterator

import pytest

from nlp.errors import ContentInvalid
from service.adapters.content.owned import OwnedReader
from service.domain.cases.check import cases_of, failures_in
from service.domain.cases.reporting import virtual_events
from service.domain.content.bundle import Content
from service.domain.content.case_examples import CaseExamples
from service.domain.content.header import Header
from service.domain.content.owned import OWNED, items_of, with_item
from service.domain.crm.pressure import play
from tests.support.shelf import shipped_content

ROWS = {"P1", "P2", "P7", "P8", "P10", "P11", "P12", "P14", "P15", "P17", "P18", "P19", "R1", "R2", "R3", "R5"}
WITHOUT = {"office"}  # hours and days, which the engine's clocks and the reports of other packs show


def shipped() -> Iterator[tuple[str, Header]]:
    content = shipped_content()
    return ((kind, item) for kind in OWNED for item in items_of(content, kind))


PACKS = [pytest.param(kind, item, id=f"{kind}/{item.id}") for kind, item in shipped() if kind not in WITHOUT]


@pytest.mark.parametrize(("kind", "item"), PACKS)
def test_its_cases_fire_and_stay_silent_in_the_figures_they_give(kind: str, item: Header, content: Content) -> None:
    cases = cases_of(item)
    assert cases is not None, f"{kind}/{item.id} shows no case"
    assert all(case.gives for case in cases.fires), "a case that fires says what it gives"
    assert [str(fault) for fault in failures_in(item, content)] == []


def test_every_row_is_served_by_a_pack_with_cases() -> None:
    served = {row for _, item in shipped() for row in getattr(item, "serves", ()) if item.in_use and cases_of(item)}
    assert served >= ROWS


@pytest.mark.parametrize(("kind", "item"), PACKS)
def test_a_case_is_able_to_fail(kind: str, item: Header, content: Content) -> None:
    """What fires is put among what stays silent, and the other way round: each must be found out."""
    cases = cases_of(item)
    assert cases is not None
    swapped = CaseExamples(fires=cases.stays_silent, stays_silent=cases.fires)
    changed = item.model_copy(update={"examples": swapped})
    found = {fault.path: fault.reason for fault in failures_in(changed, with_item(content, kind, changed))}
    for number in range(len(swapped.fires)):
        assert "stays silent" in found["examples", "fires", number]
    for number in range(len(swapped.stays_silent)):
        assert "has something to say" in found["examples", "stays_silent", number]


@pytest.mark.parametrize(
    ("kind", "item_id", "was", "now", "fault"),
    [
        ("metrics", "lead_response_24h", "value: 0.8,", "value: 0.9,", "it is 0.8, not 0.9"),
        ("metrics", "lead_response_24h", "at_least: 0.85", "at_least: 0.75", "has something to say|stays silent"),
        ("health", "hospital_health", "points: -3,", "points: -4,", "receipt_late"),
        ("plans", "weekly_plan", "at_least: 3", "at_least: 4", "deep_visit"),
        ("reports", "daily_weekly", "after: 3d", "after: 2d", "s1|o1"),
        ("closed_loops", "payment_closed_loop", "share: 1.0", "share: 0.9", "has something to say"),
        ("pressure_tests", "hospital_pressure", "[其他, 其它,", "[其它,", "not {'rep_a': 1"),
        ("pressure_tests", "hospital_pressure", "is_enough: false", "is_big: false", "there is no such figure; known:"),
    ],
)
def test_a_number_changed_is_refused_with_the_line_of_the_case(
    content: Content, kind: str, item_id: str, was: str, now: str, fault: str
) -> None:
    text = content.texts[kind, item_id]
    assert was in text
    with pytest.raises(ContentInvalid, match=fault) as refused:
        OwnedReader(content.vocabulary).check(kind, text.replace(was, now, 1), content=content)
    for line in str(refused.value).splitlines():
        _, number, said = line.split(":", 2)
        assert said.startswith(" key `examples.")
        assert int(number) > text[: text.index("\nexamples:")].count("\n")


@pytest.mark.parametrize(
    ("kind", "item_id", "was", "now", "fault"),
    [
        (
            "reports",
            "daily_weekly",
            "{{before}}→{{after}}",
            "{{before}}→{{next}}",
            "progress.stage_moves`: unknown name",
        ),
        ("reports", "daily_weekly", "{{before}}→{{after}}", "{before}", "a brace that belongs to no name"),
        ("reports", "daily_weekly", "weekly: [ranking,", "weekly: [ranking, ranking,", "weekly`: ranking stands twice"),
        ("reports", "daily_weekly", "daily: [progress,", "daily: [ranking,", "daily.0`"),
        ("reports", "daily_weekly", "completeness: customer", "completeness: person", "usage.completeness`: metric"),
        ("closed_loops", "payment_closed_loop", "base: paid", "base: hoped", "commission.base`"),
        ("closed_loops", "payment_closed_loop", "becomes:", "become:", "unknown key"),
        (
            "pressure_tests",
            "hospital_pressure",
            "process: hospital_admission",
            "process: nowhere",
            "process`: process 'n",
        ),
        (
            "pressure_tests",
            "hospital_pressure",
            "id: virtual_10",
            "id: virtual_9",
            "deals.9.id`: virtual_9 stands twice",
        ),
        (
            "pressure_tests",
            "hospital_pressure",
            "at_least: 10",
            "at_least: 11",
            "deals`: 10 deals, fewer than at_least",
        ),
        ("pressure_tests", "hospital_pressure", "on: task/v1_form", "on: paper/v1_form", "events.2.on`: write a kind"),
        ("metrics", "lead_response_24h", "now: 2026", "now: 1926", "between the years 2000 and 2099"),
        ("metrics", "lead_response_24h", "times: 10,", "times: 501,", "examples.fires.0.events"),
    ],
)
def test_a_fault_in_a_pack_is_told_with_its_key_and_line(
    content: Content, kind: str, item_id: str, was: str, now: str, fault: str
) -> None:
    text = content.texts[kind, item_id]
    assert was in text
    place = text[: text.index(was)].count("\n") + 1
    with pytest.raises(ContentInvalid) as refused:
        OwnedReader(content.vocabulary).check(kind, text.replace(was, now, 1), content=content)
    (line,) = [line for line in str(refused.value).splitlines() if fault in line]
    told = int(line.split(":")[1])
    assert abs(told - place) <= 2, line


def test_the_ten_virtual_opportunities_show_who_skips_and_who_writes_other(content: Content) -> None:
    (card,) = content.pressure_cards
    process = next(each for each in content.processes if each.id == card.process)
    events = virtual_events(card)
    found = play(card, process, events, now=max(event.occurred_at for event in events))
    assert (found.opportunities, found.is_enough) == (10, True)
    did = {it.person: (len(it.skips), len(it.others)) for it in found.people}
    assert did == {"rep_b": (3, 1), "rep_d": (1, 0), "rep_c": (0, 3)}
    assert [it.person for it in found.people] == ["rep_b", "rep_d", "rep_c"]
    assert dict(found.skipped_nodes)["legal_review"] == 3
    assert dict(found.evaded_fields) == {"loss_reason": 2, "source": 1, "rival": 1}
