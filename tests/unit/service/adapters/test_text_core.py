"""The language core out of directories: a model that is absent skips its part and says why; a broken one stops."""

from datetime import date
from pathlib import Path

import pytest
import structlog

from nlp.errors import ContentInvalid, ModelMissing, ModelRefused
from nlp.types import Analysis, Transcript, Turn, VisitContext
from service.adapters.text_core import TextCore, load_text_core

ROOT = Path(__file__).parents[4]
PROMPTS = ROOT / "prompts"
TASKS = ("turns", "roles", "triage", "churn", "accounts")


def models_without(folder: Path, *absent: str) -> Path:
    """The committed models, but for these."""
    folder.mkdir(exist_ok=True)
    for task in (*TASKS, "punctuation"):
        if task not in absent:
            (folder / task).symlink_to(ROOT / "models" / task)
    return folder


def load(models_dir: Path) -> TextCore:
    return load_text_core(models_dir=models_dir, prompts_dir=PROMPTS)


def analyse(core: TextCore, *, roles: bool = False) -> Analysis:
    texts = ("王经理，上次的报价您看了吗？", "你们太贵了，我没法跟老板交代。", "我明天把对比表发给您。")
    turns = tuple(
        Turn(i, text, "customer" if i == 1 else "rep", 1.0) if roles else Turn(i, text) for i, text in enumerate(texts)
    )
    return core.analyzer.analyze(Transcript(turns), context=VisitContext("vis_1", date(2026, 3, 11)))


def test_with_all_models_nothing_is_skipped(tmp_path: Path) -> None:
    core = load(models_without(tmp_path / "models"))
    analysis = analyse(core)
    assert analysis.skipped == ()
    assert [turn.role for turn in analysis.turns] == ["rep", "customer", "rep"]
    assert "price" in {finding.code for finding in analysis.findings}
    assert set(core.versions) == {"content", *TASKS}


@pytest.mark.parametrize(
    ("absent", "skipped"),
    [
        ("roles", {"roles"}),
        ("churn", {"churn_risk"}),
        ("turns", {"objections_and_signals", "churn_risk"}),
    ],
)
def test_a_missing_model_skips_its_part_with_a_reason_and_the_way_out(
    absent: str, skipped: set[str], tmp_path: Path
) -> None:
    core = load(models_without(tmp_path / "models", absent))
    analysis = analyse(core)
    assert {part.what for part in analysis.skipped} == skipped
    assert all(part.reason and part.remedy for part in analysis.skipped)
    assert absent not in core.versions


def test_a_skipped_part_leaves_the_others_whole(tmp_path: Path) -> None:
    whole = analyse(load(models_without(tmp_path / "whole")), roles=True)
    without = analyse(load(models_without(tmp_path / "without", "churn")), roles=True)
    assert without.findings == whole.findings
    assert without.next_steps == whole.next_steps
    assert without.churn_risk.because == ()


def test_a_missing_model_is_logged_once_with_its_name(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        load(models_without(tmp_path / "models", "roles"))
    (line,) = [line for line in logs if line["event"] == "model_missing"]
    assert "roles" in line["detail"]
    assert line["log_level"] == "warning"


def test_triage_is_never_skipped_because_nothing_else_would_answer(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="triage") as caught:
        load(models_without(tmp_path / "models", "triage"))
    assert caught.value.remedy


@pytest.mark.parametrize("task", TASKS)
def test_a_tampered_model_stops_the_start_instead_of_being_skipped(task: str, tmp_path: Path) -> None:
    models = models_without(tmp_path / "models", task)
    (models / task).mkdir()
    for path in (ROOT / "models" / task).iterdir():
        if path.is_file():
            (models / task / path.name).write_bytes(path.read_bytes())
    victim = "weights.json" if task in {"churn", "accounts"} else "linear.onnx"
    content = bytearray((models / task / victim).read_bytes())
    content[len(content) // 2] ^= 1
    (models / task / victim).write_bytes(content)
    with pytest.raises(ModelRefused, match=victim):
        load(models)


def test_wrong_content_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ContentInvalid):
        load_text_core(models_dir=ROOT / "models", prompts_dir=tmp_path)


def test_hotwords_are_every_packs_terms_once(tmp_path: Path) -> None:
    core = load(models_without(tmp_path / "models"))
    terms = [word for pack in core.content.keyword_packs for word in pack.hotwords()]
    assert len(set(core.hotwords)) == len(core.hotwords)
    assert set(core.hotwords) == set(terms)
    assert list(core.hotwords) == sorted(set(terms), key=terms.index)
