"""Cases of processes and of their scores: where the opportunity `s1` stands, and what it is worth."""

from service.domain.cases.outcome import Outcome
from service.domain.cases.told import told_by
from service.domain.content.bundle import Content
from service.domain.content.case_examples import Case
from service.domain.content.health_cards import HealthCard
from service.domain.content.processes import Process
from service.domain.crm.processes import ProcessState, state_of
from service.domain.crm.scoring import score


def of_process(process: Process, case: Case, content: Content) -> Outcome:
    """Something to say: evidence is missing where the opportunity stands, or was on the way there."""
    told = told_by(case, content.vocabulary)
    state = state_of(process, told.opportunity.id, told.of_opportunity(), now=case.now)
    begun = [node for stage in state.stages for node in stage.nodes if stage.entered_at is not None]
    figures: dict[str, object] = {
        "current": state.current,
        "missing": [node.node.id for node in state.missing],
        "frozen": list(state.frozen),
        "late_days": {node.node.id: node.late_days for node in begun if node.late_days},
        "refused": sum(len(node.refused) for node in begun),
        "skipped": {skip.stage: list(skip.missing) for skip in state.skips},
    }
    return Outcome(bool(state.missing or state.skips), figures)


def of_health(card: HealthCard, case: Case, content: Content) -> Outcome:
    """Something to say: points were taken off, or put on."""
    told = told_by(case, content.vocabulary)
    process = next(each for each in content.processes if each.id == card.process)
    state: ProcessState = state_of(process, told.opportunity.id, told.of_opportunity(), now=case.now)
    found = score(card, state, told.opportunity, told.of_opportunity(), now=case.now)
    figures: dict[str, object] = {
        "value": found.value,
        "band": found.band.id,
        "points": {line.rule.id: line.points for line in found.lines},
    }
    return Outcome(bool(found.lines), figures)
