"""A transformer in ONNX form behind its tokenizer: batches of like length, pooled, brought to unit length.

Invariant: a text's vector does not depend on what else is encoded with it; padding is masked and pooled away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from nlp.encode.encoder import NamedEncoder, Pooling, Vectors
from nlp.errors import ModelRefused

BATCH = 16
IDS, MASK, TYPES = "input_ids", "attention_mask", "token_type_ids"
PAD = 0
"""Stands behind a shorter text; masked, so any number that the graph knows would do."""
_CHARACTERS_A_TOKEN = 8
"""A text is cut before it is tokenised: a token of eight characters is rare, a turn of a megabyte is not read twice."""
Whole = type[np.int64] | type[np.int32]
_WHOLE_NUMBERS: Mapping[str, Whole] = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_POOLED = ("sentence_embedding", "sentence_embeddings", "embeddings")
_RANK_OF_POOLED, _RANK_OF_TOKENS = 2, 3


class _Encoding(Protocol):
    ids: Sequence[int]


class Tokenizer(Protocol):
    """As much of `tokenizers.Tokenizer` as is used."""

    def encode_batch(self, texts: Sequence[str]) -> Sequence[_Encoding]: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What a graph takes, and which of its outputs is read how."""

    inputs: Mapping[str, Whole]
    output: str
    pooling: Pooling


def ports_of(session: ort.InferenceSession, *, declared: Pooling | None, where: str) -> Ports:
    """The graph's inputs and the output that holds what is wanted.

    Args:
        session: the opened graph.
        declared: the pooling that the directory or the trained model names; None where neither does.
        where: the directory's name, for messages.

    Raises:
        ModelRefused: the graph takes something else than token numbers, or gives no vectors that can be pooled so.
    """
    taken = {one.name: one for one in session.get_inputs()}
    strange = sorted(set(taken) - {IDS, MASK, TYPES})
    if strange or not {IDS, MASK} <= set(taken):
        raise ModelRefused(
            f"{where}: model.onnx takes {', '.join(sorted(taken))}; an encoder takes {IDS}, {MASK}, at most "
            f"{TYPES}: export it for feature extraction"
        )
    for one in taken.values():
        if one.type not in _WHOLE_NUMBERS or len(one.shape) != 2 or any(isinstance(size, int) for size in one.shape):
            raise ModelRefused(
                f"{where}: {one.name} of model.onnx is {one.type} {one.shape}; it must take whole numbers of any "
                "number of texts and tokens: export it with dynamic axes"
            )
    output, pooling = _output(session, declared, where)
    return Ports({name: _WHOLE_NUMBERS[one.type] for name, one in taken.items()}, output, pooling)


def _output(session: ort.InferenceSession, declared: Pooling | None, where: str) -> tuple[str, Pooling]:
    ranks = {one.name: len(one.shape) for one in session.get_outputs()}
    pooled = [name for name, rank in ranks.items() if rank == _RANK_OF_POOLED]
    tokens = [name for name, rank in ranks.items() if rank == _RANK_OF_TOKENS]
    named = [name for name in pooled if name in _POOLED]
    if declared in ("mean", "cls") and tokens:
        return tokens[0], declared
    if declared in ("graph", None) and (named or (pooled and not tokens)):
        return (named or pooled)[0], "graph"
    if declared is None and tokens:
        raise ModelRefused(
            f"{where}: model.onnx gives a vector for each token, and nothing says how to pool them; write encoder.json "
            'with {"pooling": "mean"} or {"pooling": "cls"}, whichever it was trained with'
        )
    shapes = ", ".join(f"{one.name} {one.shape}" for one in session.get_outputs())
    raise ModelRefused(f"{where}: model.onnx gives {shapes}, which is nothing to pool by {declared or 'any way known'}")


class OnnxEncoder:
    """The SentenceEncoder port over one graph; threads may share it."""

    def __init__(
        self, named: NamedEncoder, tokenizer: Tokenizer, session: ort.InferenceSession, *, ports: Ports
    ) -> None:
        """Holds what `load_encoder` opened; the tokenizer cuts at `named.max_tokens` and pads nothing."""
        self._named = named
        self._tokenizer = tokenizer
        self._session = session
        self._ports = ports

    @property
    def named(self) -> NamedEncoder:
        """What a trained model calls it."""
        return self._named

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, float32 [texts, width], of length 1; zeros for a text of which no token is known."""
        different = list(dict.fromkeys(texts))  # a talk says 嗯 and 好的 many times
        reach = self._named.max_tokens * _CHARACTERS_A_TOKEN
        rows = [list(one.ids) for one in self._tokenizer.encode_batch([text[:reach] for text in different])]
        order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
        vectors = np.zeros((len(rows), self._named.width), np.float32)
        for begin in range(0, len(order), BATCH):
            batch = order[begin : begin + BATCH]
            vectors[batch] = self._vectors([rows[at] for at in batch])
        places = {text: at for at, text in enumerate(different)}
        return vectors[[places[text] for text in texts]]

    def _vectors(self, rows: Sequence[Sequence[int]]) -> Vectors:
        ids = np.full((len(rows), max(1, *map(len, rows))), PAD, dtype=np.int64)
        mask = np.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        fed: dict[str, NDArray[np.int64]] = {IDS: ids, MASK: mask, TYPES: np.zeros_like(ids)}
        feeds = {name: fed[name].astype(kind) for name, kind in self._ports.inputs.items()}
        said: Vectors = self._session.run([self._ports.output], feeds)[0]
        return unit_length(pooled(said.astype(np.float32), mask, self._ports.pooling))


def pooled(said: Vectors, mask: NDArray[np.int64], pooling: Pooling) -> Vectors:
    """One vector a text, float32 [texts, width]; zeros for a text without tokens.

    Args:
        said: what the graph gave, [texts, tokens, width], or [texts, width] where it pools itself.
        mask: 1 where a token stands, [texts, tokens].
        pooling: how.
    """
    spoken = (mask.sum(axis=1) > 0)[:, None]
    if pooling == "graph":
        return np.where(spoken, said, np.float32(0))
    if pooling == "cls":
        return np.where(spoken, said[:, 0], np.float32(0))
    weights = mask[:, :, None].astype(np.float32)
    return np.asarray((said * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0), dtype=np.float32)


def unit_length(vectors: Vectors) -> Vectors:
    """Rows of length 1; a row that is zero or no number at all says nothing and becomes zeros."""
    finite = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, np.float32(0))
    lengths = np.linalg.norm(finite, axis=1, keepdims=True)
    return np.asarray(np.divide(finite, lengths, out=np.zeros_like(finite), where=lengths > 0), dtype=np.float32)
