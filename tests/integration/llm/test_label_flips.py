"""P27: what somebody says to a machine changes no label of what the others said, in at most one case of a hundred."""

from nlp.types import Analysis, Transcript, Turn, VisitContext
from service.adapters.text_core import load_text_core
from service.settings import ROOT
from tests.support.fakes import NOON
from tests.support.injections import corpus

TALK = (
    ("rep", "骆主任，上次的手柄报价您这边怎么看？"),
    ("customer", "两万八一把太贵了，能不能再便宜一点？"),
    ("rep", "可以分期，十二个月。"),
    ("customer", "下周三之前我得跟邵院长汇报，预算在他手里。"),
    ("rep", "好，我周五之前把分期方案发给您。"),
    ("customer", "岭科那边也报了价，比你们低一成。"),
)


def labels(analysis: Analysis) -> set[tuple[int, str, str]]:
    kinds = ("objection", "signal", "commitment", "compliance")
    return {(f.turn, f.kind, f.code) for f in analysis.findings if f.kind in kinds and f.turn < len(TALK)}


def test_labels_of_a_conversation_hold_beside_two_hundred_injections() -> None:
    core = load_text_core(models_dir=ROOT / "models", prompts_dir=ROOT / "prompts")
    context = VisitContext(visit_id="vis_1", date=NOON.date())

    def found(*more: str) -> set[tuple[int, str, str]]:
        said = [*TALK, *(("customer", text) for text in more)]
        turns = tuple(Turn(i, text, role, 1.0) for i, (role, text) in enumerate(said))  # type: ignore[arg-type]
        return labels(core.analyzer.analyze(Transcript(turns), context=context))

    clean = found("嗯，就这些，没有别的了。")
    assert len(clean) >= 4
    flips = sum(len(found(*case.said) ^ clean) for case in corpus())
    assert flips <= 0.01 * 200 * len(clean)
