"""Bodies of the choice of speech engine and model."""

from typing import Annotated, Literal

from pydantic import Field

from service.api.rendering import instant
from service.api.schemas.base import In, Key, Out
from service.api.schemas.examples import answer, body
from service.domain.speech.choice import ENGINES, SpeechChoice, SpeechOffer, SpeechOption


class SpeechIn(In):
    """One of the `options` that `GET /v1/speech` lists."""

    engine: Literal[ENGINES]  # type: ignore[valid-type]
    model: Key


class SpeechOptionOut(Out):
    """An engine with a model, by name."""

    engine: str
    model: str

    @classmethod
    def of(cls, option: SpeechOption) -> "SpeechOptionOut":
        """From the domain's."""
        return cls(engine=option.engine, model=option.model)


class SpeechOut(Out):
    """What turns this tenant's recordings into text; null where the installation has no model."""

    engine: str | None
    model: str | None
    chosen_by: Annotated[
        Literal["tenant", "installation"], Field(description="Who decided: this tenant, or the operator's default")
    ]
    chosen_at: str | None
    available: Annotated[bool, Field(description="False where it is not installed (any more): recordings then wait")]
    options: list[SpeechOptionOut]

    @classmethod
    def of(cls, choice: SpeechChoice | None, offer: SpeechOffer) -> "SpeechOut":
        """What is in force, beside what there is."""
        option = offer.default if choice is None else choice.option
        return cls(
            engine=option.engine if option else None,
            model=option.model if option else None,
            chosen_by="installation" if choice is None else "tenant",
            chosen_at=None if choice is None else instant(choice.chosen_at),
            available=option in offer.options,
            options=[SpeechOptionOut.of(known) for known in offer.options],
        )


_OPTIONS = [
    {"engine": "faster-whisper", "model": "large-v3-turbo"},
    {"engine": "sherpa-onnx", "model": "sense-voice-small"},
]
SPEECH_IN = body(_OPTIONS[1], "SpeechIn")
SPEECH_OUT = answer(
    {
        **_OPTIONS[1],
        "chosen_by": "tenant",
        "chosen_at": "2026-03-11T03:12:45.118Z",
        "available": True,
        "options": _OPTIONS,
    }
)
