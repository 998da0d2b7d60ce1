"""Every cue card speaks in the talk it was written for and keeps silent in its near misses."""

from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.coaching.live import Cue, Setting, Talk, hear
from service.domain.content.cues import CueCard
from service.domain.content.examples import Example

CONTENT = load_content(Path(__file__).parents[2] / "prompts")
FIRES = [pytest.param(card, case, id=card.id) for card in CONTENT.cue_cards for case in card.examples.fires]
SILENT = [pytest.param(card, case, id=card.id) for card in CONTENT.cue_cards for case in card.examples.stays_silent]


def cues_of(card: CueCard, example: Example) -> list[Cue]:
    """The example's last visit is the talk; those before it are known."""
    *earlier, visit = example.records()
    setting = Setting.before(
        CONTENT, visit_id=visit.visit_id, rep_id="rep", account_id="acc", now=visit.visited_at, history=earlier
    )
    talk, given = Talk(), []
    for turn in visit.analysis.turns:
        talk, cues = hear(talk, turn, [f for f in visit.analysis.findings if f.turn == turn.i], setting)
        given.extend(cue for cue in cues if cue.key == card.id)
    return given


@pytest.mark.parametrize(("card", "example"), FIRES)
def test_a_card_speaks_where_it_should(card: CueCard, example: Example) -> None:
    given = cues_of(card, example)
    assert given
    assert all(cue.because.quote and "{" not in cue.text for cue in given)
    assert all(cue.say and cue.ask for cue in given if card.talktrack)


@pytest.mark.parametrize(("card", "example"), SILENT)
def test_a_card_is_silent_in_its_near_miss(card: CueCard, example: Example) -> None:
    assert cues_of(card, example) == []


def test_every_objection_type_has_a_way_to_handle_it() -> None:
    handled = {code for track in CONTENT.talktracks for code in track.objections}
    assert set(CONTENT.taxonomy.codes("objection")) <= handled


def test_a_cue_fits_one_glance() -> None:
    assert max(len(card.text) for card in CONTENT.cue_cards) <= 60
