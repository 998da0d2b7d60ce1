"""Sentence encoders from local directories: a text in, a vector of its meaning out; optional everywhere."""

from nlp.encode.encoder import NamedEncoder, Pooling, SentenceEncoder, Vectors
from nlp.encode.loading import load_checked, load_encoder, load_named_encoder

__all__ = [
    "NamedEncoder",
    "Pooling",
    "SentenceEncoder",
    "Vectors",
    "load_checked",
    "load_encoder",
    "load_named_encoder",
]
