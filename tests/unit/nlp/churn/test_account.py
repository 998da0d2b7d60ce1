"""Account risk: each measure counts what it says, knows nothing of the future, and its reasons lead somewhere."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.package import write_model
from nlp.churn.account import NAMES, AccountHistory, AccountRiskModel, ProcessPoint, VisitPoint, account_measures
from nlp.errors import ModelMissing

NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def a_visit(days: float, risk: float = 0.2, *, step: bool = True) -> VisitPoint:
    return VisitPoint(f"vis_{days:g}", ago(days), risk, step)


def a_point(days: float, name: str = "ev") -> ProcessPoint:
    return ProcessPoint(f"{name}_{days:g}", ago(days))


def value(history: AccountHistory, name: str) -> float | None:
    return account_measures(history, now=NOW)[name].value


def source(history: AccountHistory, name: str) -> str:
    return account_measures(history, now=NOW)[name].source


def test_silence_grows_to_two_months() -> None:
    assert value(AccountHistory([a_visit(15)]), "silence") == 0.25
    assert value(AccountHistory([a_visit(90)]), "silence") == 1.0
    assert value(AccountHistory([]), "silence") is None


def test_rhythm_is_the_accounts_own() -> None:
    weekly = [a_visit(24), a_visit(17), a_visit(10)]
    assert value(AccountHistory(weekly), "rhythm") == pytest.approx(10 / 21)
    assert value(AccountHistory(weekly[:2]), "rhythm") is None


def test_risk_of_the_last_visit_the_worst_of_three_and_the_rise() -> None:
    history = AccountHistory([a_visit(40, 0.9), a_visit(30, 0.1), a_visit(20, 0.6), a_visit(10, 0.5, step=False)])
    assert value(history, "last_risk") == 0.5
    assert (value(history, "worst_risk"), source(history, "worst_risk")) == (0.6, "vis_20")
    assert value(history, "rising") == pytest.approx(0.0)
    assert value(history, "no_next_step") == 1.0
    assert value(AccountHistory([a_visit(20, 0.1), a_visit(10, 0.7)]), "rising") == pytest.approx(0.6)


def test_process_facts_count_within_their_time() -> None:
    history = AccountHistory(
        [],
        open_objections=[a_point(3)],
        overdue=[a_point(9), a_point(2), a_point(1)],
        rescheduled=[a_point(2), a_point(40)],
        contacts_lost=[a_point(80), a_point(120)],
        stage_since=a_point(21, "stage"),
        usual_stage_days=14,
    )
    found = account_measures(history, now=NOW)
    assert found["open_objections"].value == pytest.approx(1 / 3)
    assert (found["overdue"].value, found["overdue"].source) == (1.0, "ev_1")
    assert found["rescheduled"].value == pytest.approx(1 / 3)
    assert (found["contact_lost"].value, found["contact_lost"].source) == (1.0, "ev_80")
    assert (found["stalled"].value, found["stalled"].source) == (0.75, "stage_21")


def test_without_a_crm_the_stage_says_nothing() -> None:
    assert value(AccountHistory([a_visit(1)]), "stalled") is None
    assert value(AccountHistory([a_visit(1)], stage_since=a_point(3)), "stalled") is None


days = st.floats(0, 300)


@given(
    st.lists(st.builds(a_visit, days, st.floats(0, 1)), max_size=8),
    st.lists(st.builds(a_point, days), max_size=5),
    st.floats(1, 90),
)
def test_every_measure_is_a_share_and_the_future_changes_none(
    visits: list[VisitPoint], points: list[ProcessPoint], usual: float
) -> None:
    history = AccountHistory(visits, points, points, points, points, points[0] if points else None, usual)
    found = account_measures(history, now=NOW)
    assert set(found) == set(NAMES)
    assert all(one.value is None or 0.0 <= one.value <= 1.0 for one in found.values())
    later = [VisitPoint("later", NOW + timedelta(days=2), 1.0, False)]
    moved = [ProcessPoint("later", NOW + timedelta(days=1))]
    future = replace(
        history,
        visits=[*visits, *later],
        overdue=[*points, *moved],
        rescheduled=[*points, *moved],
        contacts_lost=[*points, *moved],
    )
    assert account_measures(future, now=NOW) == found


def a_model(**weights: float) -> AccountRiskModel:
    return AccountRiskModel(
        "accounts-1",
        {
            "weights": [weights.get(name, 0.0) for name in NAMES],
            "bias": -2.0,
            "centre": [0.2] * len(NAMES),
            "cuts": [0.3, 0.6],
            "simulated": True,
        },
    )


def test_reasons_name_what_moved_the_account_and_where_it_was_seen() -> None:
    model = a_model(last_risk=6.0, rescheduled=1.5, no_next_step=-4.0)
    risk = model.assess(AccountHistory([a_visit(2, 0.9)], rescheduled=[a_point(1), a_point(2)]), now=NOW)
    assert risk.level == "high"
    assert [(reason.name, reason.source) for reason in risk.because] == [
        ("last_risk", "vis_2"),
        ("no_next_step", "vis_2"),
        ("rescheduled", "ev_1"),
    ]
    assert risk.because[1].text == "不是：上次拜访没有约定下一步"
    assert risk.because[0].weight == pytest.approx(6.0 * 0.7, abs=1e-3)


def test_a_calm_account_is_told_why_it_is_calm() -> None:
    risk = a_model(last_risk=6.0).assess(AccountHistory([a_visit(2, 0.0)]), now=NOW)
    assert risk.level == "low"
    assert [reason.text for reason in risk.because] == ["不是：上次拜访流失风险高"]


def test_an_account_without_visits_is_as_risky_as_the_average_one() -> None:
    model = a_model(last_risk=3.0)
    assert model.row(account_measures(AccountHistory([]), now=NOW))[NAMES.index("last_risk")] == 0.2
    risk = model.assess(AccountHistory([]), now=NOW)
    assert risk.probability == pytest.approx(1 / (1 + np.exp(2.0 - 0.6)))
    assert risk.because == ()


def test_the_directory_is_checked_before_it_is_believed(tmp_path: Path) -> None:
    weights = {"weights": [0.0] * len(NAMES), "bias": 0.0, "centre": [0.0] * len(NAMES), "cuts": [0.3, 0.6]}
    content = json.dumps({**weights, "simulated": False}).encode()
    model = AccountRiskModel.load(write_model("accounts", {"weights.json": content}, about={}, root=tmp_path))
    assert model.version.startswith("accounts-")
    assert not model.simulated
    with pytest.raises(ModelMissing):
        AccountRiskModel.load(tmp_path / "nowhere")
