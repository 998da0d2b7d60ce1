"""The radar on paper: a fixed scale, names outside the rings, lines told apart by more than colour."""

from dataclasses import replace

import pytest
from reportlab.graphics.shapes import Circle, Drawing, Polygon, String

from service.console.language import Texts, load_words
from service.console.report_radar import CENTRE, RADIUS, RINGS, draw_radar
from service.domain.coaching.skill_report import SkillValue

ZH = Texts("zh", load_words("zh"), {("skill", f"s{number}"): f"能力{number}" for number in range(7)})


def value(number: int, score: float | None, team: float | None = 60.0, *, contested: bool = False) -> SkillValue:
    status = "insufficient_data" if score is None else "ok"
    return SkillValue(f"s{number}", "", status, score, None, 5, 2, team, None, (), contested, ())


SKILLS = [value(number, 100.0 if number == 0 else 40.0) for number in range(7)]


def drawn(skills: list[SkillValue]) -> Drawing:
    return draw_radar(skills, "林晓岚", ZH, font="Helvetica")


def texts(drawing: Drawing) -> list[str]:
    return [shape.text for shape in drawing.contents if isinstance(shape, String)]


def polygons(drawing: Drawing) -> list[Polygon]:
    return [shape for shape in drawing.contents if isinstance(shape, Polygon)]


def reach(x: float, y: float) -> float:
    return float(((x - CENTRE[0]) ** 2 + (y - CENTRE[1]) ** 2) ** 0.5)


@pytest.mark.parametrize("best", [100.0, 50.0])
def test_the_scale_ends_at_a_hundred_whatever_the_best_value_is(best: float) -> None:
    own = polygons(drawn([replace(skill, score=best) for skill in SKILLS]))[-1]
    points = list(zip(own.points[::2], own.points[1::2], strict=True))
    assert {round(reach(*point), 3) for point in points} == {round(RADIUS * best / 100, 3)}


def test_every_ring_is_named_and_every_axis_with_its_value_outside_them() -> None:
    drawing = drawn(SKILLS)
    assert {str(ring) for ring in RINGS} <= set(texts(drawing))
    names = [shape for shape in drawing.contents if isinstance(shape, String) and shape.text.startswith("能力")]
    assert [shape.text for shape in names] == ["能力0 100", *(f"能力{number} 40" for number in range(1, 7))]
    assert all(reach(shape.x, shape.y + 3) > RADIUS for shape in names)
    assert {shape.textAnchor for shape in names} == {"start", "middle", "end"}


def test_the_legend_names_both_lines_which_differ_in_dashes_and_marks() -> None:
    drawing = drawn(SKILLS)
    assert {"林晓岚", "团队"} <= set(texts(drawing))
    team, own = polygons(drawing)[-2:]
    assert (bool(team.strokeDashArray), bool(own.strokeDashArray)) == (True, False)
    fills = {str(shape.fillColor) for shape in drawing.contents if isinstance(shape, Circle)}
    assert len(fills) == 2


def test_an_axis_without_a_value_has_no_point_and_says_so() -> None:
    skills = [replace(SKILLS[0], score=None, team=None), *SKILLS[1:]]
    circles = [shape for shape in drawn(skills).contents if isinstance(shape, Circle)]
    assert len(circles) == 2 * 6 + 2, "six points a line, and two in the legend"
    assert "能力0 观察不足" in texts(drawn(skills))


def test_two_known_values_are_points_and_no_shape() -> None:
    few = [replace(skill, score=None, team=None) for skill in SKILLS[2:]] + SKILLS[:2]
    assert len(polygons(drawn(few))) == len(RINGS)


def test_a_value_under_appeal_says_so_on_paper() -> None:
    assert "[申诉中]" not in texts(drawn(SKILLS))
    assert "[申诉中]" in texts(drawn([*SKILLS[:6], value(6, 40.0, contested=True)]))
