"""The language core out of directories: a model that is absent skips its part and says why; a broken one stops."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import structlog

from nlp.errors import ContentInvalid, ModelMissing, ModelRefused
from nlp.keywords.matcher import KeywordMatcher
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


def test_terms_that_sound_alike_are_said_at_the_start_and_the_shipped_ones_do_not(tmp_path: Path) -> None:
    models = models_without(tmp_path / "models")
    with structlog.testing.capture_logs() as shipped:
        load(models)
    own = shutil.copytree(PROMPTS, tmp_path / "prompts")
    pack = own / "keywords" / "energy" / "power.yaml"
    text = pack.read_text(encoding="utf-8")
    pack.write_text(text.replace("\nterms:\n", "\nterms:\n  - {term: 许量电费}\n"), encoding="utf-8")
    with structlog.testing.capture_logs() as clashing:
        core = load_text_core(models_dir=models, prompts_dir=own)
    assert [one for one in shipped if one["event"] == "keyword_collision"] == []
    (said,) = [one for one in clashing if one["event"] == "keyword_collision"]
    assert said["kind"] == "same_sound"
    assert "许量电费" in said["detail"]
    assert "需量电费" in said["detail"]
    assert "需量电费" in core.hotwords  # nothing is taken out


def test_english_turns_crash_nothing_and_carry_keywords_and_money(tmp_path: Path) -> None:
    core = load(models_without(tmp_path / "models"))
    said = (
        "Morning! Could we talk about the ERP rollout?",
        "Your quote is too high, we set aside RMB 1.2 million, the other vendor asks 800k RMB.",
        "I'll send you the POC plan 和 报价单 by Friday.",
    )
    turns = tuple(Turn(i, text, "rep" if i % 2 == 0 else "customer", 1.0) for i, text in enumerate(said))
    found = core.analyzer.analyze(Transcript(turns), context=VisitContext("vis_1", date(2026, 3, 11)))
    amounts = [(f.quote, f.attributes["value"]) for f in found.findings if f.code == "money"]
    assert amounts == [("1.2 million", 1_200_000), ("800k RMB", 800_000)]
    assert [(f.turn, f.quote) for f in found.findings if f.kind == "keyword"] == [(2, "报价单")]
    assert found.dropped_quotes == 0
    matcher = KeywordMatcher.from_terms(["ERP", "too high", "POC"], lexicon=core.lexicon)
    assert [[hit.surface for hit in matcher.match(text)] for text in said] == [["ERP"], ["too high"], ["POC"]]


def test_traditional_turns_read_as_simplified_ones_with_their_spans_and_what_was_heard(tmp_path: Path) -> None:
    core = load(models_without(tmp_path / "models"))
    context = VisitContext("vis_1", date(2026, 3, 11))

    def found(text: str) -> Analysis:
        return core.analyzer.analyze(Transcript((Turn(0, text, "customer", 1.0),)), context=context)

    heard = "這個報價太貴了，預算兩萬六，下禮拜五之前給我答覆"
    folded, plain = found(heard), found("这个报价太贵了，预算两万六，下礼拜五之前给我答复")
    assert [(f.kind, f.code, f.span, f.quote) for f in folded.findings] == [
        (f.kind, f.code, f.span, f.quote) for f in plain.findings
    ]
    assert folded.turns[0].raw_text == heard
    assert {heard[slice(*f.span)] for f in folded.findings if f.kind == "entity"} == {"兩萬六", "下禮拜五"}
