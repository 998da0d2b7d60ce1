"""A tenant's choice of engine, and the recordings that go by it."""

from pathlib import Path

import pytest

from nlp.errors import ModelMissing
from service.adapters.no_speech import NoSpeechEngine
from service.domain.errors import Invalid, NotFound
from service.domain.speech.choice import SpeechChoice, SpeechOffer, SpeechOption
from service.usecases.models.choose_speech import choose_speech, forget_speech
from service.usecases.services import Services
from service.usecases.visits.process_recording import SpeechStages
from tests.support.builders import TENANT
from tests.support.fakes import NOON
from tests.support.memory_speech import OneEngine
from tests.support.service import services_over
from tests.unit.service.usecases.visits.test_process_recording import EMPTY, run, stages

TURBO = SpeechOption("faster-whisper", "turbo")
SENSE = SpeechOption("sherpa-onnx", "sense-voice")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return services_over(content=EMPTY, folder=tmp_path, speech=lambda: SpeechOffer(TURBO, (TURBO, SENSE)))


def test_a_choice_is_stored_with_its_time_and_can_be_taken_back(services: Services) -> None:
    with services.uow() as tx:
        chosen = choose_speech(tx, services, tenant_id=TENANT, option=SENSE)
        assert chosen == SpeechChoice(TENANT, "sherpa-onnx", "sense-voice", NOON) == tx.speech.get(TENANT)
        assert chosen.option == SENSE
        forget_speech(tx, TENANT)
        with pytest.raises(NotFound):
            forget_speech(tx, TENANT)


def test_what_is_not_installed_is_refused_and_what_is_is_named(services: Services) -> None:
    with services.uow() as tx, pytest.raises(Invalid, match="sherpa-onnx sense-voice") as caught:
        choose_speech(tx, services, tenant_id=TENANT, option=SpeechOption("sherpa-onnx", "turbo"))
    assert caught.value.code == "speech_not_offered"


def test_recordings_go_to_the_engine_that_their_tenant_chose(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    run(speech.transcribe, speech.services, decoded)
    with speech.services.uow() as tx:
        tx.speech.put(SpeechChoice(TENANT, "sherpa-onnx", "sense-voice", NOON))
    run(speech.transcribe, speech.services, decoded)
    assert isinstance(speech.engines, OneEngine)
    assert speech.engines.asked == [None, SENSE]


def test_a_recording_waits_while_its_engine_has_no_model(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    waiting = SpeechStages(speech.services, speech.decoder, OneEngine(NoSpeechEngine()), ())
    with pytest.raises(ModelMissing):
        run(waiting.transcribe, speech.services, decoded)
