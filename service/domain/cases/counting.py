"""Cases of what is counted: metrics, weekly plans, loss patterns."""

from datetime import datetime, time, timedelta

from service.domain.cases.outcome import LOCAL, Outcome
from service.domain.cases.told import told_by
from service.domain.content.bundle import Content
from service.domain.content.case_examples import Case
from service.domain.content.loss_patterns import LossPattern
from service.domain.content.metrics import Metric
from service.domain.content.plan_cards import PlanCard
from service.domain.crm.cohorts import analyse, groups_above
from service.domain.crm.metrics import Facts, beside_of, causes_of, value_of
from service.domain.crm.plan_grid import plan_grid
from service.domain.evidence import local_day


def of_metric(metric: Metric, case: Case, content: Content) -> Outcome:
    """Something to say: the metric is not good."""
    told = told_by(case, content.vocabulary)
    facts = Facts(told.events, told.entities, content.office)
    found = value_of(metric, facts, until=case.now)
    figures: dict[str, object] = {"value": found.value, "n": found.n, "status": found.status}
    beside = beside_of(metric, facts, until=case.now)
    if beside is not None:
        figures["beside"] = beside[0]
    if metric.causes:
        causes = causes_of(metric, told.events, since=found.since, until=case.now)
        figures["causes"] = {cause.name: cause.n for cause in causes}
    return Outcome(found.status == "bad", figures)


def of_plan(card: PlanCard, case: Case, content: Content) -> Outcome:
    """Something to say: the week in which the case's now lies holds too little; it is that of the first owner named."""
    told = told_by(case, content.vocabulary)
    today = local_day(case.now)
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), LOCAL)
    grid = plan_grid(card, told.person, monday, told.events, now=case.now)
    figures: dict[str, object] = {
        "planned": {state.quota.action: state.planned for state in grid.quotas},
        "done": {state.quota.action: state.done for state in grid.quotas},
        "missing": {state.quota.action: state.missing for state in grid.quotas if state.missing},
        "attainment": [list(point[1:]) for point in grid.attainment],
    }
    return Outcome(any(state.missing for state in grid.quotas), figures)


def of_losses(pattern: LossPattern, case: Case, content: Content) -> Outcome:
    """Something to say: a group has lost too many for long enough; what is told is of the first such group."""
    told = told_by(case, content.vocabulary)
    groups = groups_above(pattern, told.events, today=local_day(case.now))
    figures: dict[str, object] = {"groups": list(groups)}
    if groups:
        found = analyse(pattern, groups[0], told.events)
        figures["rates"] = {week.isoformat(): round(lost / ended, 4) for week, lost, ended in found.weeks}
        figures["traits"] = [trait.trait for trait in found.findings]
        figures["interventions"] = [proposal.intervention.id for proposal in found.proposals]
    return Outcome(bool(groups), figures)
