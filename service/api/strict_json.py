"""JSON as the contract means it: UTF-8, finite numbers, unique keys, whole characters, bounded in every direction.

The framework's defaults turn several of these into a 500 or accept them silently; what passes here is stored alike by
SQLite and Postgres. Invariant: no error message repeats what was sent.
"""

import json
import math
import re
from typing import NoReturn

from service.domain.errors import Invalid, Malformed

MAX_DEPTH = 32
MAX_KEYS = 25_000  # the longest transcript, 5,000 turns of four fields, and what stands around it
MAX_STRING = 65_536
MAX_INTEGER = 2**53 - 1
_BOM = b"\xef\xbb\xbf"
_STRINGS_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_strict_json(raw: bytes) -> object:
    """The value in `raw`.

    Raises:
        Malformed: not UTF-8 (`encoding`), not JSON (`json_invalid`), nested too deep (`too_deep`) or with an integer of
            absurd length (`number_too_long`).
        Invalid: JSON, but with duplicate keys, non-finite numbers, integers beyond 2^53-1, NUL or lone surrogates, or
            over a size limit.
    """
    text = _decode(raw)
    _check_depth(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except json.JSONDecodeError as error:
        raise Malformed(f"the body is not JSON: {error.msg} at character {error.pos}", code="json_invalid") from error
    _check_values(value)
    return value


def _decode(raw: bytes) -> str:
    body = raw.removeprefix(_BOM)
    if b"\x00" in body[:4] or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Malformed("the body must be UTF-8, not UTF-16 or UTF-32", code="encoding")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"the body is not UTF-8 (byte {error.start})", code="encoding") from error


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser recurses into it, having read no further than it takes to see it."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _STRINGS_AND_BRACKETS.finditer(text):
        character = match[0][0]
        if character != '"':
            depth += 1 if character in "[{" else -1
            if depth > MAX_DEPTH:
                raise Malformed(f"the body is nested deeper than {MAX_DEPTH} levels", code="too_deep")


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Invalid("an object in the body has the same key twice", code="duplicate_key")
    return value


def _constant(_: str) -> NoReturn:
    raise Invalid("NaN and Infinity are not JSON numbers", code="number_not_finite")


def _integer(digits: str) -> int:
    if len(digits) > 400:
        raise Malformed("a number in the body has too many digits", code="number_too_long")
    value = int(digits)
    if abs(value) > MAX_INTEGER:
        raise Invalid("an integer in the body is beyond ±(2^53-1)", code="number_out_of_range")
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Invalid("a number in the body is too large", code="number_not_finite")
    return value


def _check_values(value: object) -> None:
    pending, keys = [value], 0
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            check_text(item)
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            keys += len(item)
            if keys > MAX_KEYS:
                raise Invalid(f"the body has more than {MAX_KEYS} keys", code="too_many_keys")
            pending.extend(item.keys())
            pending.extend(item.values())


def check_text(text: str) -> None:
    """Refuse what no database of ours stores alike: NUL, lone surrogates, absurd length."""
    if len(text) > MAX_STRING:
        raise Invalid(f"a text in the body is longer than {MAX_STRING} characters", code="text_too_long")
    if "\x00" in text:
        raise Invalid("a text in the body holds a NUL character", code="nul_character")
    if _SURROGATE.search(text):
        raise Invalid("a text in the body holds half of a surrogate pair", code="invalid_unicode")
