"""The whole analysis with models that a test can read: deterministic, grounded, honest about what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.resources import Lexicon, load_lexicon
from nlp.pipeline import Analyzer
from nlp.types import Because, ChurnRisk, Role, Transcript, Turn, VisitContext

CONTEXT = VisitContext("v1", date(2026, 3, 11), channel="面访", competitors=("赛瑞",))
TALK = Transcript(
    (
        Turn(0, "邵院长您好，您这边现在怎么用的", "rep", 1.0, 0, 4_000),
        Turn(1, "我們一直用赛瑞，你們報價太贵了，贵两万", "customer", 1.0, 5_000, 12_000),
        Turn(2, "首批我让您三千，下周三我带样机来", "rep", 1.0, 13_000, 18_000),
        Turn(3, "行，合同到期是五月底", "customer", 1.0, 19_000, 22_000),
    ),
    duration_ms=30_000,
)
CUES = {"太贵": ("objection", "price"), "带样机来": ("signal", "commitment"), "到期": ("signal", "timeline")}


@dataclass(frozen=True)
class _Cues:
    """Labels a turn by plain words."""

    version: str = "cues-1"

    def score(self, turns: Sequence[Turn]) -> list[TurnScores]:
        return [self._one(turn) for turn in turns]

    def _one(self, turn: Turn) -> TurnScores:
        scores = TurnScores()
        for cue, (kind, code) in CUES.items():
            at = turn.text.find(cue)
            if at >= 0:
                label = LabelScore(0.9, 0.5, (at, at + len(cue)), (Because(cue, 1.0),))
                (scores.objections if kind == "objection" else scores.signals)[code] = label
        return scores


@dataclass(frozen=True)
class _Broken(_Cues):
    """Names words that nobody said."""

    def _one(self, turn: Turn) -> TurnScores:
        return TurnScores(signals={"timeline": LabelScore(0.9, 0.5, (90, 95))})


@dataclass(frozen=True)
class _TakesTurns:
    """Says that rep and customer speak in turn."""

    version: str = "roles-1"

    def predict(self, texts: Sequence[str]) -> list[tuple[Role, float]]:
        return [("rep" if i % 2 == 0 else "customer", 0.7) for i in range(len(texts))]


@dataclass(frozen=True)
class _Worried:
    """Finds every visit with an objection risky."""

    version: str = "churn-1"

    def assess(self, turns: Sequence[Turn], scores: Sequence[TurnScores]) -> ChurnRisk:
        return ChurnRisk("high" if any(s.objections for s in scores) else "low", 0.8)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.fixture(scope="module")
def analyzer(lexicon: Lexicon) -> Analyzer:
    matcher = KeywordMatcher.from_terms(["报价", "合同"], lexicon=lexicon)
    return Analyzer(lexicon, matcher, _Cues(), _TakesTurns(), _Worried(), {"price": "价格"}, {"content_digest": "d1"})


def test_every_finding_quotes_its_turn(analyzer: Analyzer) -> None:
    analysis = analyzer.analyze(TALK, context=CONTEXT)
    texts = {turn.i: turn.text for turn in analysis.turns}
    assert analysis.findings
    assert all(f.quote == texts[f.turn][slice(*f.span)] for f in analysis.findings)
    assert all(f.start_ms is not None for f in analysis.findings)
    assert analysis.dropped_quotes == 0


def test_the_parts_of_an_analysis_agree(analyzer: Analyzer) -> None:
    analysis = analyzer.analyze(TALK, context=CONTEXT)
    assert {(f.kind, f.code) for f in analysis.findings} >= {
        ("objection", "price"),
        ("signal", "commitment"),
        ("commitment", "commitment"),
        ("keyword", "报价"),
        ("entity", "money"),
        ("entity", "date"),
        ("entity", "person"),
        ("entity", "competitor"),
    }
    assert [(s.who, s.due) for s in analysis.next_steps] == [("rep", date(2026, 3, 18))]
    assert [e.value for e in analysis.five_elements.objections] == ["价格"]
    assert analysis.churn_risk.level == "high"
    assert "异议（价格）" in analysis.summary.text
    assert analysis.skipped == ()


def test_traditional_turns_are_folded_and_kept(analyzer: Analyzer) -> None:
    turn = analyzer.analyze(TALK, context=CONTEXT).turns[1]
    assert turn.text == "我们一直用赛瑞，你们报价太贵了，贵两万"
    assert turn.raw_text == TALK.turns[1].text


def test_versions_name_everything_that_decided(analyzer: Analyzer) -> None:
    versions = analyzer.analyze(TALK, context=CONTEXT).versions
    assert versions == {
        "nlp": "1",
        "content_digest": "d1",
        "turns": "cues-1",
        "roles": "roles-1",
        "churn": "churn-1",
    }


def test_the_same_visit_gives_the_same_analysis(analyzer: Analyzer) -> None:
    assert analyzer.analyze(TALK, context=CONTEXT) == analyzer.analyze(TALK, context=CONTEXT)


def test_unknown_roles_are_predicted_and_known_ones_stay(analyzer: Analyzer) -> None:
    turns = (Turn(0, "您好"), Turn(1, "你好"), Turn(2, "三号台！", "other", 1.0))
    roles = [(t.role, t.role_score) for t in analyzer.analyze(Transcript(turns), context=CONTEXT).turns]
    assert roles == [("rep", 0.7), ("customer", 0.7), ("other", 1.0)]


def test_missing_models_are_named_with_a_way_out_and_the_rest_goes_on(lexicon: Lexicon) -> None:
    bare = Analyzer(lexicon, KeywordMatcher.from_terms(["合同"], lexicon=lexicon))
    analysis = bare.analyze(Transcript((Turn(0, "合同九万八，下周三签"),)), context=CONTEXT)
    assert [s.what for s in analysis.skipped] == ["roles", "objections_and_signals", "churn_risk"]
    assert all(s.reason == "model_missing" and s.remedy for s in analysis.skipped)
    assert {f.code for f in analysis.findings} == {"合同", "money", "date"}


def test_a_claim_without_words_is_dropped_and_counted(analyzer: Analyzer) -> None:
    analysis = replace(analyzer, turn_models=_Broken()).analyze(TALK, context=CONTEXT)
    assert analysis.dropped_quotes == len(TALK.turns)
    assert not any(f.kind == "signal" for f in analysis.findings)


def test_an_empty_talk_gives_an_empty_analysis(analyzer: Analyzer) -> None:
    analysis = analyzer.analyze(Transcript(()), context=CONTEXT)
    assert (analysis.findings, analysis.next_steps, analysis.summary.text) == ((), (), "")


@given(st.lists(st.text(alphabet="太贵了报价合同下周三九万八带样机来，。嗯 A1", max_size=24), max_size=5))
def test_any_talk_is_analysed_with_grounded_findings(texts: list[str]) -> None:
    turns = tuple(Turn(i, text, "customer" if i % 2 else "rep", 1.0) for i, text in enumerate(texts))
    analysis = _ANALYZER.analyze(Transcript(turns), context=CONTEXT)
    assert all(f.quote == analysis.turns[f.turn].text[slice(*f.span)] for f in analysis.findings)
    assert analysis.dropped_quotes == 0
    assert len(analysis.summary.text) <= 120


_LEXICON = load_lexicon()
_ANALYZER = Analyzer(
    _LEXICON, KeywordMatcher.from_terms(["报价"], lexicon=_LEXICON), _Cues(), _TakesTurns(), _Worried()
)
