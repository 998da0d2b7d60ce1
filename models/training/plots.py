"""Calibration plots as SVG text, drawn from the figures in `metrics.json`; no plotting library, no font of its own.

Invariant: the same figures give the same bytes; every point carries its numbers as a title.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.calibration import reliability

CALIBRATION = "calibration.svg"
SIDE, EDGE = 320, 44
COLOURS = ("#1f6f8b", "#c0562b", "#5b8c5a")
Point = Mapping[str, float]


def reliability_points(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> list[dict[str, float]]:
    """The filled tenths of out-of-fold scores: mean score, how often it came true, and how many, lowest first."""
    return [
        {"predicted": round(own.predicted, 4), "observed": round(own.observed, 4), "count": own.count}
        for own in reliability(scores, gold)
    ]


def calibration_plot(curves: Mapping[str, Sequence[Point]]) -> str:
    """An SVG with the diagonal, a line a curve, and points whose area grows with the logarithm of their count.

    Args:
        curves: name to `reliability_points`.
    """
    end = EDGE + SIDE
    width, height = end + 16, end + 40
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" font-family="sans-serif" font-size="11" fill="#333">'
        ),
        "<title>Calibration out of fold: predicted probability against observed frequency</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<rect x="{EDGE}" y="{16}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>',
        f'<path d="M{EDGE} {16 + SIDE}L{end} 16" stroke="#999" stroke-dasharray="4 3"/>',
        *(_tick(share / 4) for share in range(5)),
        f'<text x="{EDGE + SIDE / 2:.0f}" y="{16 + SIDE + 30}" text-anchor="middle">predicted</text>',
        (
            f'<text x="12" y="{16 + SIDE / 2:.0f}" text-anchor="middle" '
            f'transform="rotate(-90 12 {16 + SIDE / 2:.0f})">observed</text>'
        ),
    ]
    for at, (name, points) in enumerate(curves.items()):
        parts += _curve(name, points, COLOURS[at % len(COLOURS)], at)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _place(point: Point) -> tuple[float, float]:
    return EDGE + SIDE * point["predicted"], 16 + SIDE * (1 - point["observed"])


def _tick(share: float) -> str:
    x, y = _place({"predicted": share, "observed": share})
    label = f"{share:.2f}".rstrip("0").rstrip(".")
    return (
        f'<text x="{x:.0f}" y="{16 + SIDE + 14}" text-anchor="middle">{label}</text>'
        f'<text x="{EDGE - 6}" y="{y + 4:.0f}" text-anchor="end">{label}</text>'
    )


def _curve(name: str, points: Sequence[Point], colour: str, at: int) -> list[str]:
    places = [_place(point) for point in points]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{1.5 + np.log10(point["count"]):.1f}" fill="{colour}">'
        f"<title>{name}: predicted {point['predicted']:.3f}, observed {point['observed']:.3f}, "
        f"{point['count']:.0f} scores</title></circle>"
        for point, (x, y) in zip(points, places, strict=True)
    ]
    legend = f'<text x="{EDGE + 10}" y="{34 + 15 * at}" fill="{colour}">{name}</text>'
    return [f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>' if places else "", *dots, legend]
