"""The labels to learn are those of the taxonomy, in an order that no run changes."""

from pathlib import Path

import yaml

from models.corpus.check import OBJECTIONS, SIGNALS
from models.training.labels import TrainedLabel, load_labels


def a_label(folder: Path, code: str, **content: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({"id": code, "roles": ["customer"], **content})
    (folder / f"{code}.yaml").write_text(text, encoding="utf-8")


def test_objections_come_before_signals_each_in_order(tmp_path: Path) -> None:
    a_label(tmp_path / "signals", "commitment", roles=["rep", "customer"])
    a_label(tmp_path / "objections", "trust")
    a_label(tmp_path / "objections", "price", status="active")
    assert load_labels(tmp_path) == [
        TrainedLabel("price", "objection", ("customer",)),
        TrainedLabel("trust", "objection", ("customer",)),
        TrainedLabel("commitment", "signal", ("rep", "customer")),
    ]


def test_a_deprecated_label_is_not_learnt(tmp_path: Path) -> None:
    a_label(tmp_path / "objections", "price")
    a_label(tmp_path / "objections", "haggling", status="deprecated")
    assert [label.code for label in load_labels(tmp_path)] == ["price"]


def test_what_is_learnt_is_what_the_corpus_may_carry() -> None:
    labels = load_labels()
    assert {label.code: set(label.roles) for label in labels if label.kind == "objection"} == OBJECTIONS
    assert {label.code: set(label.roles) for label in labels if label.kind == "signal"} == SIGNALS
