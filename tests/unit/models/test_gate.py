"""The gate counts an example right when its label fires, or stays silent, as the taxonomy says."""

from models.training.gate import Example, gate_figures
from models.training.labels import TrainedLabel
from tests.support.tiny_linear import tiny_turn_models

LABELS = [TrainedLabel("price", "objection", ("customer",)), TrainedLabel("commitment", "signal", ("customer", "rep"))]


def figures(*examples: tuple[str, str, bool]) -> dict[str, dict[str, float]]:
    return gate_figures(tiny_turn_models(), [Example(*example) for example in examples], LABELS)


def test_examples_judged_right_score_one() -> None:
    found = figures(("price", "太贵了", True), ("price", "便宜", False), ("commitment", "发您", True))
    assert found["macro_f1"] == {"objection": 1.0, "signal": 1.0}


def test_a_false_alarm_and_a_miss_lower_the_label() -> None:
    silent, missed = ("price", "太贵了吧", False), ("price", "便宜点吧", True)
    found = figures(("price", "太贵了", True), silent, missed, ("commitment", "发您", True))
    assert found["f1"]["price"] == 0.5


def test_labels_are_judged_apart() -> None:
    found = figures(("price", "便宜", True), ("commitment", "发您", True))
    assert found["f1"] == {"price": 0.0, "commitment": 1.0}
