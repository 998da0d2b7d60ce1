"""Play virtual opportunities through a process; nothing of it is stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.content.bundle import Content
from service.domain.crm.cloudevents import from_envelope
from service.domain.crm.events import CrmEvent
from service.domain.crm.pressure import PressureTest, play
from service.domain.errors import Invalid
from service.usecases.read_board import find_process
from service.usecases.services import Services


def play_pressure_test(
    services: Services, content: Content, process_id: str, envelopes: Sequence[Mapping[str, Any]]
) -> PressureTest:
    """Who skipped which nodes, and who wrote 「其他」.

    Raises:
        NotFound: no such process. Invalid: an envelope is no CloudEvent; names its place.
    """
    process = find_process(content, process_id)
    now = services.clock.now()
    events: list[CrmEvent] = []
    for at, envelope in enumerate(envelopes):
        try:
            events.append(from_envelope(envelope, now=now))
        except Invalid as error:
            raise Invalid(f"event {at}: {error.detail}", code=error.code, at=at) from error
    return play(process, events, now=now)
