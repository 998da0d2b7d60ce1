"""Where an opportunity stands in its process: which evidence is there, what is missing, what is frozen.

Invariant: every node names the events that met it; a stage is frozen exactly while a node before it is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from service.domain.content.processes import Process, ProcessNode, ProcessStage
from service.domain.crm.entities import Entity, FieldValue, history
from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import fields_hold, matches
from service.domain.evidence import local_day

StageStatus = Literal["done", "current", "frozen", "ahead"]


@dataclass(frozen=True, slots=True)
class NodeState:
    """One piece of evidence: how much of it there is and how many calendar days late it is."""

    node: ProcessNode
    got: int
    evidence: tuple[str, ...]
    met_at: datetime | None
    due_at: datetime | None
    late_days: int
    refused: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether all of it is there."""
        return self.met_at is not None

    @property
    def missing(self) -> int:
        """How many pieces are not there yet."""
        return self.node.count - self.got


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage: its nodes, since when the opportunity is in it, and the event that said so."""

    stage: ProcessStage
    status: StageStatus
    nodes: tuple[NodeState, ...]
    entered_at: datetime | None
    entered_by: str | None

    @property
    def missing(self) -> tuple[NodeState, ...]:
        """The nodes not met yet."""
        return tuple(node for node in self.nodes if not node.is_met)


@dataclass(frozen=True, slots=True)
class Skip:
    """A stage the CRM entered while nodes before it were missing."""

    stage: str
    missing: tuple[str, ...]
    at: datetime
    event_id: str
    actor: str | None


@dataclass(frozen=True, slots=True)
class ProcessState:
    """An opportunity in its process."""

    process: Process
    opportunity_id: str
    current: str | None
    stages: tuple[StageState, ...]
    skips: tuple[Skip, ...]

    @property
    def missing(self) -> tuple[NodeState, ...]:
        """The nodes of the stages begun so far that are not met: these freeze what comes next."""
        begun = [stage for stage in self.stages if stage.status in ("done", "current")]
        return tuple(node for stage in begun for node in stage.missing)

    @property
    def frozen(self) -> tuple[str, ...]:
        """The stages that may not be entered now."""
        return tuple(stage.stage.id for stage in self.stages if stage.status == "frozen")

    def node(self, node_id: str) -> tuple[StageState, NodeState] | None:
        """A node and its stage."""
        return next(((stage, node) for stage in self.stages for node in stage.nodes if node.node.id == node_id), None)


def process_for(processes: Iterable[Process], opportunity: Entity) -> Process | None:
    """The process this opportunity runs through: the first in use whose conditions its fields meet."""
    data = {name: value.value for name, value in opportunity.fields.items()}
    return next((found for found in processes if found.in_use and fields_hold(found.applies, data)), None)


def state_of(process: Process, opportunity_id: str, events: Sequence[CrmEvent], *, now: datetime) -> ProcessState:
    """Where the opportunity stands at `now`, from its own events and those that name it."""
    known = [event for event in sorted(events, key=lambda event: event.order) if event.occurred_at <= now]
    moves = _moves(process, opportunity_id, known)
    entered = _entries(moves)
    current = moves[-1][0] if moves else None
    stages: list[StageState] = []
    blocked = False
    for at, stage in enumerate(process.stages):
        value = entered.get(at)
        nodes = tuple(_node(node, known, value.changed_at if value else None, now=now) for node in stage.nodes)
        status = _status(at, current, blocked=blocked)
        stages.append(
            StageState(stage, status, nodes, value.changed_at if value else None, value.event_id if value else None)
        )
        blocked = blocked or any(not node.is_met for node in nodes)
    here = None if current is None else process.stages[current].id
    return ProcessState(process, opportunity_id, here, tuple(stages), _skips(process, moves, known))


def _status(at: int, current: int | None, *, blocked: bool) -> StageStatus:
    if current is not None and at < current:
        return "done"
    if at == current:
        return "current"
    return "frozen" if blocked else "ahead"


def _moves(process: Process, opportunity_id: str, events: Sequence[CrmEvent]) -> list[tuple[int, FieldValue]]:
    """The stages the CRM has put the opportunity into, in their order; names that are no stage are passed over."""
    own = [event for event in events if event.kind == "opportunity" and event.entity_id == opportunity_id]
    places = {name: at for at, stage in enumerate(process.stages) for name in (*stage.names, stage.id)}
    found = ((places.get(str(value.value)), value) for value in history(own, process.stage_field))
    return [(at, value) for at, value in found if at is not None]


def _entries(moves: Iterable[tuple[int, FieldValue]]) -> dict[int, FieldValue]:
    """When each stage was first entered; what was jumped over counts from the jump."""
    entered: dict[int, FieldValue] = {}
    for at, value in moves:
        for before in range(at + 1):
            entered.setdefault(before, value)
    return entered


def _node(node: ProcessNode, events: Iterable[CrmEvent], entered: datetime | None, *, now: datetime) -> NodeState:
    found: list[CrmEvent] = []
    refused: list[str] = []
    seen: set[str] = set()
    for event in events:
        if not matches(node.evidence, event):
            continue
        if node.may_pass and event.data.get("actor_role") not in node.may_pass:
            refused.append(event.id)
            continue
        piece = str(event.data.get(node.distinct)) if node.distinct else event.id
        if piece not in seen:
            seen.add(piece)
            found.append(event)
    counted = found[: node.count]
    met_at = counted[-1].occurred_at if len(counted) == node.count else None
    due_at = entered + timedelta(days=node.due_days) if entered is not None and node.due_days is not None else None
    late = (local_day(met_at or now) - local_day(due_at)).days if due_at is not None else 0
    evidence = tuple(event.id for event in counted)
    return NodeState(node, len(counted), evidence, met_at, due_at, max(late, 0), tuple(refused))


def _skips(process: Process, moves: Iterable[tuple[int, FieldValue]], events: Sequence[CrmEvent]) -> tuple[Skip, ...]:
    by_id = {event.id: event for event in events}
    skips: list[Skip] = []
    furthest = -1
    for at, value in moves:
        if at <= furthest:
            continue
        before = [event for event in events if event.order <= value.changed]
        owed = [node for stage in process.stages[:at] for node in stage.nodes]
        lacking = tuple(node.id for node in owed if not _node(node, before, None, now=value.changed_at).is_met)
        if lacking:
            event = by_id[value.event_id]
            actor = event.data.get("actor_id") or event.owner_id
            skips.append(
                Skip(process.stages[at].id, lacking, value.changed_at, event.id, str(actor) if actor else None)
            )
        furthest = at
    return tuple(skips)
