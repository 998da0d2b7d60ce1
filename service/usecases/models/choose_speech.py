"""Choose the speech engine and model of a tenant, or take the choice back."""

from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.domain.speech.choice import SpeechChoice, SpeechOption, check_offered
from service.usecases.services import Services


def choose_speech(tx: UnitOfWork, services: Services, *, tenant_id: str, option: SpeechOption) -> SpeechChoice:
    """The choice as it is stored; recordings that are transcribed from now on go by it.

    Raises:
        Invalid: `speech_not_offered`: the installation has no such engine and model.
    """
    check_offered(option, services.speech().options)
    choice = SpeechChoice(tenant_id, option.engine, option.model, services.clock.now())
    tx.speech.put(choice)
    return choice


def forget_speech(tx: UnitOfWork, tenant_id: str) -> None:
    """Go by the installation's default again.

    Raises:
        NotFound: `speech_not_chosen`: there is no choice to take back.
    """
    if not tx.speech.remove(tenant_id):
        raise NotFound("this tenant has chosen no speech engine of its own", code="speech_not_chosen")
