"""A process as a board: its opportunities by stage, each with its health and what it lacks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from service.domain.content.bundle import Content
from service.domain.content.processes import Process
from service.domain.crm.entities import Entity
from service.domain.crm.events import EntityKind
from service.domain.crm.processes import process_for
from service.domain.crm.scoring import Score
from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.usecases.crm.read_process import Standing, health_of, standing_of

CARDS = 500
PIECE = 200


@dataclass(frozen=True, slots=True)
class BoardCard:
    """One opportunity on the board; `health` is None where the process has no scorecard."""

    standing: Standing
    health: Score | None


def find_process(content: Content, process_id: str) -> Process:
    """The process, or NotFound."""
    found = next((process for process in content.processes if process.id == process_id), None)
    if found is None:
        raise NotFound("there is no such process", code="process_not_found")
    return found


def read_board(tx: UnitOfWork, content: Content, tenant_id: str, process_id: str, *, now: datetime) -> list[BoardCard]:
    """The first five hundred opportunities of a process, the unhealthiest first.

    Raises:
        NotFound: no such process.
    """
    process = find_process(content, process_id)
    cards: list[BoardCard] = []
    for opportunity in every_entity(tx, tenant_id, "opportunity"):
        if process_for(content.processes, opportunity) != process or len(cards) == CARDS:
            continue
        standing = standing_of(tx, content, tenant_id, opportunity, now=now)
        if standing is not None and standing.state.current is not None:
            cards.append(BoardCard(standing, health_of(content, standing, now=now)))
    return sorted(cards, key=lambda card: (card.health.value if card.health else 101, card.standing.opportunity.id))


def every_entity(tx: UnitOfWork, tenant_id: str, kind: EntityKind) -> Iterator[Entity]:
    """All entities of a kind, read in pieces; those the CRM deleted are left out."""
    after: str | None = None
    while True:
        piece = tx.entities.of_kind(tenant_id, kind, after=after, limit=PIECE)
        yield from (entity for entity in piece if entity.get("deleted") is not True)
        if len(piece) < PIECE:
            return
        after = piece[-1].id
