"""Reads what a language model answered: strictly, against its template's schema, and without believing any of it.

Invariant: what comes back fits the schema exactly; anything else is an `AnswerInvalid` that says where.
"""

import json
from collections.abc import Mapping
from typing import Any

ANSWER_BYTES = 65_536


class AnswerInvalid(Exception):
    """The answer does not fit; the message names the place and repeats nothing of it."""


def check_schema(schema: Mapping[str, Any]) -> str:
    """What is wrong with a schema itself; empty when nothing is."""
    from jsonschema import Draft202012Validator  # its optional checkers take seconds to import, and few need them
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        return str(error.message)
    return ""


def read_answer(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The object that an answer holds, prose and code fences around it left away.

    Raises:
        AnswerInvalid: no object, duplicate keys, NaN, too long, or not what the schema asks for.
    """
    from jsonschema import Draft202012Validator

    if len(text.encode("utf-8", "replace")) > ANSWER_BYTES:
        raise AnswerInvalid(f"the answer is longer than {ANSWER_BYTES} bytes")
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise AnswerInvalid("the answer holds no JSON object")
    try:
        found = json.loads(text[start : end + 1], object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise AnswerInvalid(f"the answer is no JSON: {type(error).__name__}") from None
    fault = next(iter(sorted(Draft202012Validator(dict(schema)).iter_errors(found), key=str)), None)
    if fault is not None:
        place = ".".join(str(part) for part in fault.absolute_path) or "(answer)"
        raise AnswerInvalid(f"{place}: does not fit `{fault.validator}`")
    return dict(found)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(constant)
