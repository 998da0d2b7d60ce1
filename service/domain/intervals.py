"""Intervals of shares, for whoever tells one: 95 %, from the normal quantile."""

from math import sqrt

Z95 = 1.959964


def wilson(hits: int, n: int) -> tuple[float, float, float]:
    """(share, low, high) of `hits` among `n`, which is at least one.

    Source: Wilson 1927; it stays within [0, 1] and says something where all or none were hit.
    """
    share, z2 = hits / n, Z95 * Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return share, max(0.0, middle - half), min(1.0, middle + half)
