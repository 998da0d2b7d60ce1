"""Play virtual opportunities through a process; nothing of it is stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.cases.reporting import virtual_events
from service.domain.content.bundle import Content
from service.domain.content.pressure_cards import PressureCard
from service.domain.crm.cloudevents import from_envelope
from service.domain.crm.events import CrmEvent
from service.domain.crm.pressure import PressureTest, play
from service.domain.errors import Conflict, Invalid
from service.usecases.crm.read_board import find_process
from service.usecases.services import Services


def play_pressure_test(
    services: Services, content: Content, process_id: str, envelopes: Sequence[Mapping[str, Any]]
) -> PressureTest:
    """Who skipped which nodes, and who wrote what says nothing.

    Args:
        envelopes: events of virtual opportunities; those of the process's own card are played where there are none.

    Raises:
        NotFound: no such process. Invalid: an envelope is no CloudEvent; names its place. Conflict: no card for
            pressure tests is in use (`no_pressure_card`), or it holds no opportunities to play (`no_virtual_deals`).
    """
    process = find_process(content, process_id)
    card = _card_for(content, process_id)
    now = services.clock.now()
    events = [_read(at, envelope, services) for at, envelope in enumerate(envelopes)]
    if not events:
        events = virtual_events(card) if card.process == process_id else []
        now = max((event.occurred_at for event in events), default=now)  # the card has its own calendar
    if not events:
        raise Conflict(
            "no virtual opportunities are kept for this process: send events, or write deals in pressure_tests/",
            code="no_virtual_deals",
        )
    return play(card, process, events, now=now)


def _card_for(content: Content, process_id: str) -> PressureCard:
    """The process's own card; where it has none, the first in use says which words count."""
    cards = [card for card in content.pressure_cards if card.in_use]
    found = next((card for card in cards if card.process == process_id), cards[0] if cards else None)
    if found is None:
        raise Conflict("no card for pressure tests is in use: write one in pressure_tests/", code="no_pressure_card")
    return found


def _read(at: int, envelope: Mapping[str, Any], services: Services) -> CrmEvent:
    try:
        return from_envelope(envelope, now=services.clock.now())
    except Invalid as error:
        raise Invalid(f"event {at}: {error.detail}", code=error.code, at=at) from error
