"""The team page's comparison of talk tracks: always something true, be it that there is nothing to compare."""

from collections.abc import Sequence
from datetime import timedelta
from html import unescape

import pytest

from service.domain.coaching.talk_figures import LEAST, LEAST_REPS
from service.domain.people import Person
from tests.support.builders import TENANT, an_id
from tests.support.coached import PRICE_ANSWERED, PRICE_LEFT_OPEN, coached
from tests.support.console import EAST, ConsoleApi
from tests.support.fakes import NOON

NEAR_NO_TRACK = (PRICE_ANSWERED[0], "r||objection_handling|我们厂门口的桂花今年开得早，下回给您捎一包来。")
TOO_FEW, NO_TRACK = "至少要有五位销售", "没有人的应答接近话术库"


def panel(console: ConsoleApi, answer: Sequence[str], *, reps: int, language: str = "zh") -> str:
    """The comparison where one rep answers like this, three times, and the others leave the objection standing."""
    services = console.api.services
    team = ["rep_lin", "rep_zhou", *(f"rep_{n}" for n in range(3, reps + 1))]
    with services.uow() as tx:
        for number, rep in enumerate(team[2:], start=30):
            tx.people.put(Person(rep, TENANT, f"何{number}", "rep", NOON, EAST, row_id=an_id("per", number)))
    for number, rep in enumerate(team):
        for time in range(LEAST):
            lines = answer if rep == "rep_lin" else PRICE_LEFT_OPEN
            at = NOON - timedelta(hours=3 - time)
            coached(services, 100 + 10 * number + time, *lines, at=at, rep=rep, account=f"acc_{rep}")
    manager = console.enter("mgr_he")
    manager.post("/language", {"to": language, "back": "/console/visits"})
    page = unescape(manager.get(f"/teams/{EAST}?month={NOON:%Y-%m}").text)
    return page.split('aria-labelledby="reuse"')[1].split("</section>")[0]


def test_five_reps_are_compared_with_the_words_that_worked(console: ConsoleApi) -> None:
    shown = panel(console, PRICE_ANSWERED, reps=LEAST_REPS)
    assert "前 20%（林晓岚）" in shown
    assert "异议应答率：前 20% 100%（3 次异议），其余 0%（12 次）。" in shown
    assert "应答接近话术库的占比：前 20% 100%（3 次应答），其余 —（0 次）。" in shown
    assert "您刚才说一个月返工两百件" in shown.split("<table")[1]
    assert TOO_FEW not in shown
    assert NO_TRACK not in shown


@pytest.mark.parametrize(("language", "words"), [
    ("zh", ("异议应答率：前 20% 100%", NO_TRACK)),
    ("en", ("Objections answered: top 20% 100% (of 3), the rest 0% (of 12).", "none to compare")),
])  # fmt: skip
def test_where_nobody_uses_a_track_the_page_says_so_instead_of_an_empty_table(
    console: ConsoleApi, language: str, words: tuple[str, ...]
) -> None:
    shown = panel(console, NEAR_NO_TRACK, reps=LEAST_REPS, language=language)
    assert [each for each in words if each not in shown] == []
    assert "<table" not in shown


def test_four_reps_are_too_few_to_compare(console: ConsoleApi) -> None:
    shown = panel(console, PRICE_ANSWERED, reps=LEAST_REPS - 1)
    assert TOO_FEW in shown
    assert "异议应答率" not in shown
