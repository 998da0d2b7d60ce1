"""What a finished model calls, kept row by row."""

from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.verdicts import as_it_speaks
from tests.support.tiny_linear import tiny_turn_models


def test_a_finished_model_is_asked_about_judged_turns_only() -> None:
    models = tiny_turn_models()
    labels = [TrainedLabel(label.code, label.kind, tuple(label.roles)) for label in models.labels]
    talk = Conversation(
        "feedback_1",
        (
            LabelledTurn("customer", "太贵了", frozenset(), labelled=False),
            LabelledTurn("customer", "太贵了吧", frozenset({labels[0].code})),
        ),
    )
    said = as_it_speaks(models, [talk], labels)
    assert said.called.tolist() == [[True, False]]
    assert said.gold.tolist() == [[True, False]]
