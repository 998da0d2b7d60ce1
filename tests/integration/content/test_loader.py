"""Loading a directory: complete and consistent, or every fault with file, line, key and way out."""

import shutil
from pathlib import Path

import pytest

from nlp.errors import ContentInvalid
from service.adapters.content.loader import load_content, parse_item
from service.domain.content.hint_cards import HintCard

PROMPTS = Path(__file__).parents[3] / "prompts"


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """A copy of the shipped content to break."""
    copy = tmp_path / "prompts"
    shutil.copytree(PROMPTS, copy)
    return copy


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")


def faults(directory: Path) -> list[str]:
    with pytest.raises(ContentInvalid) as refused:
        load_content(directory)
    return str(refused.value).splitlines()


def test_the_shipped_content_loads_whole() -> None:
    content = load_content(PROMPTS)
    assert len(content.digest) == 64
    assert content.titles["skill", "closing"] == "推进与承诺"
    assert [card.id for card in content.hint_cards] == sorted(card.id for card in content.hint_cards)


def test_comments_and_key_order_do_not_change_the_digest(prompts: Path) -> None:
    before = load_content(prompts).digest
    card = prompts / "hints" / "trust_send_case.yaml"
    lines = card.read_text("utf-8").splitlines()
    card.write_text("\n".join(["# 备注", lines[0], lines[2], lines[1], *lines[3:]]) + "\n", "utf-8")
    assert load_content(prompts).digest == before


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        pytest.param("hints/trust_send_case.yaml", "priority: 72", "priority: 71", id="hint_card"),
        pytest.param("taxonomy/objections/price.yaml", "打个折", "打个八折", id="label"),
        pytest.param("keywords/general/deal.yaml", "性价比,", "性价比高,", id="keyword"),
        pytest.param("scorecards/skills/value.yaml", "value: 85", "value: 86", id="skill_rule"),
    ],
)
def test_a_changed_meaning_changes_the_digest(prompts: Path, file: str, before: str, after: str) -> None:
    digest = load_content(prompts).digest
    edit(prompts / file, before, after)
    assert load_content(prompts).digest != digest


@pytest.mark.parametrize(
    ("file", "before", "after", "start", "reason"),
    [
        pytest.param(
            "hints/trust_send_case.yaml", "priority:", "prio:", "hints/trust_send_case.yaml:12: key `prio`",
            "unknown key", id="unknown_key",
        ),
        pytest.param(
            "hints/trust_send_case.yaml", "priority: 72\n", "", "hints/trust_send_case.yaml:1: key `priority`",
            "missing; add it", id="missing_key",
        ),
        pytest.param(
            "hints/trust_send_case.yaml", "state: open", "state: offen",
            "hints/trust_send_case.yaml:10: key `trigger.when.doubt.state`", "open", id="value_deep_inside",
        ),
        pytest.param(
            "hints/trust_send_case.yaml", "objection: trust", "objection: faith", "hints/trust_send_case:",
            "'faith' is not in the taxonomy", id="unknown_label",
        ),
        pytest.param(
            "hints/trust_send_case.yaml", "talktrack: trust_proof", "talktrack: trust_prof", "hints/trust_send_case:",
            "not in talktracks/", id="unknown_talk_track",
        ),
        pytest.param(
            "hints/tariff_send_note.yaml", "keyword: tariff_topic", "keyword: tarif_topic", "hints/tariff_send_note:",
            "'tarif_topic' is in no pack", id="unknown_keyword_category",
        ),
        pytest.param(
            "courses/price_unfold.yaml", "skill: objection", "skill: objections", "courses/price_unfold:",
            "skill 'objections' is not in the taxonomy", id="unknown_skill",
        ),
        pytest.param(
            "courses/price_unfold.yaml", "unhandled: {objections: [price]", "unhandled: {objections: [prise]",
            "courses/price_unfold:", "'prise'", id="unknown_objection_in_a_trigger",
        ),
        pytest.param(
            "checklists/rival_known.yaml", "id: rival_known", "id: rival", "checklists/rival_known.yaml:1: key `id`",
            "not the file's name", id="id_unlike_the_file",
        ),
        pytest.param(
            "keywords/energy/power.yaml", "{term: 停电,", "{term: 报价单, aliases: []}\n  - {term: 停电,",
            "keywords/power:", "stands in deal too", id="spelling_in_two_packs",
        ),
        pytest.param(
            "scorecards/skills/value.yaml", "signal: value_statement", "signal: value_claim",
            "scorecards/skills/value:", "'value_claim'", id="unknown_signal_in_a_skill_rule",
        ),
        pytest.param(
            "talktracks/need_doubt.yaml", "title: 用不上", "title: [用不上]\nx: 用不上", "talktracks/need_doubt.yaml:2",
            "string", id="list_instead_of_text",
        ),
        pytest.param(
            "taxonomy/objections/price.yaml", "cues:", "cue:", "taxonomy/objections/price.yaml:15: key `cue`",
            "unknown key", id="label_with_an_unknown_key",
        ),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_key_and_reason(
    prompts: Path, file: str, before: str, after: str, start: str, reason: str
) -> None:
    edit(prompts / file, before, after)
    found = [fault for fault in faults(prompts) if fault.startswith(start)]
    assert len(found) == 1
    assert reason in found[0]


def test_all_faults_are_listed_at_once(prompts: Path) -> None:
    edit(prompts / "hints" / "trust_send_case.yaml", "priority:", "prio:")
    edit(prompts / "courses" / "price_unfold.yaml", "skill:", "skil:")
    (prompts / "talktracks" / "reactivate.yaml").write_bytes("title: 久未联系".encode("gb18030"))
    named = {fault.split(":")[0] for fault in faults(prompts)}
    assert named >= {"hints/trust_send_case.yaml", "courses/price_unfold.yaml", "talktracks/reactivate.yaml"}


def test_an_id_in_two_files_is_refused(prompts: Path) -> None:
    (prompts / "hints" / "copy").mkdir()
    shutil.copy(prompts / "hints" / "trust_send_case.yaml", prompts / "hints" / "copy" / "trust_send_case.yaml")
    assert faults(prompts) == ["hints/trust_send_case: 2 files with this id; rename all but one"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            lambda folder: (folder / "objections" / "price.yaml").unlink(), "was published", id="label_removed"
        ),
        pytest.param(lambda folder: shutil.rmtree(folder / "skills"), "no label files", id="folder_removed"),
        pytest.param(lambda folder: (folder / "codes.lock").unlink(), "is new; add the line", id="lock_removed"),
        pytest.param(
            lambda folder: (folder / "roles" / "rep.yaml").rename(folder / "roles" / "sales.yaml"),
            "not the file's name",
            id="label_renamed",
        ),
    ],
)
def test_published_labels_cannot_disappear(prompts: Path, change: object, reason: str) -> None:
    assert callable(change)
    change(prompts / "taxonomy")
    assert any(reason in fault for fault in faults(prompts))


def test_a_missing_directory_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ContentInvalid, match="no such directory"):
        load_content(tmp_path / "nowhere")


def test_one_item_can_be_read_from_text() -> None:
    text = (PROMPTS / "hints" / "trust_send_case.yaml").read_text("utf-8")
    assert parse_item(HintCard, text, source="upload.yaml").id == "trust_send_case"
    with pytest.raises(ContentInvalid, match=r"upload\.yaml:2: the key `id` twice"):
        parse_item(HintCard, "id: a\n" + text, source="upload.yaml")
