"""Which turns stand for a talk: likeness between turns, a walk over it that prefers findings, and variety.

Source: text.md, section 6 (sparse TF-IDF cosine, power iteration, MMR; a restart weighted by findings, because plain
TextRank prefers small talk). Invariant: deterministic; indices refer to the texts given.
"""

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_DAMPING = 0.85
_ROUNDS = 40
_CLOSE_ENOUGH = 1e-5
_RELEVANCE = 0.7
_STOP = frozenset(
    [
        "的",
        "了",
        "是",
        "我",
        "你",
        "您",
        "他",
        "她",
        "它",
        "我们",
        "你们",
        "他们",
        "这",
        "那",
        "这个",
        "那个",
        "就",
        "都",
        "也",
        "还",
        "在",
        "有",
        "和",
        "跟",
        "吧",
        "吗",
        "呢",
        "啊",
        "嗯",
        "哦",
        "不",
        "没",
        "没有",
        "要",
        "会",
        "能",
        "说",
        "讲",
        "到",
        "来",
        "去",
        "给",
        "把",
        "被",
        "对",
        "好",
        "行",
        "得",
        "着",
        "过",
        "一个",
        "什么",
        "怎么",
        "一下",
        "可以",
        "现在",
        "然后",
        "就是",
        "不是",
        "还是",
        "但是",
        "因为",
        "所以",
        "如果",
        "自己",
        "上",
        "下",
        "里",
        "很",
        "太",
        "再",
        "又",
        "才",
        "那",
        "嘛",
        "呀",
        "哈",
        "噢",
    ]
)


def tf_idf(texts: Sequence[str], *, cut: Callable[[str], Sequence[str]]) -> tuple[Floats, Floats]:
    """Vectors of the texts over the words at least two of them share, and the norms over all their words.

    Args:
        cut: words of a text, for example `Segmenter.words`.
    Returns:
        float32 [texts, shared words] and float32 [texts], norms 1 where a text has no words.
    """
    words = [cut(text) for text in texts]
    said = list(chain.from_iterable(words))
    columns = {word: column for column, word in enumerate(filter(_is_content, dict.fromkeys(said)))}
    rows = np.repeat(np.arange(len(texts)), [len(own) for own in words])
    told = np.asarray([columns.get(word, -1) for word in said], dtype=np.int64)
    width = max(1, len(columns))
    cells, times = np.unique((rows * width + told)[told >= 0], return_counts=True)
    rows, told = np.divmod(cells, width)
    spread = np.bincount(told, minlength=width)
    values = times * (np.log((1 + len(texts)) / (1 + spread)) + 1)[told]
    norms = np.sqrt(np.bincount(rows, values * values, minlength=len(texts)))
    norms[norms == 0] = 1.0
    shared = spread > 1
    kept = shared[told]
    vectors = np.zeros((len(texts), max(1, int(shared.sum()))), dtype=np.float32)
    vectors[rows[kept], (np.cumsum(shared) - 1)[told[kept]]] = values[kept]
    return vectors, norms.astype(np.float32)


def rank(likeness: Floats, restart: Sequence[float]) -> Floats:
    """How central each text is, float32 [texts], summing to 1: PageRank over `likeness` restarting at `restart`.

    Args:
        likeness: float32 [texts, texts], non-negative; the diagonal is ignored.
        restart: weight of each text, non-negative, not all zero.
    """
    links = likeness.copy()
    np.fill_diagonal(links, 0.0)
    sums = links.sum(axis=1, keepdims=True)
    start = np.asarray(restart, dtype=np.float32)
    start /= start.sum()
    # A text like no other hands its weight to the restart, as a dangling page does.
    moves = np.divide(links, sums, out=np.tile(start, (len(start), 1)), where=sums > 0)
    scores = start
    for _ in range(_ROUNDS):
        following = (1 - _DAMPING) * start + _DAMPING * (scores @ moves)
        if float(np.abs(following - scores).sum()) < _CLOSE_ENOUGH:
            break
        scores = following
    return scores


def choose(scores: Floats, likeness: Floats, *, most: int) -> list[int]:
    """At most `most` texts, best first: high score, unlike those already chosen (maximal marginal relevance)."""
    if len(scores) == 0:
        return []
    relevance = scores / max(float(scores.max()), 1e-9)
    repeated = np.zeros(len(scores), dtype=np.float32)
    chosen: list[int] = []
    for _ in range(min(most, len(scores))):
        value = _RELEVANCE * relevance - (1 - _RELEVANCE) * repeated
        value[chosen] = -np.inf
        best = int(np.argmax(value))
        chosen.append(best)
        repeated = np.maximum(repeated, likeness[best])
    return chosen


def similarities(texts: Sequence[str], *, cut: Callable[[str], Sequence[str]]) -> Floats:
    """Cosine between all pairs of texts, float32 [texts, texts]."""
    vectors, norms = tf_idf(texts, cut=cut)
    vectors /= norms[:, None]
    product: Floats = vectors @ vectors.T
    return product


def _is_content(word: str) -> bool:
    return word not in _STOP and (word.isalnum() or any(map(str.isalnum, word)))
