"""Words of conversations made safe for a chat group, and cut to what a vendor takes, in bytes.

Invariant: nothing that was said becomes markup, a link or a mention, and no character is cut in two.
Full-width twins are used instead of backslashes, because the vendors' markdown dialects do not agree on escapes.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

_TWINS = str.maketrans(
    {"@": "＠", "<": "＜", ">": "＞", "[": "［", "]": "］", "*": "＊", "_": "＿", "`": "｀", "~": "～", "#": "＃",
     "|": "｜", "\\": "＼", "{": "｛", "}": "｝", "&": "＆"}
)  # fmt: skip
_SCHEME = re.compile(r"(?i)(?<![a-z0-9])([a-z][a-z0-9+.-]{1,20}):/{1,2}")
_DOMAIN_DOT = re.compile(r"(?i)(?<=[a-z0-9-])[.](?=[a-z]{2,})")
_LIST_MARK = re.compile(r"^(\s*)([-+]|\d+\.)(?=\s)")
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}
ELLIPSIS = "…"


def plain(text: str) -> str:
    """One line of `text` that no vendor reads as anything but text."""
    seen = unicodedata.normalize("NFKC", text) if any(c in text for c in "＠﹫") else text
    kept = "".join(" " if c.isspace() else c for c in seen if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    unlinked = _DOMAIN_DOT.sub("．", _SCHEME.sub(r"\1：／／", kept))
    return _LIST_MARK.sub(r"\1\2 ", unlinked.translate(_TWINS)).strip()


def size(text: str) -> int:
    """How many bytes `text` has on the wire."""
    return len(text.encode("utf-8"))


def cut(text: str, limit: int) -> tuple[str, str]:
    """The longest beginning of `text` within `limit` bytes, and the rest; marks stay with their character."""
    if size(text) <= limit:
        return text, ""
    head = text.encode("utf-8")[: max(0, limit)].decode("utf-8", "ignore")
    while head and len(head) < len(text) and _belongs_to_before(text[len(head)], head[-1]):
        head = head[:-1]
    return head, text[len(head) :]


def _belongs_to_before(character: str, before: str) -> bool:
    joined = character in "\u200d\ufe0f" or before == "\u200d"
    return joined or bool(unicodedata.combining(character)) or "\U0001f3fb" <= character <= "\U0001f3ff"


def pack(paragraphs: Sequence[str], *, parts: int, fits: Callable[[list[str]], bool]) -> list[list[str]]:
    """`paragraphs` over at most `parts` messages, cut between paragraphs where possible.

    Args:
        fits: whether a message with these paragraphs is within its limit.
    Returns:
        At least one message, each fitting; an ellipsis at the very end says that there was more than `parts` hold.
    """
    messages: list[list[str]] = [[]]
    waiting = list(paragraphs)
    while waiting:
        here = messages[-1]
        if fits([*here, waiting[0]]):
            here.append(waiting.pop(0))
            continue
        if not here or (len(messages) == parts):
            head, rest = _longest(waiting[0], lambda text, here=here: fits([*here, text]))  # type: ignore[misc]
            if len(messages) == parts:
                _end_with_ellipsis(here, head, fits)
                break
            here.append(head)
            waiting[0] = rest
        messages.append([])
    return messages


def _end_with_ellipsis(here: list[str], head: str, fits: Callable[[list[str]], bool]) -> None:
    while head and not fits([*here, head + ELLIPSIS]):
        head = head[:-1]
    if head or not here:
        here.append(head + ELLIPSIS)
        return
    last = here[-1]
    while last and not fits([*here[:-1], last + ELLIPSIS]):
        last = last[:-1]
    here[-1] = last + ELLIPSIS


def _longest(text: str, fits: Callable[[str], bool]) -> tuple[str, str]:
    low, high = 0, size(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(cut(text, middle)[0]) else (low, middle - 1)
    return cut(text, low)
