"""A reference to something missing names the item, the wrong name and the right ones."""

from typing import Any

import pytest

from nlp.keywords.pack import KeywordPack, Term
from nlp.taxonomy import Label, LabelKind, Taxonomy
from service.adapters.content.references import find_reference_faults, selections_of
from service.domain.content.bundle import Content
from service.domain.content.checklists import ChecklistItem
from service.domain.content.hint_cards import HintCard
from service.domain.content.scorecards import SkillCard
from service.domain.content.talktracks import TalkTrack

HEADER: dict[str, Any] = {
    "title": "一条",
    "status": "active",
    "description": "说明",
    "owner": "销售赋能组",
    "date": "2026-11-21",
}
QUIET = {"visits": [{"on": "2026-03-11", "talk": ["c|||坐。"]}]}
EXAMPLES = {"fires": [QUIET], "stays_silent": [QUIET]}
STRATEGY = {"role": "user", "title": "使用者", "cares_about": "好用", "say": ["一", "二"], "ask": ["三"], "avoid": "四"}
RULE = {"id": "asked", "note": "问了", "match": {"signal": "commitment"}, "value": 80}


def a_label(kind: LabelKind, code: str) -> Label:
    return Label(code, kind, code, "active", "组", "2026-11-21", "", ("customer",), (), (), (), (), ())


def content_of(**parts: Any) -> Content:
    labels = (a_label("objection", "price"), a_label("signal", "commitment"), a_label("skill", "closing"))
    base: dict[str, Any] = {
        "taxonomy": Taxonomy(labels),
        "keyword_packs": (KeywordPack("deal", (Term("报价", category="price_topic"),)),),
        "hint_cards": (),
        "courses": (),
        "talktracks": (),
        "checklist_items": (),
        "skill_cards": (),
        "digest": "d",
    }
    return Content(**{**base, **parts})


def a_card(when: dict[str, Any], *, talktrack: str | None = None) -> HintCard:
    return HintCard.model_validate(
        {
            **HEADER,
            "id": "a_card",
            "action": "act",
            "trigger": {"when": {"said": when}, "unless": [{"signal": "commitment"}]},
            "text": "“{quote}”",
            "priority": 50,
            "talktrack": talktrack,
            "examples": EXAMPLES,
        }
    )


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        pytest.param({"objection": "price"}, None, id="known_objection"),
        pytest.param({"objection": "any"}, None, id="any_needs_no_entry"),
        pytest.param({"keyword": "price_topic"}, None, id="known_category"),
        pytest.param({"objection": "colour"}, "'colour' is not in the taxonomy; known: price", id="objection"),
        pytest.param({"signal": "price"}, "signal 'price' is not in the taxonomy; known: commitment", id="wrong_kind"),
        pytest.param({"keyword": "tariff_topic"}, "'tariff_topic' is in no pack; known: price_topic", id="category"),
    ],
)
def test_a_selection_names_only_what_exists(when: dict[str, Any], fault: str | None) -> None:
    faults = list(find_reference_faults(content_of(hint_cards=(a_card(when),))))
    assert len(faults) == (fault is not None)
    assert fault is None or fault in faults[0]


def test_a_talk_track_must_be_there() -> None:
    track = TalkTrack.model_validate(
        {**HEADER, "id": "a_track", "objections": ["price"], "bring": ["表"], "strategies": [STRATEGY] * 3}
    )
    card = a_card({"objection": "price"}, talktrack="a_track")
    assert list(find_reference_faults(content_of(hint_cards=(card,), talktracks=(track,)))) == []
    (fault,) = find_reference_faults(content_of(hint_cards=(card,)))
    assert fault.startswith("hints/a_card: talktrack 'a_track'")


def test_a_talk_track_answers_only_known_objections() -> None:
    track = TalkTrack.model_validate(
        {**HEADER, "id": "a_track", "objections": ["colour"], "bring": ["表"], "strategies": [STRATEGY] * 3}
    )
    (fault,) = find_reference_faults(content_of(talktracks=(track,)))
    assert fault.startswith("talktracks/a_track: objection 'colour'")


def test_a_skill_must_be_in_the_taxonomy() -> None:
    card = SkillCard.model_validate({**HEADER, "id": "charm", "skill": "charm", "rules": [RULE, {**RULE, "id": "b2"}]})
    (fault,) = find_reference_faults(content_of(skill_cards=(card,)))
    assert fault == "scorecards/skills/charm: skill 'charm' is not in the taxonomy; known: closing"


def test_an_id_may_be_used_once_a_kind() -> None:
    card = a_card({"objection": "price"})
    (fault,) = find_reference_faults(content_of(hint_cards=(card, card)))
    assert fault == "hints/a_card: 2 files with this id; rename all but one"


def test_a_spelling_stands_in_one_pack_only() -> None:
    packs = (
        KeywordPack("deal", (Term("报价", aliases=("报价单",), category="price_topic"),)),
        KeywordPack("paper", (Term("单据", aliases=("报价单",), category="paper_topic"),)),
    )
    (fault,) = find_reference_faults(content_of(keyword_packs=packs))
    assert fault == "keywords/paper: '报价单' stands in deal too; keep it in one pack"


def test_selections_are_found_wherever_an_item_keeps_them() -> None:
    item = ChecklistItem.model_validate(
        {
            **HEADER,
            "id": "an_item",
            "skill": "closing",
            "text": "问清了",
            "when": {"said": {"objection": "price"}, "unless": [{"signal": "commitment"}]},
            "examples": EXAMPLES,
        }
    )
    skill = SkillCard.model_validate(
        {
            **HEADER,
            "id": "closing",
            "skill": "closing",
            "rules": [RULE, {**RULE, "id": "b2", "only_after": {"objection": "price"}}],
        }
    )
    assert [len(list(selections_of(one))) for one in (a_card({"objection": "price"}), item, skill)] == [2, 2, 3]
