"""Names in double braces inside the texts of content files, and what stands in their place.

Invariant: a name is replaced once, and what replaces it is never looked at again, whatever braces it holds.
"""

import re
from collections.abc import Mapping

from service.domain.content.header import Misplaced

_NAME = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}", re.ASCII)
_BRACE = re.compile(r"[{}]")


def check_slots(text: str, *, known: tuple[str, ...], path: tuple[str | int, ...]) -> None:
    """Refuse a name that nothing replaces, and a brace that belongs to none.

    Raises:
        Misplaced: either of them, at `path`.
    """
    offered = ", ".join(f"{{{{{name}}}}}" for name in known)
    for name in _NAME.findall(text):
        if name not in known:
            raise Misplaced(path, f"unknown name {{{{{name}}}}}; known: {offered}")
    if _BRACE.search(_NAME.sub("", text)):
        raise Misplaced(path, f"a brace that belongs to no name; write one of {offered}, or no brace")


def fill_slots(text: str, values: Mapping[str, str]) -> str:
    """The text with its names replaced; a name without a value is left as it is."""
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)
