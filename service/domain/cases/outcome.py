"""What a case came to, held against what its file says it gives."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

CLOSE = 1e-4  # a share is written with four digits at most
LOCAL = ZoneInfo("Asia/Shanghai")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether there was something to say, and every figure of it by its name."""

    fired: bool
    figures: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CaseFault:
    """A case that does not hold: where in the file, and what came out instead."""

    path: Path
    reason: str

    def __str__(self) -> str:
        """As one line."""
        return f"key `{'.'.join(map(str, self.path))}`: {self.reason}"


def said_at(moment: dt.datetime | None) -> str | None:
    """A moment as cases write it, by Chinese time."""
    return None if moment is None else f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def differences(wanted: Mapping[str, object], outcome: Outcome, path: Path) -> Iterator[CaseFault]:
    """Each figure that the case says and that is not so, or that there is none of."""
    for name, value in wanted.items():
        if name not in outcome.figures:
            known = ", ".join(sorted(outcome.figures)) or "none, for there is nothing to say"
            yield CaseFault((*path, name), f"there is no such figure; known: {known}")
        elif not _same(value, outcome.figures[name]):
            yield CaseFault((*path, name), f"it is {outcome.figures[name]!r}, not {value!r}; mend the item or the case")


def _same(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= CLOSE
    return one == other
