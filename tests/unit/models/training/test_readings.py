"""Two readings side by side: whose label was whose follows from what the third was asked."""

from pathlib import Path

import pytest

from models.training.corpus import Conversation, LabelledTurn, load_conversations
from models.training.labels import load_labels
from models.training.readings import READINGS, Agreement, agreements, author_labels, read_labels, two_readings


def talk(source: str, *codes: str) -> Conversation:
    return Conversation(
        source, tuple(LabelledTurn("customer", "嗯", frozenset(filter(None, one.split()))) for one in codes)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "second.tsv").write_text(
        "conversation\tturn\tlabels\n"
        "visits_1-001\t0\tprice\n"
        "snippets_31-002\t0\tprice,timing\n"
        "snippets_31-002\t1\tneed\n"
    )
    (tmp_path / "third.tsv").write_text(
        "conversation\tturn\tasked\tgiven\n"
        "snippets_31-002\t0\tbudget,timing\tbudget\n"
        "snippets_31-002\t2\ttrust\t\n"
    )  # fmt: skip
    return tmp_path


def test_what_the_author_gave_follows_from_the_second_reading_and_from_what_was_disputed(folder: Path) -> None:
    talks = [talk("snippets_31", "price"), talk("snippets_31", "price budget", "need", "")]
    first, second = two_readings(talks, folder)[False]

    assert first == {
        ("snippets_31-002", 0): {"price", "budget"},
        ("snippets_31-002", 1): {"need"},
        ("snippets_31-002", 2): {"trust"},
    }
    assert second["snippets_31-002", 0] == {"price", "timing"}
    assert second["snippets_31-002", 2] == frozenset(), "who reads a talk and says nothing of a turn gave it no label"


def test_founding_files_are_compared_with_the_labels_that_they_keep(folder: Path) -> None:
    first, second = two_readings([talk("visits_1", "price trust", "")], folder)[True]

    assert (first["visits_1-001", 0], second["visits_1-001", 0]) == ({"price", "trust"}, {"price"})


def test_talks_that_nobody_read_again_are_left_out(folder: Path) -> None:
    assert two_readings([talk("snippets_31", "price")], folder) == {True: ({}, {}), False: ({}, {})}


def test_agreement_is_counted_by_label() -> None:
    first = {("a-001", 0): frozenset({"price"}), ("a-001", 1): frozenset({"price", "need"})}
    found = agreements(first, {("a-001", 0): frozenset({"price"}), ("b-001", 0): frozenset({"price"})}, load_labels())

    assert found["price"] == Agreement(2, 1, 1)
    assert found["price"].f1 == pytest.approx(2 / 3)
    assert found["timing"].f1 == 1.0


def test_the_repositorys_readings_are_of_turns_that_are_there_and_decide_only_what_was_asked() -> None:
    known = {label.code for label in load_labels()}
    there = author_labels(load_conversations())
    second = read_labels(READINGS / "second.tsv", "labels")
    third = read_labels(READINGS / "third.tsv", "asked", "given")

    assert set(second) | set(third) <= set(there)
    assert all(labels <= known for (labels,) in second.values())
    assert all(given <= asked <= known for asked, given in third.values())
