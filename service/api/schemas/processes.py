"""Bodies of processes, where opportunities stand in them, and their health."""

from collections.abc import Mapping

from service.api.rendering import instant
from service.api.schemas.base import Out
from service.domain.content.processes import Process
from service.domain.crm.events import CrmEvent
from service.domain.crm.processes import NodeState, StageState
from service.domain.crm.scoring import Score, ScoreLine
from service.usecases.crm.read_board import BoardCard
from service.usecases.crm.read_process import Standing


class NodeOut(Out):
    """A node of a process: what must be handed in, how much of it, and how to get it."""

    id: str
    title: str
    count: int
    due_days: int | None
    may_pass: list[str]
    way_out: str


class StageOut(Out):
    """A stage and its nodes."""

    id: str
    title: str
    names: list[str]
    nodes: list[NodeOut]


class ProcessOut(Out):
    """A process; `applies` is what an opportunity's fields must be."""

    id: str
    title: str
    description: str
    serves: list[str]
    applies: dict[str, list[str | int | float | bool]]
    stages: list[StageOut]

    @classmethod
    def of(cls, process: Process) -> "ProcessOut":
        """From the content."""
        stages = [
            StageOut(
                id=stage.id,
                title=stage.title,
                names=list(stage.names),
                nodes=[
                    NodeOut(id=node.id, title=node.title, count=node.count, due_days=node.due_days,
                            may_pass=list(node.may_pass), way_out=node.way_out)
                    for node in stage.nodes
                ],
            )
            for stage in process.stages
        ]  # fmt: skip
        return cls(
            id=process.id,
            title=process.title,
            description=process.description,
            serves=list(process.serves),
            applies={name: list(match.is_) for name, match in process.applies.items()},
            stages=stages,
        )


class ProcessesOut(Out):
    """All processes in use."""

    items: list[ProcessOut]


class ProofOut(Out):
    """An event behind a value."""

    event_id: str
    source: str
    type: str
    occurred_at: str


def proofs(event_ids: tuple[str, ...], events: Mapping[str, CrmEvent]) -> list[ProofOut]:
    """The events behind a value, as far as they are known."""
    known = (events[event_id] for event_id in event_ids if event_id in events)
    return [
        ProofOut(event_id=event.id, source=event.source, type=event.type, occurred_at=instant(event.occurred_at))
        for event in known
    ]


class NodeStateOut(Out):
    """A piece of evidence: what is there, what is missing, how late it is."""

    id: str
    title: str
    met: bool
    got: int
    missing: int
    met_at: str | None
    due_at: str | None
    late_days: int
    way_out: str
    because: list[ProofOut]
    refused: list[ProofOut]


class StageStateOut(Out):
    """A stage: done, current, frozen or ahead."""

    id: str
    title: str
    status: str
    entered_at: str | None
    nodes: list[NodeStateOut]


class SkipOut(Out):
    """A stage entered while nodes before it were missing, and by whom."""

    stage: str
    missing: list[str]
    at: str
    event_id: str
    actor: str | None


class StandingOut(Out):
    """Where an opportunity stands."""

    opportunity_id: str
    process: str
    current: str | None
    frozen: list[str]
    stages: list[StageStateOut]
    skips: list[SkipOut]

    @classmethod
    def of(cls, standing: Standing) -> "StandingOut":
        """From the use case's answer."""
        state = standing.state
        return cls(
            opportunity_id=state.opportunity_id,
            process=state.process.id,
            current=state.current,
            frozen=list(state.frozen),
            stages=[_stage(stage, standing.events) for stage in state.stages],
            skips=[
                SkipOut(stage=skip.stage, missing=list(skip.missing), at=instant(skip.at), event_id=skip.event_id,
                        actor=skip.actor)
                for skip in state.skips
            ],
        )  # fmt: skip


def _stage(stage: StageState, events: Mapping[str, CrmEvent]) -> StageStateOut:
    return StageStateOut(
        id=stage.stage.id,
        title=stage.stage.title,
        status=stage.status,
        entered_at=stage.entered_at and instant(stage.entered_at),
        nodes=[_node(node, events) for node in stage.nodes],
    )


def _node(state: NodeState, events: Mapping[str, CrmEvent]) -> NodeStateOut:
    return NodeStateOut(
        id=state.node.id,
        title=state.node.title,
        met=state.is_met,
        got=state.got,
        missing=state.missing,
        met_at=state.met_at and instant(state.met_at),
        due_at=state.due_at and instant(state.due_at),
        late_days=state.late_days,
        way_out=state.node.way_out,
        because=proofs(state.evidence, events),
        refused=proofs(state.refused, events),
    )


class LineOut(Out):
    """One deduction: the rule, how many times, what it cost, why, and the events that say so."""

    rule: str
    note: str
    times: int
    points: float
    reason: str
    since: str | None
    because: list[ProofOut]


class HealthOut(Out):
    """A health score with every line behind it: the base and the lines add up to the value."""

    opportunity_id: str
    scorecard: str
    value: float
    base: float
    band: str
    color: str
    lines: list[LineOut]
    at: str

    @classmethod
    def of(cls, score: Score, events: Mapping[str, CrmEvent]) -> "HealthOut":
        """From the use case's answer."""
        return cls(
            opportunity_id=score.subject,
            scorecard=score.card.id,
            value=score.value,
            base=score.card.base,
            band=score.band.id,
            color=score.band.color,
            lines=[_line(line, events) for line in score.lines],
            at=instant(score.at),
        )


def _line(line: ScoreLine, events: Mapping[str, CrmEvent]) -> LineOut:
    return LineOut(
        rule=line.rule.id,
        note=line.rule.note,
        times=line.times,
        points=line.points,
        reason=line.reason,
        since=line.since and instant(line.since),
        because=proofs(line.because, events),
    )


class CardOut(Out):
    """An opportunity on the board."""

    opportunity_id: str
    stage: str
    missing: list[str]
    value: float | None
    band: str | None
    color: str | None

    @classmethod
    def of(cls, card: BoardCard) -> "CardOut":
        """From the use case's answer."""
        state, health = card.standing.state, card.health
        return cls(
            opportunity_id=state.opportunity_id,
            stage=state.current or "",
            missing=[node.node.title for node in state.missing],
            value=health and health.value,
            band=health and health.band.id,
            color=health and health.band.color,
        )


class BoardOut(Out):
    """A process as a board, the unhealthiest first."""

    process: str
    items: list[CardOut]
