"""Durations of an expression told to CEL as its own: `hours(72)` becomes `duration('259200s')`.

The library keeps some hundred bytes at every call of a function written in Python and never gives them back; a worker
that judges for weeks would grow by them. Such functions therefore only check what people write; what runs calls none.
"""

import re

_SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60}
_TEXT_OR_DURATION = re.compile(
    r"""[rR]'[^'\n]*'|[rR]"[^"\n]*"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\""""
    r"""|(?<![\w.])(?P<unit>days|hours|minutes)\s*\((?P<number>[0-9]{1,5})\)""",
    re.ASCII,
)


def in_seconds(expression: str) -> str:
    """The expression with its `days(3)`, `hours(72)` and `minutes(15)` in seconds; what stands in quotes stays."""
    return _TEXT_OR_DURATION.sub(_plainly, expression)


def _plainly(found: re.Match[str]) -> str:
    unit = found["unit"]
    return found[0] if unit is None else f"duration('{int(found['number']) * _SECONDS[unit]}s')"
