"""The role model from talks to service: how talks begin and go on, and the same posterior in both places."""

from pathlib import Path

import numpy as np
import pytest

from models.training.corpus import Conversation, LabelledTurn
from models.training.package import write_model
from models.training.roles import RoleRun, measure_roles, role_files, smoothed, transitions
from nlp.roles import RoleModel
from nlp.roles.model import ROLE_ORDER
from nlp.types import Role

REP, CUSTOMER, OTHER = range(3)
SAYS: dict[Role, tuple[str, ...]] = {
    "rep": ("我们的产品保三年", "我给您报个价", "我们公司有现货", "我明天给您送来", "我们可以给您试用"),
    "customer": ("你们太贵了", "你们多久到货", "我们预算没了", "你们家售后怎么样", "我得问问领导"),
    "other": ("快递到了签收一下", "要喝茶吗", "会议室有人了", "快递放门口了", "茶给您放这"),
}


def a_talk(file: int, number: int) -> Conversation:
    order: tuple[Role, ...] = ("rep", "customer", "rep", "customer", "other", "customer")
    turns = tuple(LabelledTurn(role, SAYS[role][(file + number + i) % 5], frozenset()) for i, role in enumerate(order))
    return Conversation(f"visits_{file}", turns)


@pytest.fixture(scope="module")
def run() -> RoleRun:
    single = Conversation("turns_1", (LabelledTurn("rep", "单独一句", frozenset()),))
    return measure_roles([single, *(a_talk(file, number) for file in range(1, 6) for number in range(4))])


@pytest.fixture(scope="module")
def model(run: RoleRun, tmp_path_factory: pytest.TempPathFactory) -> RoleModel:
    root: Path = tmp_path_factory.mktemp("models")
    return RoleModel.load(write_model("roles", role_files(run), about={}, root=root))


def test_how_talks_begin_is_counted_once_a_talk_with_one_imagined_count() -> None:
    start, _ = transitions(np.asarray([REP, CUSTOMER, REP, CUSTOMER]), np.asarray([0, 0, 1, 2]))
    assert start.tolist() == pytest.approx([3 / 6, 2 / 6, 1 / 6])


def test_how_talks_go_on_is_counted_within_talks_only() -> None:
    _, moves = transitions(np.asarray([REP, CUSTOMER, REP, CUSTOMER]), np.asarray([0, 0, 1, 1]))
    assert moves[REP].tolist() == pytest.approx([1 / 5, 3 / 5, 1 / 5])
    assert moves[CUSTOMER].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3])


def test_every_row_of_chances_adds_to_one() -> None:
    source = np.random.default_rng(1)
    start, moves = transitions(source.integers(0, 3, 50), np.sort(source.integers(0, 9, 50)))
    assert start.sum() == pytest.approx(1)
    assert moves.sum(axis=1) == pytest.approx([1, 1, 1])


def test_talks_do_not_lean_on_each_other() -> None:
    source = np.random.default_rng(2)
    margins = source.normal(size=(5, 3)).astype(np.float32)
    smoothing: dict[str, list[list[float]]] = {
        "calibration": [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]],
        "start": [[0.6, 0.3, 0.1]],
        "moves": [[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.4, 0.4, 0.2]],
    }
    together = smoothed(margins, np.asarray([0, 0, 0, 1, 1]), smoothing)
    alone = smoothed(margins[3:], np.asarray([0, 0]), smoothing)
    assert together[3:] == pytest.approx(alone)
    assert together.sum(axis=1) == pytest.approx(np.ones(5))


def test_single_turns_teach_nothing_about_talks(run: RoleRun) -> None:
    assert len(run.gold) == 5 * 4 * 6
    assert "单独一句" not in run.table.texts


def test_roles_are_told_from_words_in_files_not_seen(run: RoleRun) -> None:
    assert run.accuracy(np.ones(len(run.gold), dtype=bool)) > 0.9
    wrong = RoleRun(run.table, (run.gold + 1) % 3, run.scores, run.smoothing)
    assert wrong.accuracy(np.ones(len(run.gold), dtype=bool)) < 0.1


def test_the_loaded_model_tells_who_speaks_without_being_told(model: RoleModel) -> None:
    said = ["我给您报个价", "你们太贵了", "要喝茶吗"]
    assert [role for role, _ in model.predict(said)] == ["rep", "customer", "other"]
    assert all(1 / len(ROLE_ORDER) < score <= 1 for _, score in model.predict(said))
