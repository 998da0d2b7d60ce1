"""What a condition may be written with, looked at before it is compiled: no patterns out of data, no deep loops.

Invariant: what passes is compiled in milliseconds, and each evaluation of it ends soon, whatever values it meets.
"""

import re
from collections.abc import Callable

_LITERAL = re.compile(r"\b(?:days|hours|minutes|duration|timestamp)\s*\(([^()]*)\)?")
_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
_STRING = re.compile(r"""[rR]?(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")""")
_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(")
_MATCHES = re.compile(r"\bmatches\s*\(\s*(?P<pattern>" + _STRING.pattern + r")?\s*(?P<end>\))?")
_STRANGE = re.compile(r"//|'{3}|\"{3}|(?<![\w.])(?:(?:dyn|type|bytes)\s*\(|google\s*\.\s*protobuf)|\b[bB][rR]?['\"]")
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
MAX_MACROS = 3
MAX_PATTERN = 100
MAX_REPEATS = 200

TryPattern = Callable[[str], str]
"""Why a quoted pattern is none; empty where it is one."""


def check_text(text: str, *, try_pattern: TryPattern) -> None:
    """Refuse what rules need not say.

    Raises:
        ValueError: with the column where there is one, and the way out.
    """
    bare = _STRING.sub(lambda found: "''".ljust(len(found[0])), text)
    if strange := _STRANGE.search(bare):
        place = f"column {strange.start() + 1}: "
        raise ValueError(f"{place}`{strange[0]}` is not for rules; compare attributes, and explain in `description`")
    if len(_MACRO.findall(bare)) > MAX_MACROS:
        raise ValueError(f"more than {MAX_MACROS} list functions; write it with selections")
    for found in _MATCHES.finditer(text):
        if bare[found.start()] == "m":  # not within a string
            _check_pattern(found, bare, try_pattern)
    for found in _LITERAL.finditer(text):
        name = found[0].split("(")[0].strip()
        if name in ("duration", "timestamp") or not _NUMBER.fullmatch(found[1]):
            raise ValueError(f"`{found[0]}`: durations are written days(3), hours(72) or minutes(15)")


def _check_pattern(found: re.Match[str], bare: str, try_pattern: TryPattern) -> None:
    """Refuse a pattern that comes from data, is none, or would need many steps a character."""
    place = f"column {found.start() + 1}: "
    pattern = found["pattern"]
    if pattern is None or found["end"] is None or bare[: found.start()].rstrip()[-1:] != ".":
        raise ValueError(f"{place}matches() takes one text in quotes, such as stage.text.matches('^A[0-9]+$')")
    repeats = 1
    for least, most in _REPEAT.findall(pattern):
        repeats *= max(int(least), int(most or 0), 1)
    if len(pattern) > MAX_PATTERN or repeats > MAX_REPEATS:
        limits = f"{MAX_PATTERN} characters and {MAX_REPEATS} repeats"
        raise ValueError(f"{place}a pattern of more than {limits}; use startsWith, endsWith, contains or ==")
    if reason := try_pattern(pattern):
        raise ValueError(f"{place}{pattern} is no pattern ({reason}); mend it, or use contains")
