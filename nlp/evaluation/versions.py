"""Two versions of a model, row by row: what each called on rows that it had not learnt, and whether one may take over.

Invariant: a row is found again by its key, whatever else the data has gained since; resampling draws whole talks.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
RESAMPLES = 1_000
VERDICTS = "verdicts.npz"
CORRECTED = "champion_on_corrections.npz"
"""In a challenger's directory: what the champion of its day called on the corrections that the challenger learnt."""
MOST_LOST = 0.005
"""Macro-F1 that a challenger may lose: below what two trainings on the same data differ by."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Out-of-fold decisions: `keys` [rows], `groups` [rows] (the talk), `called` and `gold` [rows, codes]."""

    codes: tuple[str, ...]
    keys: tuple[str, ...]
    groups: NDArray[np.int64]
    called: Mask
    gold: Mask


@dataclass(frozen=True, slots=True)
class Difference:
    """F1 of one code in two versions on the same rows; `low` and `high` bound the difference at 95%."""

    code: str
    positives: int
    champion: float
    challenger: float
    low: float
    high: float

    @property
    def worse(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.high < 0


def pack(verdicts: Verdicts) -> bytes:
    """The bytes of an `npz` file, a bit a decision."""
    kept = io.BytesIO()
    np.savez_compressed(
        kept,
        codes=np.asarray(verdicts.codes),
        keys=np.asarray(verdicts.keys),
        groups=verdicts.groups.astype(np.int32),
        called=np.packbits(verdicts.called, axis=1),
        gold=np.packbits(verdicts.gold, axis=1),
    )
    return kept.getvalue()


def unpack(content: bytes) -> Verdicts:
    """What `pack` made.

    Raises:
        ValueError: the bytes are no such file.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        codes = tuple(stored["codes"].tolist())
        called, gold = (
            np.unpackbits(stored[name], axis=1, count=len(codes)).astype(bool) for name in ("called", "gold")
        )
        return Verdicts(codes, tuple(stored["keys"].tolist()), stored["groups"].astype(np.int64), called, gold)


def compare(champion: Verdicts, challenger: Verdicts, *, seed: int = 7) -> list[Difference]:
    """Every code that both know, on the rows that both judged; resampled by talk, both versions on the same draws.

    Args:
        champion: the version in use.
        challenger: the version that would replace it.
        seed: of the resampling.
    """
    place = {key: at for at, key in enumerate(champion.keys)}
    pairs = [(place[key], at) for at, key in enumerate(challenger.keys) if key in place]
    if not pairs:
        return []
    ours, theirs = (np.asarray(side) for side in zip(*pairs, strict=True))
    _, group = np.unique(challenger.groups[theirs], return_inverse=True)
    draws = np.random.default_rng(seed).integers(0, group.max() + 1, (RESAMPLES, int(group.max()) + 1))
    found = []
    for code in [code for code in champion.codes if code in challenger.codes]:
        k, m = champion.codes.index(code), challenger.codes.index(code)
        gold = challenger.gold[theirs, m]
        sides = (champion.called[ours, k], challenger.called[theirs, m])
        tallies = [_tally(called, gold, group) for called in sides]
        before, after = (_f1(tally.sum(axis=1)[:, None])[0] for tally in tallies)
        spread = _f1(tallies[1][:, draws].sum(axis=2)) - _f1(tallies[0][:, draws].sum(axis=2))
        low, high = np.quantile(spread, [0.025, 0.975])
        found.append(Difference(code, int(gold.sum()), float(before), float(after), float(low), float(high)))
    return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences per code, macro-F1 of both, rows in common, and every reason not to promote; none means it may."""

    differences: tuple[Difference, ...]
    champion: float
    challenger: float
    rows: int
    refusals: tuple[str, ...]


def judge(champion: Verdicts, challenger: Verdicts) -> Comparison:
    """Both versions on the rows that both judged, and the verdict of the publish gate."""
    differences = tuple(compare(champion, challenger))
    before, after = macro(differences)
    rows = len(set(champion.keys) & set(challenger.keys))
    return Comparison(differences, before, after, rows, refusals(differences))


def refusals(differences: Sequence[Difference]) -> tuple[str, ...]:
    """Why the challenger must not take over, a sentence each."""
    if not differences:
        return ("the two versions judged no row in common",)
    before, after = macro(differences)
    found = [
        f"{one.code} is worse: F1 {one.champion:.3f} to {one.challenger:.3f} (95%: {one.low:+.3f} to {one.high:+.3f})"
        for one in differences
        if one.worse
    ]
    if before - after > MOST_LOST:
        found.append(f"macro-F1 falls from {before:.3f} to {after:.3f}")
    return tuple(found)


def macro(differences: Sequence[Difference]) -> tuple[float, float]:
    """Macro-F1 of the champion and of the challenger; zeros for no codes."""
    count = max(1, len(differences))
    return sum(one.champion for one in differences) / count, sum(one.challenger for one in differences) / count


def joined(first: Verdicts, second: Verdicts) -> Verdicts:
    """Two sets of rows of the same codes; their talks stay apart."""
    apart = second.groups + (int(first.groups.max()) + 1 if len(first.groups) else 0)
    return Verdicts(
        first.codes,
        first.keys + second.keys,
        np.concatenate([first.groups, apart]),
        np.concatenate([first.called, second.called]),
        np.concatenate([first.gold, second.gold]),
    )


def _tally(called: Mask, gold: Mask, group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Hits, calls and positives of each talk, [3, talks]."""
    size = int(group.max()) + 1
    return np.stack([np.bincount(group, mask.astype(float), minlength=size) for mask in (called & gold, called, gold)])


def _f1(tally: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of tallies [3, draws]; 0 where nothing was called and nothing holds."""
    whole = tally[1] + tally[2]
    return np.asarray(np.divide(2 * tally[0], whole, out=np.zeros_like(whole), where=whole > 0), dtype=np.float64)
