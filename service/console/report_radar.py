"""The radar of a rep on paper: seven axes from 0 to 100, the rep's line and the team's, told apart without colour."""

from collections.abc import Sequence
from math import cos, pi, sin

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, String
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm

from service.console.language import Texts
from service.console.rendering import score
from service.domain.coaching.skill_report import SkillValue

ACCENT, MUTED, LINE, INK = HexColor("#0b6e69"), HexColor("#5a666f"), HexColor("#d9d5c9"), HexColor("#1f2a33")
WIDTH, HEIGHT, RADIUS = 174 * mm, 82 * mm, 29 * mm
CENTRE = (WIDTH / 2, 43 * mm)
RINGS = (25, 50, 75, 100)
BESIDE = 3 * mm  # between the outer ring and a name
DASHES = (3, 2)
Point = tuple[float, float]


def draw_radar(skills: Sequence[SkillValue], name: str, t: Texts, *, font: str) -> Drawing:
    """The drawing; an axis of which too little is known carries no point, and its name says so."""
    drawing = Drawing(WIDTH, HEIGHT)
    for ring in RINGS:
        drawing.add(_outline([_point(at, len(skills), ring) for at in range(len(skills))], LINE, 0.6))
        drawing.add(_text(CENTRE[0] + 1.2 * mm, CENTRE[1] + RADIUS * ring / 100 - 2, str(ring), font, size=6))
    for at, skill in enumerate(skills):
        drawing.add(Line(*CENTRE, *_point(at, len(skills), 100), strokeColor=LINE, strokeWidth=0.6))
        for line in _name(at, len(skills), skill, t, font):
            drawing.add(line)
    _draw_line(drawing, [skill.team for skill in skills], MUTED, dashes=DASHES)
    _draw_line(drawing, [skill.score for skill in skills], ACCENT)
    _legend(drawing, name, t, font)
    return drawing


def _point(at: int, of: int, value: float) -> Point:
    """Where a value lies on an axis: the first axis points up, the others follow clockwise."""
    angle, reach = pi / 2 - 2 * pi * at / of, RADIUS * value / 100
    return CENTRE[0] + reach * cos(angle), CENTRE[1] + reach * sin(angle)


def _name(at: int, of: int, skill: SkillValue, t: Texts, font: str) -> list[String]:
    """The axis' name with its value, outside the outer ring; beneath it, that it is under appeal."""
    x, y = _point(at, of, 100 * (1 + BESIDE / RADIUS))
    anchor = "middle" if abs(x - CENTRE[0]) < mm else ("start" if x > CENTRE[0] else "end")
    value = score(skill.score) if skill.score is not None else t("skill.insufficient")
    lines = [_text(x, y - 3, f"{t.label('skill', skill.code)} {value}", font, size=8, anchor=anchor, color=INK)]
    if skill.contested:
        lines.append(_text(x, y - 12, f"[{t('skill.contested')}]", font, size=7, anchor=anchor))
    return lines


def _draw_line(
    drawing: Drawing, values: Sequence[float | None], color: Color, dashes: tuple[int, int] | None = None
) -> None:
    known = [_point(at, len(values), value) for at, value in enumerate(values) if value is not None]
    if len(known) > 2:
        drawing.add(_outline(known, color, 1.2 if dashes else 2, dashes))
    for x, y in known:
        drawing.add(_mark(x, y, color, hollow=dashes is not None))


def _legend(drawing: Drawing, name: str, t: Texts, font: str) -> None:
    at = CENTRE[0] - 26 * mm
    for label, color, dashes in ((name, ACCENT, None), (t("rep.team"), MUTED, DASHES)):
        drawing.add(PolyLine([at, 3 * mm, at + 9 * mm, 3 * mm], strokeColor=color, strokeWidth=1.6,
                             strokeDashArray=dashes))  # fmt: skip
        drawing.add(_mark(at + 4.5 * mm, 3 * mm, color, hollow=dashes is not None))
        drawing.add(_text(at + 11 * mm, 3 * mm - 3, label, font, size=8, color=INK))
        at += 30 * mm


def _outline(points: Sequence[Point], color: Color, width: float, dashes: tuple[int, int] | None = None) -> Polygon:
    flat = [part for point in points for part in point]
    return Polygon(flat, strokeColor=color, strokeWidth=width, strokeDashArray=dashes, fillColor=None)


def _mark(x: float, y: float, color: Color, *, hollow: bool) -> Circle:
    return Circle(x, y, 2, strokeColor=color, strokeWidth=1, fillColor=HexColor("#ffffff") if hollow else color)


def _text(
    x: float, y: float, said: str, font: str, *, size: float, anchor: str = "start", color: Color = MUTED
) -> String:
    return String(x, y, said, fontName=font, fontSize=size, textAnchor=anchor, fillColor=color)
