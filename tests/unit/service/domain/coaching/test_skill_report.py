"""The radar of a month: beside the team, beside last month, contested where an appeal is open, opened into words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.domain.coaching.observations import ObservationRow, observation_row
from service.domain.coaching.skill_report import (
    Scene,
    SkillValue,
    contested_skills,
    rate_rep,
    rate_team,
    score_members,
    team_means,
)
from service.domain.coaching.skills import Observation
from service.domain.content.scorecards import SkillCard
from tests.support.builders import TENANT, a_visit, an_id
from tests.unit.service.domain.coaching.test_skills import a_card

MARCH = datetime(2026, 3, 20, 4, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 10, 4, tzinfo=UTC)
TITLES = {("skill", "discovery"): "需求洞察"}


def seen(number: int, value: int, *, at: datetime = MARCH, rep: str = "a", **changes: Any) -> ObservationRow:
    row = {"note": "问了", "quote": "怎么做的？", "turn": 2, "start_ms": 20_000, "weight": 1.0, **changes}
    return ObservationRow(
        an_id("obs", number), TENANT, at, an_id("vis", number), rep, "acc", "discovery", "asked", value=value,
        source="talk", **row,
    )  # fmt: skip


def scene(rows: Sequence[ObservationRow], card: SkillCard | None = None, **changes: Any) -> Scene:
    newest = sorted(rows, key=lambda row: row.at, reverse=True)
    return Scene([card or a_card()], newest, TITLES, changes.pop("now", MARCH + timedelta(days=5)), **changes)


def value(rows: Sequence[ObservationRow], rep: str = "a", month: str = "2026-03", **changes: Any) -> SkillValue:
    (found,) = rate_rep(scene(rows, **changes), rep, month)
    return found


def test_under_three_observations_there_is_no_value() -> None:
    found = value([seen(1, 100), seen(2, 100)])
    assert (found.status, found.score, found.band, found.n) == ("insufficient_data", None, None, 2)
    assert len(found.evidence) == 2


def test_a_value_stands_beside_the_teams_and_last_months() -> None:
    rows = [*(seen(n, 20, at=FEBRUARY) for n in range(3)), *(seen(n, 100) for n in range(3, 9))]
    others = [seen(n, 60, rep="b") for n in range(10, 16)]
    found = value([*rows, *others])
    assert found.title == "需求洞察"
    assert found.score is not None
    assert found.last_month is not None
    assert found.team is not None
    assert found.last_month < found.team < found.score
    assert (found.n, found.n_month) == (9, 6)
    assert [point.month for point in found.trend] == [f"2025-{m}" for m in (10, 11, 12)] + [
        f"2026-0{m}" for m in (1, 2, 3)
    ]
    assert [point.score is None for point in found.trend] == [True, True, True, True, False, False]
    assert found.trend[-1].score == found.score


def test_what_was_said_after_the_month_does_not_change_it() -> None:
    rows = [seen(n, 100, at=FEBRUARY) for n in range(3)]
    later = [seen(n, 0) for n in range(3, 9)]
    assert value([*rows, *later], month="2026-02") == value(rows, month="2026-02")


def test_what_is_older_than_half_a_year_does_not_count() -> None:
    old = [seen(n, 0, at=MARCH - timedelta(days=190)) for n in range(5)]
    assert value(old).n == 0


def test_an_open_appeal_marks_the_value_and_an_upheld_one_strikes_the_observation() -> None:
    rows = [seen(n, 100) for n in range(3)] + [seen(9, 0)]
    assert not value(rows).contested
    contested = value(rows, contested={an_id("obs", 9)})
    assert contested.contested
    assert contested.score == value(rows).score
    struck = value(rows, struck={an_id("obs", 9)})
    assert (struck.n, struck.contested) == (3, False)
    assert struck.score is not None
    assert contested.score is not None
    assert struck.score > contested.score


def test_evidence_shows_words_before_silence_newest_first() -> None:
    silent = seen(1, 100, turn=None, quote="", at=MARCH + timedelta(days=1))
    rows = [silent, seen(2, 100, at=MARCH - timedelta(days=1)), seen(3, 0)]
    assert [one.id for one in value(rows).evidence] == [an_id("obs", n) for n in (3, 2, 1)]
    assert value(rows).evidence[0].start_ms == 20_000


def test_the_team_is_rated_from_everybody() -> None:
    rows = [seen(1, 100), seen(2, 100, rep="b"), seen(3, 100, rep="c")]
    (team,) = rate_team(scene(rows), "2026-03")
    assert (team.status, team.n) == ("ok", 3)
    assert team.team == team.score


def test_a_team_of_which_little_is_known_has_no_mean() -> None:
    assert team_means(scene([seen(1, 100)]), until=MARCH + timedelta(days=1)) == {}


@given(
    own=st.lists(st.integers(0, 100), min_size=3, max_size=12),
    team=st.lists(st.integers(0, 100), min_size=3, max_size=12),
)
def test_a_value_lies_between_what_the_rep_did_and_what_the_team_does(own: list[int], team: list[int]) -> None:
    rows = [seen(n, v) for n, v in enumerate(own)] + [seen(100 + n, v, rep="b") for n, v in enumerate(team)]
    found = value(rows)
    assert found.score is not None
    assert found.team is not None
    assert found.band is not None
    low, high = sorted((sum(own) / len(own), found.team))
    assert low - 0.11 <= found.score <= high + 0.11
    assert 0 <= found.band[0] <= found.score <= found.band[1] <= 100


@given(st.integers(0, 100), st.integers(4, 20))
def test_more_of_the_same_brings_a_value_nearer_to_it(worth: int, more: int) -> None:
    others = [seen(100 + n, 50, rep="b") for n in range(400)]
    few = value([*others, *(seen(n, worth) for n in range(3))])
    many = value([*others, *(seen(n, worth) for n in range(3 + more))])
    assert few.score is not None
    assert many.score is not None
    assert abs(many.score - worth) <= abs(few.score - worth) + 0.11
    assert many.band is not None
    assert few.band is not None


@given(st.integers(1, 150))
def test_a_bad_day_weighs_less_the_longer_it_lies_back(days: int) -> None:
    good = [seen(n, 100) for n in range(4)]
    fresh, old = (value([*good, seen(9, 0, at=MARCH - timedelta(days=ago))]) for ago in (0, days))
    assert fresh.score is not None
    assert old.score is not None
    assert old.score >= fresh.score


def test_an_observations_id_follows_from_what_it_is() -> None:
    said = Observation("discovery", "asked", "问了", 100, 0.8, an_id("vis"), MARCH, 3, "怎么做的？", 31_000)
    first = observation_row(a_visit(), said, source="talk")
    assert first == observation_row(a_visit(), said, source="talk")
    assert first.id != observation_row(a_visit(), said, source="tick").id
    assert first.observed().quote == "怎么做的？"
    assert (first.observed().id, first.observed().start_ms) == (first.id, 31_000)


def test_a_teams_lines_say_what_each_reps_own_report_says() -> None:
    rows = [seen(n, (n * 37) % 101, rep="abc"[n % 3], at=(FEBRUARY, MARCH)[n % 2]) for n in range(24)]
    rows.append(seen(30, 100, rep="d"))
    team = scene(rows, struck=frozenset({an_id("obs", 4)}))
    for month in ("2026-02", "2026-03"):
        lines = score_members(team, ["a", "b", "d", "new"], month)
        assert set(lines) == {"a", "b", "d", "new"}
        for rep, line in lines.items():
            assert line == {value.code: value.score for value in rate_rep(team, rep, month)}
        assert lines["a"]["discovery"] is not None
        assert lines["d"]["discovery"] is None


def test_values_under_appeal_are_named_for_the_rep_they_belong_to() -> None:
    rows = [seen(n, 100) for n in range(3)] + [seen(n, 60, rep="b") for n in range(10, 13)]
    about = {"contested": {an_id("obs", 10), an_id("obs", 77)}}
    assert contested_skills(scene(rows, **about), "b", "2026-03") == {"discovery"}
    assert contested_skills(scene(rows, **about), "a", "2026-03") == frozenset()
    assert contested_skills(scene(rows, **about), "b", "2026-02") == frozenset()
    assert contested_skills(scene(rows, **about, struck={an_id("obs", 10)}), "b", "2026-03") == frozenset()
