"""Erasing a visit takes its words out of everything coaching kept; what people decided stays as a fact."""

from dataclasses import replace
from datetime import timedelta

from service.domain.coaching.erasure import ERASED_REASON, erase_coaching
from tests.contract.storage.test_coaching_contract import ROWS, SAID
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.fakes import NOON
from tests.support.memory_coaching import KINDS, MemoryCoachingStore
from tests.support.memory_state import State

OTHER_WORDS = replace(SAID, visit_id="vis_2", quote="周三给答复")


def filled() -> MemoryCoachingStore:
    store = MemoryCoachingStore(State())
    for kind in KINDS:
        getattr(store, kind).put(ROWS[kind])
        getattr(store, kind).put(replace(ROWS[kind], tenant_id=OTHER_TENANT))
    return store


def test_no_row_of_the_tenant_quotes_the_visit_afterwards() -> None:
    store = filled()
    blobs, touched = erase_coaching(store, TENANT, "vis_1")
    assert blobs == [ROWS["proofs"].blob]
    assert touched == 10
    left = {kind: getattr(store, kind).find(TENANT) for kind in KINDS}
    assert SAID.quote not in repr(left)
    # An answer to a hint loses its note, and that a person reviewed a rep's month tells of no visit.
    assert [kind for kind, rows in left.items() if rows] == ["feedback", "score_reviews"]
    assert all(getattr(store, kind).find(OTHER_TENANT) for kind in KINDS)


def test_a_visit_nobody_coached_leaves_all_as_it_was() -> None:
    store = filled()
    before = {kind: getattr(store, kind).find(TENANT) for kind in KINDS}
    assert erase_coaching(store, TENANT, "vis_9") == ([], 0)
    assert {kind: getattr(store, kind).find(TENANT) for kind in KINDS} == before


def test_a_later_hint_that_quotes_the_visit_goes_too_and_its_notes_are_emptied() -> None:
    store = filled()
    later = replace(ROWS["hints"], id=an_id("hint", 2), visit_id="vis_2", at=NOON + timedelta(days=3))
    other = replace(later, id=an_id("hint", 3), document=replace(later.document, because=(OTHER_WORDS,)))
    for row in (later, other):
        store.hints.put(row)
    store.feedback.put(replace(ROWS["feedback"], id=an_id("fdb", 2), hint_id=later.id, note="客户原话是两百万"))
    erase_coaching(store, TENANT, "vis_1")
    assert store.hints.find(TENANT) == [other]
    assert {answer.note for answer in store.feedback.find(TENANT)} == {""}


def test_a_completed_course_stays_without_its_words() -> None:
    store = filled()
    done = replace(ROWS["courses"], state="completed", visit_id="vis_1")
    store.courses.put(done)
    erase_coaching(store, TENANT, "vis_1")
    (row,) = store.courses.find(TENANT)
    assert (row.state, row.because, row.reason, row.visit_id) == ("completed", (), ERASED_REASON, None)


def test_an_open_course_with_other_words_stays_on_those() -> None:
    store = filled()
    store.courses.put(replace(ROWS["courses"], because=(SAID, OTHER_WORDS)))
    erase_coaching(store, TENANT, "vis_1")
    (row,) = store.courses.find(TENANT)
    assert (row.because, row.state) == ((OTHER_WORDS,), "assigned")


def test_a_trainers_own_course_keeps_the_trainers_reason() -> None:
    store = filled()
    store.courses.put(replace(ROWS["courses"], source="trainer", reason="下周一起练", visit_id="vis_1"))
    erase_coaching(store, TENANT, "vis_1")
    assert store.courses.find(TENANT)[0].reason == "下周一起练"


def test_items_of_another_visit_lose_the_words_they_were_chosen_for() -> None:
    store = filled()
    store.check_ins.put(replace(ROWS["check_ins"], id="vis_2"))
    erase_coaching(store, TENANT, "vis_1")
    (row,) = store.check_ins.find(TENANT)
    assert (row.id, row.items[0].because, row.answers) == ("vis_2", (), {"brought_proof": True})


def test_a_briefing_that_quoted_a_visit_before_it_was_coached_is_found_too() -> None:
    store = filled()
    store.visits.remove(TENANT, among={"id": ["vis_1"]})
    briefed = replace(ROWS["hints"], id=an_id("hint", 5), visit_id=None)
    store.hints.put(briefed)
    erase_coaching(store, TENANT, "vis_1")
    assert store.hints.find(TENANT) == []
    assert SAID.quote not in repr(store.courses.find(TENANT))
