"""What a language model reads or a remote engine hears is counted once it may have, and never where it is at home."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.adapters.llm.templates import load_templates
from service.domain.assist.ports import Completion
from service.domain.assist.template import Prompt
from service.domain.content.bundle import Content
from service.domain.errors import Permanent, ServiceError, Transient
from service.domain.privacy.rules import ProcessorRow
from service.domain.privacy.transfers import year_of
from service.settings import ROOT
from service.usecases.privacy.count_transfers import transfers_of
from service.usecases.services import Services
from service.usecases.visits.assist_analysis import assistant_over
from service.usecases.visits.live_talks import LiveTalks, Opening
from tests.support.builders import TENANT, a_visit, an_analysis
from tests.support.fakes import NOON
from tests.support.service import services_over
from tests.unit.service.api.test_live_audio import Ears

HOST = "llm.example"


class Refusing:
    """A model whose server never answers well."""

    name = "refusing"

    def __init__(self, error: ServiceError) -> None:
        self._error = error

    def complete(self, prompt: Prompt) -> Completion:
        assert prompt.data
        raise self._error


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(ROOT / "prompts")


@pytest.fixture
def services(content: Content, tmp_path: Path) -> Services:
    made = services_over(content=content, folder=tmp_path, regions=("CN", "US"))
    with made.uow() as tx:
        tx.visits.add(a_visit())
    return made


def counted(services: Services, error: ServiceError, region: str) -> Mapping[str, int]:
    with services.uow() as tx:
        tx.privacy.processors.put(ProcessorRow("prc_1", TENANT, NOON, "llm", HOST, "n", region, "p", ("f",), "c"))
    templates = load_templates(ROOT / "prompts" / "templates")
    assistant = assistant_over(
        services, Refusing(error), templates, daily_tokens=10**6, piece_characters=9_000, host=HOST
    )
    assistant.assist(TENANT, an_analysis())
    with services.uow(write=False) as tx:
        found = transfers_of(tx, TENANT, year_of(services.clock.now()))
    return {each.host: each.persons for each in found.receivers}


@pytest.mark.parametrize(
    ("error", "region", "persons"),
    [
        (Permanent("401", code="llm_refused"), "US", {HOST: 2}),
        (Transient("no answer in time", code="timeout"), "US", {HOST: 2}),
        (Transient("no connection", code="connection_refused"), "US", {}),
        (Permanent("401", code="llm_refused"), "CN", {}),
    ],
    ids=["refused after reading", "no answer in time", "never connected", "at home"],
)
def test_a_language_model_counts_once_it_may_have_read(
    services: Services, error: ServiceError, region: str, persons: Mapping[str, int]
) -> None:
    assert counted(services, error, region) == persons


def talk_counted(services: Services, *, host: str, region: str) -> tuple[int, int]:
    """Persons counted when a stretch of a talk leaves, and when a text with a card number came back."""
    speech = Ears()
    speech.host = host
    services = replace(services, live_speech=speech)
    with services.uow() as tx:
        tx.privacy.processors.put(ProcessorRow("prc_2", TENANT, NOON, "llm", host, "n", region, "p", ("f",), "c"))
    talks = LiveTalks(services)
    talk = talks.open(TENANT, Opening("rep_zhou", a_visit().account_id, a_visit().id))
    count = talks.count_sent(talk, None)
    found = []
    for said in ("", "卡号6222021234567890128。"):
        count(said)
        with services.uow(write=False) as tx:
            found.append(transfers_of(tx, TENANT, year_of(services.clock.now())))
    assert [year.sensitive for year in found] == [0, found[1].persons]
    return found[0].persons, found[1].persons


def test_a_talk_that_a_remote_engine_hears_is_counted_as_a_recording_is(services: Services) -> None:
    """Its visit's rep and customer, and whoever says that they lead it; a second stretch counts nobody anew."""
    assert talk_counted(services, host="asr.example", region="US") == (3, 3)


@pytest.mark.parametrize(("host", "region"), [("asr.example", "CN"), ("", "US")], ids=["at home", "on this machine"])
def test_a_talk_that_stays_is_not_counted(services: Services, host: str, region: str) -> None:
    assert talk_counted(services, host=host, region=region) == (0, 0)
