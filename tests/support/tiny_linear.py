"""A linear model small enough to read: a handful of texts make its vocabulary, and the test sets the weights."""

from collections.abc import Mapping

import numpy as np

from models.training.graphs import linear_graph
from nlp.classify.artefact import session
from nlp.classify.cues import Cues
from nlp.classify.folding import folding_table
from nlp.classify.grams import Grams, Spelling, build_vocabulary, parse_syllables
from nlp.classify.linear import LinearScorer
from nlp.classify.situation import NAMES
from nlp.classify.turns import TurnModels
from nlp.classify.verdicts import Label, OperatingPoint, OperatingPoints

TEXTS = ("太贵了", "便宜点吧", "我明天发您", "太贵了吧", "明天再说", "便宜", "我发您报价")
NEAR = 24
Weights = Mapping[str, tuple[float, ...]]
SYLLABLES = ("贵跪", "太态", "明名", "天添")
THRESHOLDS: dict[OperatingPoint, float] = {"f1": 0.5, "precision_90": 0.9, "recall_90": 0.1}


def a_spelling() -> Spelling:
    table = folding_table()
    cues = Cues(["expensive: 贵 太贵", "tomorrow: 明天"], table)
    return Spelling(table, parse_syllables(SYLLABLES), cues)


def some_grams(context_size: int = NEAR) -> Grams:
    vocabulary, idf = build_vocabulary(TEXTS, a_spelling(), minimum=1, context_size=context_size)
    return Grams(vocabulary, idf, spelling=a_spelling(), context_size=context_size)


def a_scorer(
    own: Weights, *, before: Weights | None = None, after: Weights | None = None, bias: tuple[float, ...] = (0.0, 0.0)
) -> LinearScorer:
    """A scorer whose grams weigh nothing but what is given: gram to one weight a label."""
    vocabulary, _ = build_vocabulary(TEXTS, a_spelling(), minimum=1, context_size=NEAR)
    grams = some_grams()
    blocks = []
    for weights, rows in ((own, grams.size), (before or {}, NEAR), (after or {}, NEAR)):
        block = np.zeros((rows, len(bias)), np.float32)
        for gram, values in weights.items():
            block[vocabulary.index(gram)] = values
        blocks.append(block)
    place = np.zeros((len(NAMES), len(bias)), np.float32)
    graph = linear_graph(*blocks, place, np.asarray(bias, np.float32))
    return LinearScorer(grams, session(graph), len(bias))


def tiny_turn_models(point: OperatingPoint = "f1") -> TurnModels:
    """Price on 贵, commitment on 发您, and nothing else."""
    labels = (
        Label("price", "objection", frozenset({"customer"}), dict(THRESHOLDS)),
        Label("commitment", "signal", frozenset({"customer", "rep"}), dict(THRESHOLDS)),
    )
    scorer = a_scorer({"太贵": (9.0, 0.0), "发您": (0.0, 9.0)}, bias=(-2.0, -2.0))
    return TurnModels(
        "tiny-1", labels, np.asarray([[1.0, 0.0], [1.0, 0.0]]), linear=scorer, points=OperatingPoints(point)
    )
