"""What a sentence encoder is to a trained model: a name that its files vouch for, and vectors of unit length.

Invariant: two encoders of one `NamedEncoder` give the same vectors; a model trained on one is served by no other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, Protocol, cast, get_args

import numpy as np
from numpy.typing import NDArray

from nlp.errors import ModelRefused

Pooling = Literal["mean", "cls", "graph"]
"""How a turn's vector is made of its tokens': their mean, the first one's, or by the graph itself."""
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NamedEncoder:
    """Which encoder: its directory's name, how it pools, tokens that it reads of a text, numbers in a vector, and the
    SHA-256 of every file that it is made of."""

    name: str
    pooling: Pooling
    max_tokens: int
    width: int
    files: Mapping[str, str]

    def to_json(self) -> bytes:
        """The form that lies beside a trained model."""
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def of_json(cls, said: object) -> "NamedEncoder":
        """The encoder that a trained model names.

        Raises:
            ModelRefused: the form is damaged.
        """
        try:
            row = cast("Mapping[str, object]", dict(cast("Mapping[str, object]", said)))
            files = {str(name): str(digest) for name, digest in dict(cast("Mapping[str, str]", row["files"])).items()}
            pooling = str(row["pooling"])
            if pooling not in get_args(Pooling) or not files:
                raise ValueError(pooling)
            sizes = int(str(row["max_tokens"])), int(str(row["width"]))
            return cls(str(row["name"]), cast("Pooling", pooling), *sizes, files)
        except (KeyError, TypeError, ValueError) as fault:
            raise ModelRefused("the model's own encoder.json is damaged; train the model again") from fault


class SentenceEncoder(Protocol):
    """Turns to vectors (`nlp.encode.onnx_encoder.OnnxEncoder`)."""

    @property
    def named(self) -> NamedEncoder:
        """What a trained model calls it."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, float32 [texts, width], of length 1; zeros for a text of which no token is known.

        Args:
            texts: any, the empty one too; what is longer than `max_tokens` is read as far as that.
        """
        ...
