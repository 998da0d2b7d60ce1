"""What every implementation promises of visits, recordings, texts, keys, answers, ticks and the transaction itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nlp.types import Finding
from service.domain.access import ApiKey
from service.domain.errors import Conflict
from service.domain.ports import UnitOfWorkFactory
from service.domain.records import IdempotentAnswer, Page
from service.domain.speech.recording import LEGAL_MOVES, RecordingState, may_move
from service.domain.visit import LabelledVisit
from service.storage.documents import UNEXPLAINED, columns_of
from tests.support.builders import (
    OTHER_TENANT,
    TENANT,
    a_recording,
    a_transcript,
    a_transcript_record,
    a_visit,
    an_analysis,
    an_analysis_record,
    an_id,
)
from tests.support.fakes import NOON, FakeClock

DAY = timedelta(days=1)


class Interrupted(Exception):
    pass


def test_a_visit_comes_back_as_it_was(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.visits.add(a_visit(external_id="crm-1"))
    with uow(write=False) as tx:
        assert tx.visits.get(TENANT, an_id("vis")) == a_visit(external_id="crm-1")
        assert tx.visits.by_external(TENANT, "crm-1") == a_visit(external_id="crm-1")


def test_a_visit_of_another_tenant_is_unknown(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.visits.add(a_visit(external_id="crm-1"))
        assert tx.visits.get(OTHER_TENANT, an_id("vis")) is None
        assert tx.visits.by_external(OTHER_TENANT, "crm-1") is None
        assert tx.visits.page(OTHER_TENANT, Page()) == []
        tx.visits.update(a_visit(tenant_id=OTHER_TENANT, place="上海"))
        assert tx.visits.get(TENANT, an_id("vis")).place == ""


def test_an_external_id_is_taken_once_per_tenant(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.visits.add(a_visit(1, external_id="crm-1"))
        tx.visits.add(a_visit(2, external_id="crm-1", tenant_id=OTHER_TENANT))
    with pytest.raises(Conflict), uow() as tx:
        tx.visits.add(a_visit(3, external_id="crm-1"))


def test_an_updated_visit_is_read_updated(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.visits.add(a_visit())
        tx.visits.update(a_visit(place="苏州", consent=None))
        assert tx.visits.get(TENANT, an_id("vis")) == a_visit(place="苏州", consent=None)


def test_pages_follow_each_other_newest_first(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 6):
            tx.visits.add(a_visit(number, rep_id="rep_a" if number < 5 else "rep_b"))
        first = tx.visits.page(TENANT, Page(2))
        second = tx.visits.page(TENANT, Page(2, after=first[-1].id))
        of_rep = tx.visits.page(TENANT, Page(), rep_id="rep_b")
        of_account = tx.visits.page(TENANT, Page(), account_id="acc_unknown")

    assert [visit.id for visit in (*first, *second)] == [an_id("vis", n) for n in (5, 4, 3, 2)]
    assert [visit.id for visit in of_rep] == [an_id("vis", 5)]
    assert of_account == []


def test_history_may_be_asked_for_what_speaks_of_a_topic(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in (1, 2):
            tx.visits.add(a_visit(number, visited_at=NOON - number * DAY))
            analysis = an_analysis(an_id("vis", number))
            analysis = analysis if number == 2 else replace(analysis, findings=())
            tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number), analysis=analysis))
        wanted = {"before": NOON, "limit": 5, "account_id": "acc_hengtong"}
        assert [one.visit_id for one in tx.visits.history(TENANT, **wanted, about="price")] == [an_id("vis", 2)]
        assert tx.visits.history(TENANT, **wanted, about="pric_") == []
        assert tx.visits.history(TENANT, **wanted, about="budget") == []
        assert tx.visits.history(OTHER_TENANT, **wanted, about="price") == []


def test_history_holds_the_latest_analysis_of_earlier_visits(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 5):
            tx.visits.add(a_visit(number, visited_at=NOON - number * DAY))
        for number in (1, 2, 4):
            tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number)))
        again = an_analysis_record(visit_id=an_id("vis", 2))
        tx.analyses.put(replace(again, analysis=replace(again.analysis, dropped_quotes=7)))
        records = tx.visits.history(TENANT, before=NOON - DAY, limit=3, account_id="acc_hengtong")
        assert tx.visits.history(OTHER_TENANT, before=NOON, limit=3) == []
        assert len(tx.visits.history(TENANT, before=NOON, limit=2, rep_id="rep_lin")) == 2

    assert [record.visit_id for record in records] == [an_id("vis", 2), an_id("vis", 4)]
    assert records[0].analysis.dropped_quotes == 7


def test_visits_are_found_by_who_made_them_and_when_analysed_or_not(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 6):
            tx.visits.add(a_visit(number, visited_at=NOON - number * DAY))
        tx.visits.add(a_visit(6, rep_id="rep_zhou", visited_at=NOON - 2 * DAY))
        tx.visits.add(a_visit(7, rep_id="rep_wu", visited_at=NOON - 2 * DAY))
        tx.analyses.put(an_analysis_record(visit_id=an_id("vis", 2)))
        span = {"since": NOON - 3 * DAY, "until": NOON - DAY}
        found = tx.visits.made(TENANT, **span, rep_ids={"rep_lin", "rep_zhou"})
        assert tx.visits.made(OTHER_TENANT, **span, rep_ids={"rep_lin"}) == []
        assert tx.visits.made(TENANT, **span, rep_ids=()) == []
    assert [visit.id for visit in found] == [an_id("vis", number) for number in (3, 2, 6)], "the last moment is not in"


def test_the_codes_of_analysed_visits_are_told_without_their_words(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 5):
            tx.visits.add(a_visit(number, visited_at=NOON - number * DAY, channel="电话", dialect="wu"))
        for number in (1, 2, 3):
            tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number)))
        again = an_analysis_record(visit_id=an_id("vis", 2))
        tx.analyses.put(replace(again, analysis=replace(again.analysis, findings=())))
        found = tx.visits.labelled(TENANT, since=NOON - 2 * DAY, until=NOON)
        assert tx.visits.labelled(TENANT, since=NOON - 4 * DAY, until=NOON - 3 * DAY) == []
        assert tx.visits.labelled(OTHER_TENANT, since=NOON - 4 * DAY, until=NOON) == []
    place = ("rep_lin", "acc_hengtong", "电话", "wu")
    assert found == [
        LabelledVisit(an_id("vis", 1), *place, frozenset({"price"})),
        LabelledVisit(an_id("vis", 2), *place, frozenset()),
    ]


def test_a_bare_history_says_the_same_of_what_was_said_and_found(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.visits.add(a_visit(1, visited_at=NOON - DAY))
        tx.analyses.put(an_analysis_record(visit_id=an_id("vis")))
    wanted: dict[str, Any] = {"before": NOON, "limit": 3, "account_id": "acc_hengtong"}
    with uow(write=False) as tx:
        (full,), (bare,), (again,) = (tx.visits.history(TENANT, **wanted, bare=bare) for bare in (False, True, True))
    for one in (bare.analysis, again.analysis):
        assert [replace(f, explanation=UNEXPLAINED) for f in full.analysis.findings] == [
            Finding(**columns_of(replace(f, explanation=UNEXPLAINED))) for f in one.findings
        ]
        said = [(turn.i, turn.text, turn.role, turn.start_ms, turn.end_ms) for turn in one.turns]
        assert said == [(turn.i, turn.text, turn.role, turn.start_ms, turn.end_ms) for turn in full.analysis.turns]
        assert (one.summary, one.next_steps) == (full.analysis.summary, full.analysis.next_steps)


def test_a_bare_history_never_tells_what_was_erased_or_written_anew(uow: UnitOfWorkFactory) -> None:
    wanted: dict[str, Any] = {"before": NOON, "limit": 3, "account_id": "acc_hengtong", "bare": True}
    record = an_analysis_record(visit_id=an_id("vis"))
    wordless = replace(record, analysis=replace(record.analysis, turns=(), findings=()))
    with uow() as tx:
        tx.visits.add(a_visit(1, visited_at=NOON - DAY))
        tx.analyses.put(record)
    with uow(write=False) as tx:
        assert tx.visits.history(TENANT, **wanted)[0].analysis.findings
    with uow() as tx:
        tx.erasure.erase_words(TENANT, an_id("vis"), code="retention")
    with uow(write=False) as tx:
        assert tx.visits.history(TENANT, **wanted) == []
    with uow() as tx:
        assert tx.analyses.put(wordless).version == 1  # the same place in the table, another text
    with uow(write=False) as tx:
        (found,) = tx.visits.history(TENANT, **wanted)
    assert (found.analysis.turns, found.analysis.findings) == ((), ())


def test_a_recording_comes_back_as_it_was(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.recordings.add(a_recording())
        assert tx.recordings.get(TENANT, an_id("rec")) == a_recording()
        assert tx.recordings.by_hash(TENANT, an_id("vis"), f"{1:064x}") == a_recording()
        assert tx.recordings.of_visit(TENANT, an_id("vis")) == [a_recording()]
        assert tx.recordings.holds_blob(TENANT, a_recording().blob)


def test_a_recording_of_another_tenant_is_unknown(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.recordings.add(a_recording())
        assert tx.recordings.get(OTHER_TENANT, an_id("rec")) is None
        assert tx.recordings.by_hash(OTHER_TENANT, an_id("vis"), f"{1:064x}") is None
        assert not tx.recordings.move(OTHER_TENANT, an_id("rec"), "processing")
        assert not tx.recordings.holds_blob(OTHER_TENANT, a_recording().blob)


@pytest.mark.parametrize("source", LEGAL_MOVES)
def test_a_recording_moves_only_where_it_may(uow: UnitOfWorkFactory, source: RecordingState) -> None:
    with uow() as tx:
        for number, target in enumerate(LEGAL_MOVES, start=1):
            tx.recordings.add(a_recording(number, state=source))
            moved = tx.recordings.move(TENANT, an_id("rec", number), target, code="why", detail="warum")
            found = tx.recordings.get(TENANT, an_id("rec", number))
            assert moved == may_move(source, target)
            assert (found.state, found.detail_code) == ((target, "why") if moved else (source, ""))


def test_a_fetched_recording_gets_its_bytes_and_length(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.recordings.add(a_recording(sha256="", size_bytes=0, blob=""))
        tx.recordings.attach(TENANT, an_id("rec"), sha256="ab" * 32, size_bytes=2_147_483_648, blob="k/1")
        tx.recordings.describe(TENANT, an_id("rec"), duration_ms=61_000, partial=True)
        found = tx.recordings.get(TENANT, an_id("rec"))

    assert (found.size_bytes, found.blob, found.duration_ms, found.partial) == (2_147_483_648, "k/1", 61_000, True)


def test_transcripts_are_versions_that_are_never_rewritten(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        first = tx.transcripts.put(a_transcript_record(transcript=a_transcript("你好𠮷")))
        second = tx.transcripts.put(a_transcript_record(version=1, source="correction"))
        assert (first.version, second.version) == (1, 2)
        assert tx.transcripts.latest(TENANT, an_id("vis")) == second
        assert tx.transcripts.latest(OTHER_TENANT, an_id("vis")) is None


def test_an_analysis_comes_back_equal_with_its_coaching(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        stored = tx.analyses.put(an_analysis_record())
        tx.analyses.add_coaching(OTHER_TENANT, an_id("vis"), 1, {"hints": ["其他租户"]})
        assert tx.analyses.latest(TENANT, an_id("vis")) == stored
        tx.analyses.add_coaching(TENANT, an_id("vis"), 1, {"hints": ["先谈价值"]})
        assert tx.analyses.latest(TENANT, an_id("vis")).coaching == {"hints": ["先谈价值"]}
        assert tx.analyses.latest(OTHER_TENANT, an_id("vis")) is None


def a_key(**changes: Any) -> ApiKey:
    return replace(ApiKey("k1", TENANT, "00" * 32, frozenset({"triage", "visits:read"}), NOON), **changes)


def test_a_key_is_found_by_its_id_and_revoked_once(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.api_keys.add(a_key())
        assert tx.api_keys.find("k1") == a_key()
        assert tx.api_keys.find("k2") is None
        assert not tx.api_keys.revoke(OTHER_TENANT, "k1", NOON)
        assert tx.api_keys.revoke(TENANT, "k1", NOON)
        assert not tx.api_keys.revoke(TENANT, "k1", NOON + DAY)
        assert tx.api_keys.page(TENANT) == [a_key(revoked_at=NOON)]
        assert tx.api_keys.page(OTHER_TENANT) == []


def an_answer(**changes: Any) -> IdempotentAnswer:
    return replace(IdempotentAnswer(TENANT, "POST /v1/visits", "key-1", "f1", 0, b"", NOON), **changes)


def test_the_second_request_under_a_key_sees_the_first(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.idempotency.begin(an_answer()) is None
        tx.idempotency.complete(TENANT, "POST /v1/visits", "key-1", status=201, body="答".encode())
    with uow() as tx:
        standing = tx.idempotency.begin(an_answer(fingerprint="f2"))

    assert standing == an_answer(status=201, body="答".encode())


@pytest.mark.parametrize(
    "changes",
    [{"tenant_id": OTHER_TENANT}, {"route": "POST /v1/x"}, {"key": "key-2"}],
    ids=["tenant", "route", "key"],
)
def test_keys_are_independent(uow: UnitOfWorkFactory, changes: dict[str, str]) -> None:
    with uow() as tx:
        tx.idempotency.begin(an_answer())
        assert tx.idempotency.begin(an_answer(**changes)) is None


def test_answers_are_forgotten_on_request_and_by_age(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.idempotency.begin(an_answer(key="a"))
        tx.idempotency.forget(TENANT, "POST /v1/visits", "a")
        assert tx.idempotency.begin(an_answer(key="a")) is None
        tx.idempotency.begin(an_answer(key="b", created_at=NOON + DAY))
        assert tx.idempotency.sweep(NOON + DAY) == 1
        assert tx.idempotency.begin(an_answer(key="b")) is not None


def test_a_due_moment_is_taken_once(uow: UnitOfWorkFactory) -> None:
    every = timedelta(seconds=10)
    taken = []
    for seconds in (0, 0, 9.9, 10, 10, 15, 20):
        with uow() as tx:
            taken.append(tx.ticks.take("reap", every, FakeClock(NOON + timedelta(seconds=seconds)).now))

    assert taken == [True, False, False, True, False, False, True]


def test_after_an_outage_one_tick_is_made_up_for(uow: UnitOfWorkFactory) -> None:
    every = timedelta(seconds=10)
    with uow() as tx:
        tx.ticks.take("reap", every, FakeClock().now)
        late = NOON + timedelta(seconds=995)
        assert [tx.ticks.take("reap", every, FakeClock(late).now) for _ in range(3)] == [True, False, False]
        assert tx.ticks.take("reap", every, FakeClock(NOON + timedelta(seconds=1000)).now)


def test_a_clock_set_back_by_a_day_does_not_stop_the_ticks(uow: UnitOfWorkFactory) -> None:
    every = timedelta(seconds=10)
    with uow() as tx:
        tx.ticks.take("reap", every, FakeClock(NOON + DAY).now)
        assert tx.ticks.take("reap", every, FakeClock().now)
        assert not tx.ticks.take("reap", every, FakeClock().now)


def test_an_error_leaves_nothing_behind(uow: UnitOfWorkFactory) -> None:
    rung: list[str] = []

    def interrupted() -> None:
        with uow() as tx:
            tx.visits.add(a_visit())
            tx.after_commit(lambda: rung.append("rung"))
            raise Interrupted

    with pytest.raises(Interrupted):
        interrupted()
    with uow() as tx:
        assert tx.visits.get(TENANT, an_id("vis")) is None
    assert rung == []


def test_actions_after_the_commit_see_what_was_committed(uow: UnitOfWorkFactory) -> None:
    seen: list[object] = []

    def look() -> None:
        with uow(write=False) as later:
            seen.append(later.visits.get(TENANT, an_id("vis")))

    with uow() as tx:
        tx.visits.add(a_visit())
        tx.after_commit(look)
    assert seen == [a_visit()]
