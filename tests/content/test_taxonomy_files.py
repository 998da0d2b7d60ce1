"""The labels: enough examples on both sides of every border, and no sentence on two sides."""

from collections import Counter
from pathlib import Path

import pytest

from nlp.taxonomy import Label, load

TAXONOMY = load(Path(__file__).parents[2] / "prompts" / "taxonomy")
LABELS = [pytest.param(label, id=f"{label.kind}-{label.code}") for label in TAXONOMY.labels]
OBJECTIONS = "authority budget competitor delivery need price service technical timing trust"
SIGNALS = (
    "budget_info buying_intent churn_signal commitment competitor_mention compliance_risk decision_maker "
    "discovery_question objection_handling pain_point timeline value_statement"
)
SKILLS = "closing competition compliance discovery objection stakeholder value"


@pytest.mark.parametrize("label", LABELS)
def test_a_label_has_eight_examples_each_way(label: Label) -> None:
    assert len(label.fires) >= 8
    assert len(label.stays_silent) >= 8


@pytest.mark.parametrize("label", LABELS)
def test_a_label_has_three_near_misses_towards_each_neighbour_it_names(label: Label) -> None:
    towards = Counter(example.instead for example in label.stays_silent)
    assert {neighbour.code: towards[neighbour.code] for neighbour in label.is_not if towards[neighbour.code] < 3} == {}


@pytest.mark.parametrize("label", LABELS)
def test_no_near_miss_fires_the_label_it_is_kept_from(label: Label) -> None:
    assert not {example.turns for example in label.fires} & {example.turns for example in label.stays_silent}


def test_no_sentence_is_an_example_of_two_objections() -> None:
    seen = Counter(example.turns for label in TAXONOMY.labels if label.kind == "objection" for example in label.fires)
    assert [turns for turns, times in seen.items() if times > 1] == []


def test_the_published_vocabulary_is_complete() -> None:
    assert " ".join(TAXONOMY.objections) == OBJECTIONS
    assert " ".join(TAXONOMY.signals) == SIGNALS
    assert " ".join(TAXONOMY.skills) == SKILLS
    assert TAXONOMY.codes("churn_level") == ("high", "low", "medium")
    assert TAXONOMY.codes("role") == ("customer", "other", "rep")


def test_objections_belong_to_customers_and_each_signal_to_its_roles() -> None:
    assert all(TAXONOMY.label("objection", code).roles == ("customer",) for code in TAXONOMY.objections)
    both = {code for code in TAXONOMY.signals if len(TAXONOMY.label("signal", code).roles) == 2}
    assert both == {"decision_maker", "competitor_mention", "commitment"}
    reps = {code for code in TAXONOMY.signals if TAXONOMY.label("signal", code).roles == ("rep",)}
    assert reps == {"objection_handling", "discovery_question", "value_statement", "compliance_risk"}
