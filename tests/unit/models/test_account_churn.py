"""The account risk model on simulated accounts: looks, folds, cuts, days ahead, and a tenant's own few."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from models.training.account_card import accounts_card
from models.training.account_churn import (
    HIGH_PRECISION,
    AccountRun,
    WatchedAccount,
    account_figures,
    account_files,
    account_verdicts,
    judged_on,
    lead_days,
    looks_of,
    measure_accounts,
    spoken_by,
)
from models.training.histories import simulate
from models.training.package import write_model
from nlp.churn.account import HORIZON, NAMES, AccountHistory, AccountRiskModel, VisitPoint

START = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def run() -> AccountRun:
    return measure_accounts(looks_of(simulate(250, seed=3)))


def watched(lost_after: int | None, *, weeks: int = 12) -> WatchedAccount:
    looks = tuple(START + timedelta(weeks=week) for week in range(weeks))
    histories = tuple(AccountHistory([VisitPoint("v", START, 0.5, True)]) for _ in looks)
    lost = START + timedelta(days=lost_after) if lost_after is not None else None
    return WatchedAccount("a", looks, histories, looks[-1], lost)


def test_a_look_is_positive_when_the_loss_comes_within_the_horizon() -> None:
    looks = looks_of([watched(80)])
    assert looks.days_left[looks.gold].max() <= HORIZON.days
    assert looks.days_left[~looks.gold].min() > HORIZON.days


def test_looks_that_nobody_followed_to_the_end_are_left_out() -> None:
    looks = looks_of([watched(None)])
    assert not looks.gold.any()
    assert len(looks.gold) == 7


def test_the_same_seed_gives_the_same_accounts_and_another_gives_others() -> None:
    one, same, other = simulate(5, seed=1), simulate(5, seed=1), simulate(5, seed=2)
    assert one == same
    assert one != other
    assert all(account.lost_at is None or account.lost_at > account.looks[-1] for account in one)


def test_risk_tells_losses_from_the_rest_and_is_calibrated(run: AccountRun) -> None:
    figures = account_figures(run)
    assert float(str(figures["auc"])) > 0.65
    assert float(str(figures["ece"])) < 0.05
    assert np.isclose(run.looks.gold[run.warned()].mean(), HIGH_PRECISION, atol=0.05)
    assert run.cuts[0] < run.cuts[1]


def test_no_account_is_in_two_folds(run: AccountRun) -> None:
    for account in np.unique(run.looks.account):
        assert len(np.unique(run.looks.folds[run.looks.account == account])) == 1


def test_a_finished_model_is_judged_on_accounts_that_had_no_part_in_it(run: AccountRun) -> None:
    fresh = judged_on(run, looks_of(simulate(150, seed=4)))
    assert float(str(account_figures(fresh)["auc"])) > 0.6
    assert fresh.weights is run.weights


def test_the_days_ahead_are_those_of_the_first_warning() -> None:
    looks = looks_of([watched(80)])
    warned = np.zeros(len(looks.gold), dtype=bool)
    assert lead_days(looks, warned).tolist() == [0.0]
    warned[np.argmin(np.abs(looks.days_left - 24))] = True
    warned[np.argmin(np.abs(looks.days_left - 10))] = True
    assert lead_days(looks, warned).tolist() == [pytest.approx(24, abs=3.5)]


def test_verdicts_have_a_row_for_each_look(run: AccountRun) -> None:
    kept = account_verdicts(run)
    assert len(kept.keys) == len(set(kept.keys)) == len(run.looks.gold)
    assert kept.codes == ("lost",)


def test_the_loaded_model_says_what_was_trained(run: AccountRun, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = write_model("accounts", account_files(run), about={}, root=tmp_path_factory.mktemp("m"))
    model = AccountRiskModel.load(directory)
    account = simulate(1, seed=9)[0]
    risk = model.assess(account.histories[-1], now=account.looks[-1])
    whole = judged_on(run, looks_of([WatchedAccount("x", account.looks[-1:], account.histories[-1:],
                                                     account.looks[-1] + HORIZON)]))  # fmt: skip
    assert risk.probability == pytest.approx(whole.scores[0])
    assert model.simulated


def test_a_tenants_few_outcomes_learn_beside_the_simulated_ones(run: AccountRun) -> None:
    own = looks_of([watched(80), watched(None), watched(70), watched(None), watched(None)])
    found = measure_accounts(own, simulated=run.looks, alone=False)
    assert found.weights["simulated"] is False
    assert len(found.scores) == len(own.gold)
    assert len(found.weights["weights"]) == len(NAMES)  # type: ignore[arg-type]


def test_the_card_says_that_it_was_simulated_and_every_figure(run: AccountRun, tmp_path: Path) -> None:
    directory = write_model("accounts", account_files(run), about={}, root=tmp_path)
    fresh = AccountRun(run.looks, *spoken_by(directory, run.looks))
    card = accounts_card(account_figures(fresh), directory)
    assert "learnt from simulated accounts and say nothing of real customers" in card
    assert f"{account_figures(fresh)['losses']} losses" in card
    assert all(f"`{name}`" in card for name in NAMES)
    assert "standard deviation 0.35" in card
