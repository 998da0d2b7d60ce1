"""A finished transcript: versions that are never rewritten, one analysis for each under the versions in force."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nlp.taxonomy import Taxonomy
from nlp.types import Transcript
from service.domain.content.bundle import Content
from service.domain.errors import Conflict, NotFound
from service.domain.visit import Consent
from service.usecases.services import Services
from service.usecases.visits.put_transcript import admit_transcript, put_transcript, spoken_s
from tests.support.builders import OTHER_TENANT, TENANT, a_transcript, a_visit, an_id
from tests.support.fakes import NOON, FakeDoorbell
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")


def over() -> Services:
    services = services_over(content=EMPTY)
    with services.uow() as tx:
        tx.visits.add(a_visit())
    return services


def put(services: Services, *said: str) -> tuple[int, str, bool]:
    with services.uow() as tx:
        record, is_new = put_transcript(tx, services, a_visit(), a_transcript(*said))
    return record.version, record.source, is_new


def runs(services: Services) -> list[int]:
    with services.uow(write=False) as tx:
        return [int(run.input["transcript_version"]) for run in tx.runs.of_visit(TENANT, an_id("vis"))]


def test_the_first_is_an_upload_and_the_next_a_correction() -> None:
    services = over()
    assert put(services, "太贵了") == (1, "upload", True)
    assert put(services, "不贵") == (2, "correction", True)
    assert sorted(runs(services)) == [1, 2]


def test_the_same_words_again_are_the_version_that_stands() -> None:
    services = over()
    put(services, "太贵了")
    assert put(services, "太贵了") == (1, "upload", False)
    assert runs(services) == [1]


def test_going_back_to_the_first_words_is_a_third_version() -> None:
    services = over()
    assert [put(services, said)[0] for said in ("太贵了", "不贵", "太贵了")] == [1, 2, 3]
    assert sorted(runs(services)) == [1, 2, 3]


def test_the_bell_rings_once_the_transcript_is_stored() -> None:
    services = over()
    bell = services.doorbell
    assert isinstance(bell, FakeDoorbell)
    with services.uow() as tx:
        put_transcript(tx, services, a_visit(), a_transcript())
        assert bell.rings == []
    assert [queue for queue, _ in bell.rings] == ["fast"]


@pytest.mark.parametrize("transcript", [a_transcript("太贵了"), Transcript(())], ids=["few words", "no words"])
def test_one_visit_does_not_wait_for_the_fifty_of_another_tenant(transcript: Transcript) -> None:
    """P17 for finished transcripts: while they weighed nothing, all of them were served in the order they came."""
    services = services_over(content=EMPTY)
    with services.uow() as tx:
        for number in range(1, 51):
            put_transcript(tx, services, a_visit(id=an_id("vis", number)), transcript)
        assert tx.runs.claim("fast", "me", NOON) is not None
        other = a_visit(id=an_id("vis", 99), tenant_id=OTHER_TENANT)
        put_transcript(tx, services, other, transcript)
        following = [tx.runs.claim("fast", "me", NOON) for _ in range(2)]
    assert OTHER_TENANT in [run.tenant_id for run in following if run is not None]


@pytest.mark.parametrize(
    ("transcript", "seconds"),
    [
        (a_transcript("价格太高了" * 64), 100.0),
        (replace(a_transcript(), duration_ms=90_000), 90.0),
        (Transcript(()), 1.0),
    ],
    ids=["by its letters", "by its audio", "empty"],
)
def test_a_transcript_weighs_the_talk_it_stands_for(transcript: Transcript, seconds: float) -> None:
    assert spoken_s(transcript) == seconds


@pytest.mark.parametrize("tenant", [TENANT, OTHER_TENANT])
def test_only_its_tenant_finds_the_visit(tenant: str) -> None:
    services = over()
    with services.uow() as tx:
        if tenant == TENANT:
            assert admit_transcript(tx, services, tenant, an_id("vis")) == a_visit()
        else:
            with pytest.raises(NotFound):
                admit_transcript(tx, services, tenant, an_id("vis"))


def test_what_was_said_is_not_taken_after_consent_was_withdrawn() -> None:
    services = over()
    withdrawn = Consent("contract", "verbal", NOON - timedelta(days=1), withdrawn_at=NOON)
    with services.uow() as tx:
        tx.visits.update(replace(a_visit(), consent=withdrawn))
        with pytest.raises(Conflict) as refusal:
            admit_transcript(tx, services, TENANT, an_id("vis"))
    assert refusal.value.code == "consent_required"
