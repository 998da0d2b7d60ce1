"""Groups beside each other: intervals, marks, pooling of what is small, and nothing that hangs on a group's name."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.privacy.bias import (
    BiasFigure,
    BiasReport,
    Comparison,
    SeenSkill,
    SeenVisit,
    compare_groups,
    mean_difference,
    mean_interval,
    share_difference,
    share_interval,
    t95,
)

PRICE = ("objection", "price")
SKILLS = ("value",)


def visits_of(group: str, *, n: int, hits: int, reps: int = 5, level: str | None = None) -> list[SeenVisit]:
    return [SeenVisit(f"{group}-{i % reps}", group, {"price"} if i < hits else set(), level) for i in range(n)]


def skills_of(group: str, values: list[float], *, times: int = 3) -> list[SeenSkill]:
    return [
        SeenSkill(f"{group}-{i}", group, "value", value, 1.0) for i, value in enumerate(values) for _ in range(times)
    ]


def report_of(visits: list[SeenVisit], observed: list[SeenSkill] | None = None) -> BiasReport:
    return compare_groups(visits, observed or [], labels=[PRICE], levels=["high"], skills=SKILLS)


def figure(report: BiasReport, kind: str) -> BiasFigure:
    return next(one for one in report.figures if one.kind == kind)


def by_name(rows: tuple[Comparison, ...]) -> dict[str, Comparison]:
    return {row.group.label: row for row in rows}


def test_a_share_has_its_wilson_interval() -> None:
    found = share_interval(15, 50)  # Newcombe 1998, table I
    assert (found.value, found.low, found.high) == (0.3, 0.191, 0.438)
    assert (share_interval(0, 10).low, share_interval(10, 10).high) == (0.0, 1.0)


def test_a_difference_of_shares_has_newcombes_interval() -> None:
    gap = share_difference(56, 70, 48, 80)  # Newcombe 1998, table II, example a
    assert (gap.value, gap.low, gap.high) == (0.2, 0.052, 0.334)


@pytest.mark.parametrize(("freedom", "factor"), [(4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042), (1e9, 1.960)])
def test_the_factor_of_the_interval_is_students(freedom: float, factor: float) -> None:
    assert t95(freedom) == pytest.approx(factor, abs=0.01)


def test_a_mean_and_a_difference_of_means_are_those_of_the_textbook() -> None:
    one, two = [40.0, 45.0, 50.0, 55.0, 60.0], [50.0, 55.0, 60.0, 65.0, 70.0]
    found, gap = mean_interval(one), mean_difference(one, two)
    assert (found.value, found.low, found.high) == (50.0, pytest.approx(40.2, abs=0.1), pytest.approx(59.8, abs=0.1))
    assert (gap.value, gap.low, gap.high) == (-10.0, pytest.approx(-21.5, abs=0.1), pytest.approx(1.5, abs=0.1))
    same = mean_difference([50.0] * 5, [60.0] * 5)
    assert (same.low, same.high) == (-10.0, -10.0)


def test_groups_that_lie_apart_are_marked_and_those_that_overlap_are_not() -> None:
    apart = report_of(visits_of("东", n=100, hits=80) + visits_of("南", n=100, hits=30))
    assert [row.marked for row in figure(apart, "objection").groups] == [True, True]
    assert (apart.marks, apart.comparisons) == (2, 2)
    east = by_name(figure(apart, "objection").groups)["东"]
    assert (east.n, east.rest_n, east.value.value, east.difference and east.difference.value) == (100, 100, 0.8, 0.5)
    near = report_of(visits_of("东", n=100, hits=55) + visits_of("南", n=100, hits=45))
    assert near.marks == 0


def test_each_group_is_compared_with_all_others_together() -> None:
    found = report_of(
        [one for name, hits in (("东", 20), ("南", 4), ("西", 4)) for one in visits_of(name, n=20, hits=hits)]
    )
    east = by_name(figure(found, "objection").groups)["东"]
    assert (east.rest_n, east.rest and east.rest.value) == (40, 0.2)


SMALL = {
    "nine visits": [visits_of("小", n=9, hits=9, reps=5)],
    "four reps": [visits_of("小", n=40, hits=40, reps=4)],
}


@pytest.mark.parametrize("small", SMALL.values(), ids=SMALL)
def test_a_group_that_is_too_small_is_in_no_number(small: list[list[SeenVisit]]) -> None:
    big = visits_of("东", n=20, hits=10) + visits_of("南", n=20, hits=10)
    found = report_of([*big, *small[0]], skills_of("小", [10.0] * 9))
    assert [group.label for group in found.groups] == ["东", "南"]
    assert found.visits_left_out == len(small[0])
    assert found.figures == report_of(big).figures


def test_small_groups_are_told_as_one_when_they_are_enough_together() -> None:
    small = [one for name in ("甲", "乙", "") for one in visits_of(name, n=6, hits=3, reps=3)]
    found = report_of(visits_of("东", n=20, hits=10) + small)
    assert [(group.kind, group.label, group.visits, group.reps) for group in found.groups] == [
        ("named", "东", 20, 5),
        ("others", "（其他）", 18, 9),
    ]
    assert found.visits_left_out == 0


def test_those_whose_group_nobody_knows_are_a_group() -> None:
    found = report_of(visits_of("东", n=20, hits=10) + visits_of("", n=20, hits=10))
    assert [group.label for group in found.groups] == ["东", "（未填）"]


def test_one_group_alone_has_a_value_and_nothing_beside_it() -> None:
    (row,) = figure(report_of(visits_of("东", n=20, hits=10)), "objection").groups
    assert (row.value.value, row.rest, row.difference, row.marked) == (0.5, None, None, False)


def test_only_visits_whose_churn_level_was_read_count_in_its_share() -> None:
    read = visits_of("东", n=20, hits=0, level="high") + visits_of("南", n=20, hits=0, level="low")
    found = report_of(read + visits_of("东", n=30, hits=0))
    rows = by_name(figure(found, "churn_level").groups)
    assert [(name, row.n, row.value.value) for name, row in rows.items()] == [("东", 20, 1.0), ("南", 20, 0.0)]
    assert rows["东"].marked
    assert [one.kind for one in found.figures] == ["churn_level"]  # nobody named a price: no figure of it


def test_a_skill_is_a_mean_over_reps_with_three_observations() -> None:
    visits = visits_of("东", n=20, hits=0, reps=6) + visits_of("南", n=20, hits=0, reps=6)
    observed = skills_of("东", [30.0, 31.0, 32.0, 33.0, 34.0]) + skills_of("南", [60.0, 61.0, 62.0, 63.0, 64.0])
    twice = [SeenSkill("东-5", "东", "value", 100.0, 1.0)] * 2
    weightless = [SeenSkill("南-5", "南", "value", 0.0, 0.0)] * 3
    east, south = figure(report_of(visits, [*observed, *twice, *weightless]), "skill").groups
    assert (east.n, east.value.value, south.n, south.value.value) == (5, 32.0, 5, 62.0)
    assert east.difference is not None
    assert (east.marked, east.difference.value) == (True, -30.0)
    four = figure(report_of(visits, observed[:-3]), "skill").groups
    assert [(row.group.label, row.rest) for row in four] == [("东", None)]


def test_a_rep_counts_once_however_often_something_was_observed() -> None:
    visits = visits_of("东", n=20, hits=0)
    much = skills_of("东", [0.0], times=300)
    found = figure(report_of(visits, skills_of("东", [50.0] * 5)[3:] + much), "skill").groups
    assert found[0].value.value == 40.0


NAMES = ("东", "南", "西", "北", "")
SHARES = st.lists(st.tuples(st.sampled_from(NAMES[:4]), st.integers(0, 8), st.booleans()), min_size=20, max_size=80)


@given(SHARES, st.permutations(NAMES[:4]))
def test_other_names_for_the_groups_change_nothing_but_the_names(
    rows: list[tuple[str, int, bool]], others: list[str]
) -> None:
    renamed = dict(zip(NAMES[:4], others, strict=True))
    visits = [SeenVisit(f"r{rep}", group, {"price"} if hit else set(), "high") for group, rep, hit in rows]
    observed = [SeenSkill(f"r{rep}", group, "value", 10.0 * rep, 1.0 + hit) for group, rep, hit in rows]
    first = report_of(visits, observed)
    second = report_of(
        [replace(one, group=renamed[one.group]) for one in visits],
        [replace(one, group=renamed[one.group]) for one in observed],
    )

    def told(report: BiasReport, names: dict[str, str]) -> set[tuple[object, ...]]:
        return {
            (one.kind, one.code, names.get(row.group.label, row.group.label), row.n, row.value, row.rest,
             row.difference, row.marked)
            for one in report.figures
            for row in one.groups
        }  # fmt: skip

    assert told(first, renamed) == told(second, {})
    assert (first.visits_left_out, first.reps_left_out) == (second.visits_left_out, second.reps_left_out)


def test_groups_that_are_alike_are_marked_no_more_often_than_one_time_in_twenty() -> None:
    dice, marks, comparisons = Random(5), 0, 0
    for _ in range(150):
        visits, observed = [], []
        for name, n in (("东", 12), ("南", 40), ("西", 90)):
            for i in range(n):
                hit = {"price"} if dice.random() < 0.3 else set()
                visits.append(SeenVisit(f"{name}-{i % 6}", name, hit, dice.choice(("high", "low"))))
            values = [min(100.0, max(0.0, dice.gauss(55, 15))) for _ in range(6)]
            observed += skills_of(name, values)
        found = report_of(visits, observed)
        marks, comparisons = marks + found.marks, comparisons + found.comparisons
    assert comparisons == 150 * 3 * 3
    assert marks / comparisons <= 0.05
