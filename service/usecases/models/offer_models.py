"""The models of this installation by name: those that hear, and those that read."""

from dataclasses import dataclass
from typing import Literal

from service.domain.errors import NotFound
from service.domain.speech.choice import SpeechOption
from service.usecases.services import Services

# Clients are often written for one hosted model and cannot be told another name.
COMMON_NAMES = ("whisper-1", "default", "")


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model and what it is for; `version` is empty where the name says it."""

    id: str
    kind: Literal["speech", "text"]
    engine: str = ""
    version: str = ""
    default: bool = False


def offered_models(services: Services, tenant_id: str) -> list[OfferedModel]:
    """Speech models first, the tenant's own choice marked; then the text models in use."""
    chosen = chosen_option(services, tenant_id)
    speech = [
        OfferedModel(option.model, "speech", option.engine, default=option == chosen)
        for option in services.speech().options
    ]
    text = [
        OfferedModel(name, "text", "onnxruntime", version=version)
        for name, version in services.versions.items()
        if name not in {"service", "content"}
    ]
    return [*speech, *text]


def chosen_option(services: Services, tenant_id: str) -> SpeechOption | None:
    """The speech model that a tenant's recordings go to; None where the installation has none."""
    with services.uow(write=False) as tx:
        choice = tx.speech.get(tenant_id)
    return choice.option if choice is not None else services.speech().default


def speech_option(services: Services, tenant_id: str, name: str) -> SpeechOption | None:
    """The model of that name; the tenant's own for the names that every client knows.

    Raises:
        NotFound: `model_not_found`; there is no speech model of that name here.
    """
    if name in COMMON_NAMES:
        return chosen_option(services, tenant_id)
    for option in services.speech().options:
        if option.model == name:
            return option
    raise NotFound("there is no speech model of that name here; GET /v1/models lists them", code="model_not_found",
                   param="model")  # fmt: skip
