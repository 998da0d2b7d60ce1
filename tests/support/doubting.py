"""A language core whose turn models are small enough to know by heart: what they find, doubt and rule out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from nlp.classify.turns import TurnModels
from nlp.classify.verdicts import Label, OperatingPoint, OperatingPoints
from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.resources import Lexicon, load_lexicon
from nlp.pipeline import Analyzer
from nlp.types import Analysis, Claim, Transcript, Turn, VisitContext
from tests.support.tiny_linear import THRESHOLDS, a_scorer

VISIT = VisitContext("vis_1", date(2026, 3, 2))
TALK = (
    Turn(0, "你们太贵了", "customer", 0.9),
    Turn(1, "能不能便宜点吧", "customer", 0.9),
    Turn(2, "便宜点吧", "rep", 0.9),
    Turn(3, "我明天带合同过来", "rep", 0.9),
    Turn(4, "今天天气不错", "customer", 0.9),
    Turn(5, "明天再说，隔壁在放音乐", "other", 0.9),
)
"""Price: found in turn 0, doubted in 1, ruled out in 4. A promise: doubted in 3, ruled out elsewhere."""


@cache
def _lexicon() -> Lexicon:
    return load_lexicon()


def doubting_models(point: OperatingPoint = "f1") -> TurnModels:
    """Price on 太贵, in doubt on 便宜; a promise on 发您, in doubt on 明天."""
    labels = (
        Label("price", "objection", frozenset({"customer"}), dict(THRESHOLDS)),
        Label("commitment", "signal", frozenset({"customer", "rep"}), dict(THRESHOLDS)),
    )
    own = {"太贵": (14.0, 0.0), "便宜": (9.0, 0.0), "发您": (0.0, 14.0), "明天": (0.0, 7.0)}
    scorer = a_scorer(own, bias=(-4.0, -4.0))
    return TurnModels("tiny-2", labels, np.asarray([[1.0, 0], [1.0, 0]]), linear=scorer, points=OperatingPoints(point))


@dataclass(frozen=True)
class DoubtingCore:
    """As much of a LanguageCore as an analysis and a second opinion need."""

    analyzer: Analyzer

    def analyze(self, turns: Sequence[Turn] = TALK, *, context: VisitContext = VISIT) -> Analysis:
        return self.analyzer.analyze(Transcript(tuple(turns)), context=context)

    def reconsider(self, analysis: Analysis, claims: Sequence[Claim], *, context: VisitContext, by: str) -> Analysis:
        return self.analyzer.reconsider(analysis, claims, context=context, by=by)


def doubting_core(point: OperatingPoint = "f1") -> DoubtingCore:
    lexicon = _lexicon()
    matcher = KeywordMatcher.build((), lexicon=lexicon)
    return DoubtingCore(Analyzer(lexicon, matcher, doubting_models(point), titles={"price": "价格"}))
