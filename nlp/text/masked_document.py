"""Masks a whole document of plain values, such as an analysis or an event: what was said is masked, codes and ids stay.

Invariant: the document keeps its shape, and every masked text its length; a person found in one turn is masked in every
quote and summary that repeats the words.
"""

import re
from collections.abc import Mapping
from typing import Any

from nlp.text.masking import MASK, Masker, apply_mask
from nlp.types import Span

_NOT_SAID = (
    "id code kind role status state type level action detector notice version versions talktrack skill remedy "
    "link links url source tags"
)
_MACHINE_KEYS = frozenset(_NOT_SAID.split())
_MACHINE_ENDS = ("_id", "_at", "_ids", "_code", "_ms", "_url", "_digest")
_ID = re.compile(r"[a-z]{1,8}_[0-9a-z]{8,40}|/v1/\S*|\d{4}-\d{2}-\d{2}[T ]?[\d:.+Z-]*", re.ASCII)
_HAS_WORDS = re.compile(r"[一-龥]|\d{6}")
_LITERAL_FROM = 2


def mask_document(document: Any, masker: Masker) -> Any:  # noqa: ANN401 - any JSON value
    """`document` with what leads to a person as ＊."""
    said = {text for text in _texts(document) if _HAS_WORDS.search(text)}
    spans = {text: [personal.span for personal in masker.find(text)] for text in said}
    whole = {text[start:end] for text, found in spans.items() for start, end in found if end - start >= _LITERAL_FROM}
    literal = re.compile("|".join(map(re.escape, sorted(whole, key=len, reverse=True)))) if whole else None
    masked = {text: _masked(text, found, literal) for text, found in spans.items()}
    return _replace(document, masked)


def _masked(text: str, spans: list[Span], literal: re.Pattern[str] | None) -> str:
    shown = apply_mask(text, spans)
    return literal.sub(lambda match: MASK * len(match[0]), shown) if literal else shown


def _is_machine(key: str) -> bool:
    return key in _MACHINE_KEYS or key.endswith(_MACHINE_ENDS)


def _texts(value: Any, key: str = "") -> list[str]:  # noqa: ANN401
    if isinstance(value, str):
        return [] if _is_machine(key) or _ID.fullmatch(value) else [value]
    if isinstance(value, Mapping):
        return [text for name, inner in value.items() for text in _texts(inner, str(name))]
    if isinstance(value, (list, tuple)):
        return [text for inner in value for text in _texts(inner, key)]
    return []


def _replace(value: Any, masked: Mapping[str, str], key: str = "") -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return value if _is_machine(key) or _ID.fullmatch(value) else masked.get(value, value)
    if isinstance(value, Mapping):
        return {name: _replace(inner, masked, str(name)) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replace(inner, masked, key) for inner in value]
    return value
