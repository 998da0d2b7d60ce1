"""Where marks stand in written talks, learned for engines that write none; `python -m models.training.punctuation`.

A logistic regression over the characters on both sides of each gap. Files are divided, never turns: a fifth judges, a
fifth sets the threshold and then trains too, the rest trains; what is shipped is the model that was judged. Text only:
pauses are added by rule at run time.
"""

import json
import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from models.training.corpus import Conversation, load_conversations
from nlp.text.punctuation import MARKS, Punctuator, bare, features, save_punctuator

HERE = Path(__file__).parents[1] / "punctuation"
SEED = 5
AT_LEAST = 3
SMALLEST = 0.1
THRESHOLDS = tuple(n / 10 for n in range(-15, 6))  # log odds


def main() -> None:
    """Train, measure on the files that were held out, write the artefact and its figures."""
    talks = load_conversations()
    sources = sorted({talk.source for talk in talks})
    random.Random(SEED).shuffle(sources)  # noqa: S311 - a fixed division, no secret
    fifth = len(sources) // 5
    held, tuning = texts_of(talks, sources[:fifth]), texts_of(talks, sources[fifth : 2 * fifth])
    learning = texts_of(talks, sources[2 * fifth :])
    threshold = best_threshold(train(learning), tuning)
    punctuator = replace(train([*learning, *tuning]), threshold=threshold)
    HERE.mkdir(exist_ok=True)
    save_punctuator(punctuator, HERE)
    figures = measure(punctuator, held)
    (HERE / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures))


def texts_of(talks: Sequence[Conversation], sources: Collection[str]) -> list[str]:
    """Turns of these files that carry marks."""
    return [
        turn.text
        for talk in talks
        if talk.source in sources
        for turn in talk.turns
        if any(mark in turn.text for mark in MARKS)
    ]


def best_threshold(punctuator: Punctuator, texts: Sequence[str]) -> float:
    """Where F1 is highest on files that neither train nor judge."""
    scored = [(float(measure(replace(punctuator, threshold=t), texts, drawings=1)["f1"]), t) for t in THRESHOLDS]
    return max(scored)[1]


def train(texts: Sequence[str]) -> Punctuator:
    """The weights of the features that occur often enough and matter."""
    rows: list[list[str]] = []
    labels: list[bool] = []
    for text in texts:
        plain, marks = bare(text)
        for at in range(1, len(plain)):
            rows.append(features(plain, at))
            labels.append(at in marks)
    counts = Counter(feature for row in rows for feature in row)
    index = {feature: n for n, feature in enumerate(sorted(f for f, c in counts.items() if c >= AT_LEAST))}
    kept = [[index[f] for f in row if f in index] for row in rows]
    starts = np.cumsum([0, *map(len, kept)])
    columns = np.concatenate([np.array(row, np.int32) for row in kept])
    matrix = csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(rows), len(index)))
    model = LogisticRegression(C=0.3, solver="liblinear", tol=1e-3).fit(matrix, labels)
    weights = {f: float(model.coef_[0][n]) for f, n in index.items() if abs(model.coef_[0][n]) >= SMALLEST}
    return Punctuator(weights, bias=float(model.intercept_[0]), threshold=0.0)


def measure(punctuator: Punctuator, texts: Sequence[str], *, drawings: int = 400) -> dict[str, Any]:
    """Precision, recall and F1 of the places inside turns, and of question marks at their ends."""
    turns: list[tuple[int, int, int]] = []
    asked = [0, 0, 0]
    for text in texts:
        plain, marks = bare(text)
        if len(plain) < 2:
            continue
        found = dict(punctuator.marks(plain))
        meant, got = {at for at in marks if at < len(plain)}, {at for at in found if at < len(plain)}
        turns.append((len(meant & got), len(got - meant), len(meant - got)))
        if len(plain) in marks:
            real, said = marks[len(plain)] in "？?", found.get(len(plain)) == "？"
            asked = [asked[0] + (real and said), asked[1] + (said and not real), asked[2] + (real and not said)]
    rng = np.random.default_rng(SEED)
    table = np.array(turns)
    drawn = [table[rng.integers(0, len(table), len(table))].sum(axis=0) for _ in range(drawings)]
    low, high = np.percentile([_f1(*row) for row in drawn], [2.5, 97.5])
    right, wrong, missed = table.sum(axis=0)
    return {
        "turns": len(turns),
        "precision": round(float(right / max(1, right + wrong)), 3),
        "recall": round(float(right / max(1, right + missed)), 3),
        "f1": round(_f1(right, wrong, missed), 3),
        "f1_interval": [round(float(low), 3), round(float(high), 3)],
        "questions_f1": round(_f1(*asked), 3),
        "features": len(punctuator.weights),
        "threshold": punctuator.threshold,
    }


def _f1(right: float, wrong: float, missed: float) -> float:
    return float(2 * right / max(1.0, 2 * right + wrong + missed))


if __name__ == "__main__":
    main()
