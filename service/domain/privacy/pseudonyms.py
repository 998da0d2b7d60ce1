"""Events for receivers that may not know who they are about: ids, names and numbers as tokens, texts masked.

A token is the same for the same thing as long as its endpoint stands, and another at every other endpoint, so that two
receivers cannot join what they got by it. Invariant: nothing leads from a token back but trying what is still kept: of
somebody who was erased, nothing is.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable, Mapping
from typing import Any

from nlp.text.masked_document import mask_document
from nlp.text.masking import Masker

MARK = "psn_"
_PEOPLE = frozenset(
    {"rep", "owner", "person", "manager", "user", "by", "recipient", "trainer", "handed_to", "decided_by"}
)
_NAMES = frozenset(
    {
        *("name", "display_name", "account_name", "rep_name", "customer_name", "owner_name"),
        *("phone", "mobile", "email", "address", "place"),
    }
)
_ABOUT_CONTENT = frozenset({"rule_id", "process_id", "metric_id", "model_id", "course_id", "card_id"})
_LEFT_OUT = frozenset({"links", "link", "url", "page"})
_OWN = re.compile(r"(?=.{4}).*\d|[一-龥]{2}")
"""Ids and names that are replaced wherever else they stand; shorter ones, and plain words, stand in many texts."""
_TOKEN = re.compile(rf"{MARK}[a-z2-7]{{26}}", re.ASCII)


def endpoint_key(tenant_key: bytes, endpoint_id: str) -> bytes:
    """The key of one endpoint's tokens, made of its tenant's; stored nowhere."""
    return hmac.digest(tenant_key, f"pseudonyms\0{endpoint_id}".encode(), "sha256")


def token_of(key: bytes, family: str, value: str) -> str:
    """The token of one id or name; `family` keeps an account and a person of the same id apart."""
    digest = hmac.digest(key, f"{family}\0{value}".encode(), "sha256")
    return MARK + b32encode(digest)[:26].decode().lower()


def is_token(text: str) -> bool:
    """Whether a text can be a token."""
    return _TOKEN.fullmatch(text) is not None


def family_of(name: str, beside: Mapping[str, Any] | None = None) -> str | None:
    """What a field's values are ids or names of; None for fields that hold neither.

    Args:
        beside: the fields around it: an `id` beside a `kind` is one of that kind.
    """
    if name in _ABOUT_CONTENT:
        return None
    if name in _NAMES:
        return f"name {name}"
    stem = name.removesuffix("s").removesuffix("_id")
    if name.endswith(("_id", "_ids")) or name in _PEOPLE:
        return "person" if stem in _PEOPLE else stem
    if name == "id":
        kind = str((beside or {}).get("kind", ""))
        return "person" if kind in _PEOPLE else kind or "id"
    return None


def pseudonymise(data: Mapping[str, Any], key: bytes, masker: Masker) -> dict[str, Any]:
    """An event's data as one receiver may have it; links are left out, since they hold ids."""
    told: dict[str, str] = {}
    tokens = _replaced(data, key, told)
    masked: dict[str, Any] = mask_document(tokens, masker)
    repeated = sorted((raw for raw in told if _OWN.search(raw)), key=len, reverse=True)
    if not repeated:
        return masked
    pattern = re.compile("|".join(map(re.escape, repeated)))
    cleaned: dict[str, Any] = _everywhere(masked, pattern, told)
    return cleaned


def _replaced(value: Any, key: bytes, told: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {
            name: _field(inner, family_of(str(name), value), key, told)
            for name, inner in value.items()
            if name not in _LEFT_OUT and not str(name).endswith("_url")
        }
    return [_replaced(inner, key, told) for inner in value] if isinstance(value, (list, tuple)) else value


def _field(value: Any, family: str | None, key: bytes, told: dict[str, str]) -> Any:  # noqa: ANN401
    if family is not None and isinstance(value, str) and value:
        token = token_of(key, family, value)
        told.setdefault(value, token)
        return token
    if family is not None and isinstance(value, (list, tuple)):
        return [_field(inner, family, key, told) for inner in value]
    return _replaced(value, key, told)


def _everywhere(value: Any, pattern: re.Pattern[str], told: Mapping[str, str]) -> Any:  # noqa: ANN401
    """Ids that texts and other fields repeat."""
    if isinstance(value, str):
        return value if is_token(value) else pattern.sub(lambda match: told[match[0]], value)
    if isinstance(value, Mapping):
        return {name: _everywhere(inner, pattern, told) for name, inner in value.items()}
    return [_everywhere(inner, pattern, told) for inner in value] if isinstance(value, (list, tuple)) else value


def find_named(token: str, key: bytes, known: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """Whom or what a token stands for, among `known` (family, id); None where nobody is left who has it."""
    return next(((family, name) for family, name in known if token_of(key, family, name) == token), None)
