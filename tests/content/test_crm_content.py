"""What ships for processes, scores, metrics and the deal desk: complete, consistent, in the user's numbers."""

from dataclasses import replace

import pytest

from service.adapters.content.process_references import find_process_faults
from service.domain.content.bundle import Content
from service.domain.content.health_cards import HealthCard
from service.domain.crm.metrics import kinds_of, types_of

ROWS = {"P1", "P2", "P10", "P11", "P12", "P17", "P18", "R1", "R2"}


def everything(content: Content) -> list[object]:
    return [
        *content.processes, *content.health_cards, *content.metrics, *content.attribution_cards,
        *content.credibility_cards, *content.deal_desks, *content.loss_patterns, *content.plan_cards,
    ]  # fmt: skip


def test_every_row_is_served_by_a_file_that_says_so(content: Content) -> None:
    served = {row for item in everything(content) for row in getattr(item, "serves", ())}
    assert served >= ROWS


def test_every_process_has_a_score_and_every_node_a_way_out(content: Content) -> None:
    assert {card.process for card in content.health_cards} == {process.id for process in content.processes}
    for process in content.processes:
        for node in (node for stage in process.stages for node in stage.nodes):
            assert node.way_out.endswith("。"), node.id


def test_every_health_score_is_red_under_60_and_green_over_85(content: Content) -> None:
    for card in content.health_cards:
        assert [card.band(value).color for value in (0, 59.9, 60, 85, 85.1, 100)] == [
            "red", "red", "yellow", "yellow", "green", "green",
        ]  # fmt: skip
        assert sum(rule.points < 0 for rule in card.rules) == len(card.rules)


def test_every_metric_is_read_from_something_and_says_what_it_counts(content: Content) -> None:
    for metric in content.metrics:
        assert types_of(metric) or kinds_of(metric), metric.id
        assert metric.definition != metric.description
        assert metric.unit != "share" or (metric.threshold.at_least or metric.threshold.at_most or 2) <= 1


def test_the_attribution_weights_are_the_users(content: Content) -> None:
    (card,) = content.attribution_cards
    assert {action.id: action.weight for action in card.actions} == {
        "lead": 20, "proposal": 25, "poc": 20, "negotiation": 25, "contract": 10,
    }  # fmt: skip
    assert (card.dispute_above, card.negotiate_for.total_seconds() / 3_600) == (0.15, 72)


def test_the_desk_flags_under_18_5_percent_and_offers_three_plans(content: Content) -> None:
    (desk,) = content.deal_desks
    assert (desk.margin_floor, desk.offers, desk.approve_within.total_seconds() / 3_600) == (0.185, 3, 48)
    assert min(level.above for level in desk.approvals) == 300_000
    assert sum(not plan.segments and plan.min_amount <= 300_000 for plan in desk.plans) >= 3


def test_the_weeks_quotas_are_three_five_and_two(content: Content) -> None:
    (card,) = content.plan_cards
    assert [quota.at_least for quota in card.quotas] == [3, 5, 2]


def test_losses_are_answered_by_three_interventions_out_of_more(content: Content) -> None:
    (pattern,) = content.loss_patterns
    traits = {trait.id for trait in pattern.traits}
    assert pattern.proposed == 3 <= len(pattern.interventions)
    assert {answer.partition("=")[0] for it in pattern.interventions for answer in it.answers} <= traits


def changed(card: HealthCard, **values: object) -> HealthCard:
    return card.model_copy(update=values)


@pytest.mark.parametrize("fault", ["process", "node", "twice", "course"])
def test_a_name_that_leads_nowhere_is_a_fault(content: Content, fault: str) -> None:
    assert list(find_process_faults(content)) == []
    card = content.health_cards[0]
    rule = next(rule for rule in card.rules if hasattr(rule.when, "node"))
    astray = rule.model_copy(update={"when": rule.when.model_copy(update={"node": "nowhere"})})
    broken = {
        "process": replace(content, health_cards=(changed(card, process="nowhere"),)),
        "node": replace(content, health_cards=(changed(card, rules=(astray,)),)),
        "twice": replace(content, health_cards=(card, changed(card, id="again"))),
        "course": replace(
            content, credibility_cards=(content.credibility_cards[0].model_copy(update={"course": "nowhere"}),)
        ),
    }
    (found,) = find_process_faults(broken[fault])
    assert "nowhere" in found.reason or "another score" in found.reason
