"""Which engine and model turn a tenant's recordings into text: the installation's, unless the tenant chose another.

Invariant: a tenant chooses among what the operator put there, by name; no path and no address comes from a caller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from nlp.asr.transcriber import SpeechEngine
from service.domain.errors import Invalid

EngineName = Literal["faster-whisper", "sherpa-onnx", "remote"]
ENGINES: tuple[EngineName, ...] = ("faster-whisper", "sherpa-onnx", "remote")


def is_remote(described: Mapping[str, str]) -> bool:
    """Whether an engine, by what it tells of itself, is another's service: what it hears leaves this machine."""
    return described.get("engine", "").startswith("remote")


@dataclass(frozen=True, slots=True)
class SpeechOption:
    """An engine with a model that this installation has, by its name."""

    engine: EngineName
    model: str


@dataclass(frozen=True, slots=True)
class SpeechOffer:
    """What a tenant may choose from; `default` is what those have who chose nothing, None where there is no model."""

    default: SpeechOption | None = None
    options: tuple[SpeechOption, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechChoice:
    """What a tenant chose."""

    tenant_id: str
    engine: EngineName
    model: str
    chosen_at: datetime

    @property
    def option(self) -> SpeechOption:
        """What was chosen, without by whom and when."""
        return SpeechOption(self.engine, self.model)


class SpeechEngines(Protocol):
    """The engines of an installation, each in a process of its own."""

    def of(self, option: SpeechOption | None) -> SpeechEngine:
        """The engine of that option; the default for None, and for what is not offered any more it waits."""
        ...

    def offer(self) -> SpeechOffer:
        """What is there now."""
        ...


def check_offered(option: SpeechOption, offered: Sequence[SpeechOption]) -> None:
    """Refuse what this installation does not have.

    Raises:
        Invalid: `speech_not_offered`; names what there is.
    """
    if option not in offered:
        there = ", ".join(f"{known.engine} {known.model}" for known in offered) or "none"
        raise Invalid(f"this engine and model are not installed here; there are: {there}", code="speech_not_offered")
