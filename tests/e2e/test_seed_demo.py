"""`fieldcue seed-demo`, as somebody types it before they look at the console."""

import inspect
import re
import subprocess
from pathlib import Path

import pytest

from service.bootstrap import load_settings, open_store
from service.cli.console import seed
from service.demo.seed import VISITS
from service.domain.records import Page
from tests.e2e.test_commands_gone_wrong import PROGRAM, environment, run

pytestmark = pytest.mark.slow
FEW = 8
PATIENCE_S = 400  # a busy machine is slow, not wrong


def seeded(folder: Path) -> str:
    """What the command says."""
    done = subprocess.run(
        [*PROGRAM, "seed-demo", "--visits", str(FEW)], cwd=folder, env=environment(folder), capture_output=True,
        text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data directory, and what the command said."""
    folder = tmp_path_factory.mktemp("seeded")
    return folder, seeded(folder)


def test_the_command_tells_what_it_made_and_how_to_enter(told: tuple[Path, str]) -> None:
    folder, said = told
    assert f"{FEW + 1} visits of 8 invented reps in tenant demo (0 stood there already)" in said
    (events,) = re.findall(r"(\d+) CRM events and \d+ decided courses are new", said)
    assert int(events) > 100
    link = run(folder, "console-link", "--tenant", "demo", "--person", "mgr-he")
    assert re.search(r"^http://127\.0\.0\.1:\d+/console/enter/\S+$", link.stdout, re.MULTILINE), link.stderr


def test_what_was_seeded_is_analysed_coached_and_shared_among_the_team(
    told: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(told[0]).items():
        if name.startswith("FIELDCUE_"):
            monkeypatch.setenv(name, value)
    store = open_store(load_settings())
    with store.uow(write=False) as tx:
        visits = tx.visits.page("demo", Page(200))
        analysed = [visit for visit in visits if tx.analyses.latest("demo", visit.id) is not None]
        coached = [visit for visit in visits if tx.coaching.visits.get("demo", visit.id) is not None]
        people = tx.people.page("demo", Page(200))
    store.close()
    assert len(visits) == len(analysed) == len(coached) == FEW + 1
    assert len({visit.rep_id for visit in visits}) == 8
    assert sum(person.role == "rep" for person in people) == 8
    assert all((visit.external_id or "").startswith("demo-") for visit in visits)


def test_seeding_again_changes_nothing(told: tuple[Path, str]) -> None:
    again = seeded(told[0])
    assert f"0 visits of 8 invented reps in tenant demo ({FEW + 1} stood there already)" in again
    assert "0 CRM events and 0 decided courses are new" in again


def test_without_a_number_it_is_the_two_hundred_visits_that_it_promises() -> None:
    """What a plan of that many holds is told by the unit tests of the team; a minute of work is not repeated here."""
    assert inspect.signature(seed).parameters["visits"].default == VISITS == 200
