"""What every implementation promises of speech choices."""

from datetime import timedelta

from service.domain.ports import UnitOfWorkFactory
from service.domain.speech.choice import SpeechChoice
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.fakes import NOON

CHOICE = SpeechChoice(TENANT, "sherpa-onnx", "sense-voice", NOON)


def test_a_choice_comes_back_as_stored_and_only_to_its_tenant(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.speech.get(TENANT) is None
        tx.speech.put(CHOICE)
    with uow(write=False) as tx:
        assert tx.speech.get(TENANT) == CHOICE
        assert tx.speech.get(OTHER_TENANT) is None


def test_choosing_again_replaces_the_choice(uow: UnitOfWorkFactory) -> None:
    later = SpeechChoice(TENANT, "remote", "whisper-1", NOON + timedelta(hours=1))
    with uow() as tx:
        tx.speech.put(CHOICE)
        tx.speech.put(SpeechChoice(OTHER_TENANT, "faster-whisper", "small", NOON))
        tx.speech.put(later)
        assert tx.speech.get(TENANT) == later
        assert tx.speech.get(OTHER_TENANT) == SpeechChoice(OTHER_TENANT, "faster-whisper", "small", NOON)


def test_a_choice_is_taken_back_once(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.speech.put(CHOICE)
        assert not tx.speech.remove(OTHER_TENANT)
        assert tx.speech.remove(TENANT)
        assert not tx.speech.remove(TENANT)
        assert tx.speech.get(TENANT) is None
